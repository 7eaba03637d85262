#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What each pod of kubernetes-indexed-job.yaml runs: its part of the studies.
#
# JOB_COMPLETION_INDEX  set by Kubernetes, from 0
# SHARDS                as many as the job has completions
# JOURNALS              directory for the journal: a volume of the node's own
# CONFIG, DESTINATION   another configuration file, another section of it
set -eu

# All users of the pod may write to an emptyDir, where a journal is not trusted.
directory=$JOURNALS/push
(umask 077 && mkdir -p "$directory")

exec mtls-storescu --config "${CONFIG:-/etc/mtls-storescu/mtls-storescu.conf}" \
  --to "${DESTINATION:-iris}" \
  --shard "$((JOB_COMPLETION_INDEX + 1))/$SHARDS" --journal "$directory/push-%s.db" --no-progress "$@"

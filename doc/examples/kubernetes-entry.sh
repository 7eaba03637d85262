#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Each pod of kubernetes-indexed-job.yaml runs this script, which sends its part of the studies.
#
# JOB_COMPLETION_INDEX  set by Kubernetes, counted from 0
# SHARDS                the number of completions of the job
# JOURNALS              directory for the journal, on a volume local to the node
# CONFIG, DESTINATION   another configuration file, another section in it
set -eu

# A journal is refused in a directory that all users can write, such as an emptyDir.
directory=$JOURNALS/push
(umask 077 && mkdir -p "$directory")

exec mtls-storescu --config "${CONFIG:-/etc/mtls-storescu/mtls-storescu.conf}" \
  --to "${DESTINATION:-iris}" \
  --shard "$((JOB_COMPLETION_INDEX + 1))/$SHARDS" --journal "$directory/push-%s.db" --no-progress "$@"

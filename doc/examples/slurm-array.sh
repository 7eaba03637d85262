#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A Slurm job array that sends one tree of studies; each task sends a part of them:
#
#   sbatch doc/examples/slurm-array.sh /data/studies
#
# To resume, submit the whole array again, with the same --array: objects that the
# journals have as acknowledged are not sent again. The parts depend on their
# number, so a task that is run again by itself (--array=3) also needs SHARDS=8.
#
# DESTINATION  a section of mtls-storescu.conf (iris)
# JOURNALS     directory for the journals, on a local disk of the node: a journal
#              on a network file system is refused. A task that is run again on
#              another node finds no journal there and sends its whole part again.
#SBATCH --job-name=push
#SBATCH --array=1-8
#SBATCH --ntasks=1
# Send SIGTERM two minutes before the time limit, so that the run ends cleanly.
#SBATCH --signal=B:TERM@120
set -eu

if [ -n "${SHARDS-}" ]; then
  shard=$SLURM_ARRAY_TASK_ID/$SHARDS
else
  shard=$((SLURM_ARRAY_TASK_ID - SLURM_ARRAY_TASK_MIN + 1))/$SLURM_ARRAY_TASK_COUNT
fi
journals=${JOURNALS:-/var/tmp/push-$(id -u)}
(umask 077 && mkdir -p "$journals")

exec mtls-storescu --to "${DESTINATION:-iris}" --shard "$shard" \
  --journal "$journals/push-%s.db" --no-progress "$@"

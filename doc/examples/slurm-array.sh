#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A Slurm job array that pushes one tree, each task its part of the studies:
#
#   sbatch doc/examples/slurm-array.sh /data/studies
#
# Submit all of it again, with the same --array, to resume: what the journals
# have as acknowledged is not sent again. What belongs to a part depends on how
# many there are, so a task that is run again by itself (--array=3) needs SHARDS=8
# besides.
#
# DESTINATION  a section of mtls-storescu.conf (iris)
# JOURNALS     directory for the journals, on a disk of the node's own: SQLite's
#              journal does not work on a network file system, and is refused
#              there. A task that comes to run on another node finds none and
#              sends its part anew.
#SBATCH --job-name=push
#SBATCH --array=1-8
#SBATCH --ntasks=1
# Two minutes before the time is up SIGTERM, for an orderly end.
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

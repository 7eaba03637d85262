#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs the examples of README.md, which are the same in the manual page, unchanged,
# and the scripts of doc/examples. They are run in a home directory that has the
# files they name; only the receiver's iris:2010 is replaced. Also compares
# doc/conformance.md with the source.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

OBJECTS=${OBJECTS:-32}
page=$TOP_SRCDIR/man/mtls-storescu.1
readme=$TOP_SRCDIR/README.md
examples=$TOP_SRCDIR/doc/examples

# readme_example TITLE LANGUAGE: the fenced blocks of that section.
readme_example() {
  awk -v title="## $1" -v fence="\`\`\`$2" '
    /^## / { here = $0 == title }
    /^```/ { inside = here && $0 == fence; next }
    inside' "$readme"
}

# page_example TITLE LANGUAGE: the same of the page, where a configuration begins with its section.
page_example() {
  awk -v title=".Ss $1" -v language="$2" '
    /^\.S[sh] / { here = $0 == title }
    /^\.Bd / { first = here; next }
    /^\.Ed/ { inside = 0; next }
    first { inside = ($0 ~ /^\[/ ? "ini" : "sh") == language; first = 0 }
    inside { gsub(/\\e/, "\\"); print }' "$page"
}

# take TITLE [LANGUAGE]: the example into $tmp/example.sh or .ini, its receiver being that on $PORT.
take() {
  language=${2:-sh}
  readme_example "$1" "$language" | grep . >"$tmp/readme.txt"
  page_example "$1" "$language" | grep . >"$tmp/page.txt"
  run test -s "$tmp/readme.txt"
  is 0 "$status" "$1: README has the example"
  same "$tmp/readme.txt" "$tmp/page.txt" "$1: README and the manual page have the same example"
  sed "s/iris:2010/localhost:$PORT/" "$tmp/page.txt" >"$tmp/example.$language"
}

# example [NAME=VALUE...]: run what was taken, as a user would in a shell.
example() {
  run at_home "$@" sh -eu "$tmp/example.sh"
}

# at_home [NAME=VALUE...] COMMAND...: in the home directory, with the program in PATH.
at_home() (
  cd "$home" && exec env -u XDG_CONFIG_HOME HOME="$home" PATH="$tmp/bin:$PATH" "$@"
)

# settle_config: of the user, for the receiver on $PORT.
settle_config() {
  mkdir -p "$home/.config"
  take 'Named destinations' ini
  cp "$tmp/example.ini" "$home/.config/mtls-storescu.conf"
}

# receiver NAME [OPTION...]: one that keeps what it gets; what was there before ends.
receiver() {
  [ -z "${PID-}" ] || stop "$PID"
  start_testscp_tls "$@" --concurrent
}

# once NAME TEXT: all arrived there, and nothing of it twice.
once() {
  arrived "$home/study" "$tmp/$1" "$2: all of it arrives"
  is "$OBJECTS" "$(stored "$1")" "$2: each object once"
}

home=$tmp/home
PKI=$home/pki
mkdir -p "$home" "$tmp/bin"
"$MTLS_PKI" init "$PKI" --host iris --host localhost --client dcm1 >"$tmp/pki.log" 2>&1 || exit 1
echo changeit >"$home/password"
make_study home/study --objects "$OBJECTS" --studies 8 --classes 4 --syntaxes implicit,explicit
{
  echo '#!/bin/sh'
  echo "echo \$\$ >'$tmp/program.pid'"
  echo "exec ${THROUGH:-} '$MTLS_STORESCU' \"\$@\""
} >"$tmp/bin/mtls-storescu"
chmod +x "$tmp/bin/mtls-storescu"

echo '# --- push a study'
receiver push
take 'Send a study'
example
is 0 "$status" 'push a study: exit 0'
has "$out" "$OBJECTS files of 8 studies" 'push a study: the plan is shown first'
has "$out" "$OBJECTS acknowledged" 'push a study: all of it is acknowledged'
once push 'push a study'

echo '# --- named destinations'
receiver named
settle_config
take 'Named destinations'
example
is 0 "$status" 'named destinations: exit 0'
has "$out" "IRIS_PDF_SCU@localhost:$PORT" 'named destinations: --to lists what there is'
once named 'named destinations'

echo '# --- script it'
victim=$home/study/IM000001
receiver script --status "A900@once-uid:$(uid_of "$victim")"
settle_config
take 'Use in scripts'
example
is 0 "$status" 'script it: exit 0'
is 10 "$(events "$home/events.ndjson" summary exit_code)" 'script it: an object was refused at first'
is "$victim" "$home/$(cat "$home/failed.txt")" 'script it: --failed-to has it'
has "$out" '1 acknowledged' 'script it: which goes again'
once script 'script it'
example
is 0 "$status" 'script it, again: exit 0'
has "$out" 'all of it is acknowledged' 'script it, again: all is well at once'
is 0 "$(wc -c <"$home/failed.txt")" 'script it, again: --failed-to is empty'
stop "$PID"
PID=
example
is 0 "$status" 'script it, without a receiver: its script goes on'
has "$err" 'ended with status 21' 'script it, without a receiver: the status tells'

echo '# --- resume it'
receiver resume --delay 40
settle_config
take 'Resume'
rm -f "$tmp/program.pid"
at_home sh -eu "$tmp/example.sh" >"$tmp/first.out" 2>"$tmp/first.err" </dev/null &
first=$!
pids="$pids $first"
tries=0
until [ "$(stored resume)" -ge 5 ] || ! kill -0 "$first" 2>/dev/null || [ "$tries" -gt 6000 ]; do
  tries=$((tries + 1))
  sleep 0.02
done
kill -TERM "$(cat "$tmp/program.pid")"
status=0
wait "$first" || status=$?
is 143 "$status" 'resume it: the first run is ended by a signal'
has "$tmp/first.out" 'not sent' 'resume it: with something left'
example
is 0 "$status" 'resume it: exit 0'
has "$out" 'from the journal' 'resume it: the journal knows of the first run'
once resume 'resume it'
before=$(associations resume)
example
is "0 $before" "$status $(associations resume)" 'resume it: once all is acknowledged nothing is dialled'

echo '# --- shard it'
receiver shard
settle_config
take 'Distribute over several machines'
for N in 1 2 3 4; do
  example N="$N"
  is 0 "$status" "shard it: part $N of 4: exit 0"
  run test -s "$home/push-$N-4.db"
  is 0 "$status" "shard it: part $N has a journal of its own"
done
once shard 'shard it'

echo '# --- doc/examples'
receiver config
sed "s/iris:2010/localhost:$PORT/" "$examples/mtls-storescu.conf" >"$home/.config/mtls-storescu.conf"
run at_home mtls-storescu --to
is "0 2" "$status $(grep -c "@localhost:$PORT" "$out")" \
  'the example configuration: both of its destinations are listed'
run at_home mtls-storescu --to archive study
is 0 "$status" 'the example configuration: one of them takes a study'
once config 'the example configuration'

# What Slurm would set for --array=3-6.
receiver slurm
settle_config
for task in 3 4 5 6; do
  run at_home SLURM_ARRAY_TASK_ID=$task SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_COUNT=4 \
    JOURNALS="$home/slurm" \
    sh "$examples/slurm-array.sh" study
  is 0 "$status" "slurm-array.sh: task $task of 3 to 6: exit 0"
done
once slurm 'slurm-array.sh'
is 'push-1-4.db push-2-4.db push-3-4.db push-4-4.db' "$(cd "$home/slurm" && echo push-?-4.db)" \
  'slurm-array.sh: a journal for each task'
before=$(associations slurm)
run at_home SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=2 SLURM_ARRAY_TASK_COUNT=1 SHARDS=4 \
    JOURNALS="$home/slurm" \
  sh "$examples/slurm-array.sh" study
is "0 $before" "$status $(associations slurm)" \
  'slurm-array.sh: a task by itself, with SHARDS, resumes its own part'

# What the job says, with what Kubernetes would set.
receiver kubernetes
settle_config
job=$examples/kubernetes-indexed-job.yaml
completions=$(sed -n 's/^ *completions: \([0-9]*\).*/\1/p' "$job")
shards=$(sed -n '/- name: SHARDS/{n;s/.*"\([0-9]*\)".*/\1/p;}' "$job")
is "$completions" "$shards" 'kubernetes-indexed-job.yaml: as many shards as completions'
has "$job" '/opt/push/kubernetes-entry.sh' 'kubernetes-indexed-job.yaml: runs the entry'
mkdir "$home/journals"
index=0
while [ "$index" -lt "$completions" ]; do
  run at_home JOB_COMPLETION_INDEX=$index SHARDS="$shards" JOURNALS="$home/journals" \
    CONFIG="$home/.config/mtls-storescu.conf" sh "$examples/kubernetes-entry.sh" study
  is 0 "$status" "kubernetes-entry.sh: index $index: exit 0"
  index=$((index + 1))
done
once kubernetes 'kubernetes-entry.sh'

echo '# --- doc/conformance.md'
# uids: the storage SOP classes of src/dicom/uid.c
uids() {
  sed -n '/^static const struct name classes/,/^};/p' "$TOP_SRCDIR/src/dicom/uid.c" |
    sed -n 's/STORAGE "/"1.2.840.10008.5.1.4.1.1./; s/^.*{ "\([0-9.]*\)", "\(.*\)" }.*/\2 | \1/p' | sort
}

uids >"$tmp/uids.txt"
sed -n \
  '/^## Annex A/,$s/^| \(.* | [0-9.]*\) | .*/\1/p' "$TOP_SRCDIR/doc/conformance.md" | sort >"$tmp/annex.txt"
run test -s "$tmp/uids.txt"
is 0 "$status" 'conformance.md: the program knows SOP classes'
same "$tmp/uids.txt" "$tmp/annex.txt" 'conformance.md: Annex A has just these'
value=$(sed -n 's/^#define IMPLEMENTATION_UID "\(.*\)"/\1/p' "$TOP_SRCDIR/src/dcmtk/association.cc")
has "$TOP_SRCDIR/doc/conformance.md" "| ${value:-?} |" "conformance.md: has the implementation's UID"

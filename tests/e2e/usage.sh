#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The command line as users hold it: words that are nearly right, signals, what goes to
# which stream and when, exit statuses without a receiver, paths of a configuration file.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

ct=$TESTDATA/dicom/ct.dcm
make_pki
make_study few --objects 20 --studies 2 --classes 2 --syntaxes implicit --size 9000
start_storescp_tls plain-scp --bit-preserving
standin=$PORT
stamp='[0-9]\{4\}-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]\.[0-9]\{3\}Z'

# only FILE PATTERN TEXT: every line of it matches.
only() {
  if [ -s "$1" ] && ! grep -v -e "$2" "$1" >"$tmp/others"; then
    ok "$3"
  else
    not_ok "$3"
    sed 's/^/#   /' "$1"
  fi
}

echo "# --- a value in a word of its own"
scu -s PatientID 4711 "$ct"
is 2 "$status" "-s PatientID 4711: exit 2"
has "$err" "-s PatientID=4711" "and how it is written"
is 0 "$(find "$tmp/plain-scp" -type f | wc -l)" "nothing was sent"
scu -s RequestAttributesSequence/RequestedProcedureID=4711 -s PatientComments= "$ct"
is 0 "$status" "a path joined by a slash, as in dcm4che: exit 0"
is 4711 "$(dcmdump +P RequestedProcedureID "$tmp/plain-scp"/* | sed -n 's/.*\[\(.*\)\].*/\1/p')" "it arrives"
rm -f "$tmp/plain-scp"/*

echo "# --- times with a unit"
scu --accept-timeout 30s --release-timeout 0.5m --max-time 10m "$ct"
is 0 "$status" "seconds and minutes: exit 0"
is "" "$(cat "$err")" "without a warning"
scu --response-timeout 99 --echo
has "$err" "--response-timeout: 99 is 99 ms; say 99s if seconds are meant" "milliseconds that may be meant as seconds"
scu --accept-timeout "1 s" "$ct"
is 2 "$status" "what is not a time: exit 2"

echo "# --- nothing to send"
mkdir -p "$tmp/hollow/a/b" "$tmp/other" "$tmp/refused"
echo text >"$tmp/other/readme"
: >"$tmp/list"
head -c 3000 "$ct" >"$tmp/refused/cut.dcm"
# nothing STATUS TEXT FILE...
nothing() {
  wanted=$1
  text=$2
  shift 2
  scu "$@"
  is "$wanted" "$status" "$text: exit $wanted"
  for mode in --dry-run --check=quick; do
    case "$mode $*" in --check*--files-from*) continue ;; esac
    scu "$mode" "$@"
    is "$wanted" "$status" "$text, $mode: exit $wanted"
  done
}
nothing 4 "directories without a file" "$tmp/hollow"
has "$err" "no file in what was given" "directories without a file: it is told"
nothing 4 "an empty list" --files-from "$tmp/list"
nothing 3 "a directory without DICOM" "$tmp/other"
has "$err" "no DICOM file among what was given" "a directory without DICOM: it is told"
nothing 3 "an empty directory, and a file that is not there" "$tmp/hollow" "$tmp/none"
nothing 11 "a DICOM file that is refused" "$tmp/refused/cut.dcm"
hasnt "$err" "no DICOM file among what was given" "a DICOM file that is refused: it is one"
nothing 11 "a directory of such, and others" "$tmp/refused" "$tmp/other" "$tmp/none"
scu --json "$tmp/hollow"
is "4 empty" "$(events "$out" summary exit_code) $(events "$out" summary word)" "an empty directory: the summary"

echo "# --- files that are being written"
mkdir "$tmp/inbox"
cp "$tmp/few"/IM00000[1-4] "$tmp/inbox"
touch -d '2 hours ago' "$tmp/inbox"/*
cp "$ct" "$tmp/inbox/new.dcm"
head -c 3000 "$ct" >"$tmp/inbox/growing.dcm"
echo text >"$tmp/inbox/readme"
start_testscp_tls aged
scu --json --min-age 1h --prometheus "$tmp/age.prom" --journal "$tmp/age.db" "$tmp/inbox"
is 0 "$status" "--min-age: exit 0"
is "acknowledged=4 left=3" "$(totals "$out")" "the new ones are left, whatever they are"
has "$tmp/age.prom" "send_left_files" "Prometheus has them"
scu -v --dry-run --min-age 1h "$tmp/inbox"
has "$out" "3 left for the next run (too new)" "the plan has them"
has "$out" "skipped: $tmp/inbox/growing.dcm: was changed within --min-age" "-v names them"
touch -d '2 hours ago' "$tmp/inbox"/[gnr]*
scu --json --min-age 1h --journal "$tmp/age.db" "$tmp/inbox"
is 10 "$status" "the next run: the one cut short has failed"
is "acknowledged=5 recorded=4 failed=1 skipped=1" "$(totals "$out")" "the others arrive"
scu --json --min-age 3h "$tmp/inbox"
is "0 left=7" "$status $(totals "$out")" "all of it is left: exit 0"
left=0
for part in 1 2 3; do
  scu --json --min-age 3h --shard $part/3 "$tmp/few"
  left=$((left + $(events "$out" summary left)))
done
is 20 "$left" "with --shard each is left by one part"
touch -d '2 hours' "$tmp/inbox/new.dcm"
scu --json --min-age 1h --dry-run "$tmp/inbox/new.dcm"
is "left=1" "$(totals "$out")" "a time still to come: the inode's counts, which is new"

echo "# --- signals"
# interrupted SIGNAL STATUS [COMMAND...]: while an object waits for its answer.
interrupted() {
  signal=$1
  wanted=$2
  start_testscp_tls "scp-$signal" --delay 700
  scu_start "run-$signal" --failed-to "$tmp/$signal.list" "$tmp/few"
  wait_line "$tmp/scp-$signal.log" stored "$PID" >/dev/null
  kill -s "$signal" "$CLIENT"
  [ "$signal" != HUP ] || kill -s HUP "$CLIENT"
  scu_end
  is "$wanted" "$status" "SIG$signal: exit $wanted"
  has "$out" " not sent" "SIG$signal: there is a summary"
  has "$err" "interrupted" "SIG$signal: it says so"
  is true "$([ "$(wc -l <"$tmp/$signal.list")" -gt 10 ] && echo true)" "SIG$signal: what is left is listed"
  wait_line "$tmp/scp-$signal.log" released "$PID" >/dev/null && ok "SIG$signal: the association is released"
}
interrupted HUP 129
interrupted TERM 143

start_testscp_tls stopped --delay 100
scu_start stopped "$tmp/few"
wait_line "$tmp/stopped.log" stored "$PID" >/dev/null
kill -s TSTP "$CLIENT"
kill -s CONT "$CLIENT"
scu_end
is 0 "$status" "stopped and continued: exit 0"
arrived "$tmp/few" "$tmp/stopped" "stopped and continued: all of it arrives"

start_testscp_tls hung-up --delay 100
(trap '' HUP && guided "$tmp/few") >"$tmp/nohup.out" 2>"$tmp/nohup.err" </dev/null &
CLIENT=$!
pids="$pids $CLIENT"
client_name=nohup
wait_line "$tmp/hung-up.log" stored "$PID" >/dev/null
kill -s HUP "$CLIENT"
scu_end
is 0 "$status" "SIGHUP under nohup: exit 0"
arrived "$tmp/few" "$tmp/hung-up" "SIGHUP under nohup: all of it arrives"

echo "# --- a file over the limit of its size"
PORT=$standin
mkdir "$tmp/made"
printf '%%PDF-1.4\n' >"$tmp/large.pdf"
head -c 5000 /dev/zero >>"$tmp/large.pdf"
printf '\n%%%%EOF\n' >>"$tmp/large.pdf"
status=0
(ulimit -f 1 && TMPDIR="$tmp/made" guided --encapsulate "$tmp/large.pdf" --like "$ct") \
  2>"$tmp/limit.err" >/dev/null </dev/null || status=$?
is 61 "$status" "what is made of a PDF: exit 61"
has "$tmp/limit.err" "the object made of it cannot be written" "and what"
is 0 "$(find "$tmp/made" -mindepth 1 | wc -l)" "nothing is left behind"

echo "# --- both streams in one file"
mkdir "$tmp/mixed"
cp "$tmp/few"/IM00000[1-3] "$tmp/mixed"
head -c 3000 "$ct" >"$tmp/mixed/IM000002x"
(guided -v --transcode never "$tmp/mixed" "$tmp/none") >"$tmp/mixed.txt" 2>&1 </dev/null || :
is "acknowledged acknowledged acknowledged" "$(sed -n 's/^\(acknowledged\): .*/\1/p' "$tmp/mixed.txt" | xargs)" \
  "the lines of standard output are whole"
is 2 "$(grep -c "^$stamp failed: $tmp" "$tmp/mixed.txt")" "those of standard error, too"
is 1 "$(tail -n 1 "$tmp/mixed.txt" | grep -c "^3 acknowledged, 2 failed; ")" \
  "the summary stands behind all that was told before it"
(guided -v -j 4 --split-studies --tls-debug --retry-delay 0 "$tmp/few") >"$tmp/mixed.txt" 2>&1 </dev/null || :
only "$tmp/mixed.txt" "^$stamp \|^association \|^  name \|^acknowledged: \|^study \|^20 acknowledged" \
  "with four associations and the handshakes narrated, too"
(guided --json -j 4 --split-studies "$tmp/few" "$tmp/none") >"$tmp/mixed.txt" 2>"$tmp/mixed.err" </dev/null || :
only "$tmp/mixed.txt" '^{"v":1,.*}$' "JSON: one object in each line"

echo "# --- times in a log"
scu -v "$ct" "$tmp/none"
only "$err" "^$stamp " "under -v in a file"
hasnt "$out" "T..:" "not on standard output"
is 1 "$(grep -c "^$stamp failed: $tmp/none" "$err")" "before the line"
scu "$ct" "$tmp/none"
is "" "$(grep -e "^$stamp" "$err" || :)" "not without -v"
scu -d "$ct"
only "$err" "^$stamp " "what DCMTK says, too"
: >"$tmp/journal"
JOURNAL_STREAM=$(stat -c %d:%i "$tmp/journal")
export JOURNAL_STREAM
(guided -v "$ct" "$tmp/none") 2>"$tmp/journal" >/dev/null </dev/null || :
is 0 "$(grep -c "^$stamp" "$tmp/journal")" "not in the system's journal"
scu -v "$ct" "$tmp/none"
only "$err" "^$stamp " "where JOURNAL_STREAM is another stream"
unset JOURNAL_STREAM

#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The command line as users type it: misspelt words, signals, which output goes to which
# stream and when, exit statuses without a receiver, paths in a configuration file.
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
has "$err" "--response-timeout: 99 is 99 ms; write 99s for seconds" "milliseconds that may be meant as seconds"
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
has "$err" "no files found" "directories without a file: it is told"
nothing 4 "an empty list" --files-from "$tmp/list"
nothing 3 "a directory without DICOM" "$tmp/other"
has "$err" "no DICOM files found" "a directory without DICOM: it is told"
nothing 3 "an empty directory, and a file that is not there" "$tmp/hollow" "$tmp/none"
nothing 11 "a DICOM file that is refused" "$tmp/refused/cut.dcm"
hasnt "$err" "no DICOM files found" "a DICOM file that is refused: it is one"
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
has "$out" "3 left for the next run (too recent)" "the plan has them"
has "$out" "skipped: $tmp/inbox/growing.dcm: changed within --min-age" "-v names them"
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
(trap '' HUP && guided "$tmp/few") >"$tmp/hangup.out" 2>"$tmp/hangup.err" </dev/null &
CLIENT=$!
pids="$pids $CLIENT"
client_name=hangup
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

# over STATUS TEXT [OPTION...]: with files of one block at most, which is 512 or 1024 bytes, by the shell.
over() {
  wanted=$1
  text=$2
  shift 2
  status=0
  # Through a pipe: what is told is no such file.
  { (ulimit -f 1 && guided "$@") 2>&1 >/dev/null </dev/null || echo "status $?"; } | cat >"$tmp/over.err"
  is "$wanted" "$(sed -n 's/^status //p' "$tmp/over.err")" "$text: exit $wanted"
  has "$tmp/over.err" "$tmp/over" "$text: it is named"
}
PORT=$(free_port)
over 61 "--failed-to" --retry 0 --failed-to "$tmp/over.list" "$tmp/few/../few/../few/../few/../few"
PORT=$standin
over 60 "--journal" --journal "$tmp/over.db" "$ct"

echo "# --- in the background of a terminal"
# A terminal that stops those who write to it from the background (stty tostop) must not stop the run.
start_testscp_tls background --delay 120
cat >"$tmp/job.sh" <<END
set -m
stty tostop
export TERM=xterm
"$MTLS_STORESCU" -b DCM_PDF_SCP -c IRIS_PDF_SCU@localhost:$PORT --tls-host iris \\
  --key-store $PKI/clients/dcm1/scu1.p12 --key-store-pass changeit \\
  --trust-store $PKI/clients/dcm1/truststore.p12 --trust-store-pass changeit $tmp/few >$tmp/job.out &
wait
END
mkfifo "$tmp/keyboard"
exec 9<>"$tmp/keyboard"
script -qec "bash $tmp/job.sh" /dev/null >"$tmp/job.tty" 2>&1 <&9 || :
exec 9>&-
has "$tmp/job.out" "20 acknowledged" "the run goes on"
hasnt "$tmp/job.tty" "[#" "and draws no bar"

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

echo "# --- files that are something else"
mkdir "$tmp/else" "$tmp/tree"
printf '%%PDF-1.4\n%%%%EOF\n' >"$tmp/else/report.pdf"
cp "$ct" "$tmp/tree/IM1"
tar -C "$tmp/tree" -cf "$tmp/else/study.tar" IM1
gzip -c "$ct" >"$tmp/else/ct.dcm.gz"
printf 'PK\3\4\24\0\0\0\10\0' >"$tmp/else/study.zip"
printf '\377\330\377\340\0\20JFIF\0' >"$tmp/else/photo.jpg"
printf '\211PNG\r\n\032\n\0\0\0\r' >"$tmp/else/photo.png"
printf 'MSH|^~\\&|LAB|H||\rPID|1\r' >"$tmp/else/oru.hl7"
printf '<?xml version="1.0"?><a/>' >"$tmp/else/a.xml"
printf '{"00080018":{"vr":"UI"}}' >"$tmp/else/a.json"
printf '<!DOCTYPE html><title>404</title>' >"$tmp/else/ct.dcm"
# named FILE TEXT: what it is told to be.
named() {
  scu "$tmp/else/$1"
  has "$err" "$1: is not a DICOM file, but $2" "$1: $2"
}
named report.pdf "a PDF. To send it as a DICOM object, use --encapsulate FILE --like"
named study.tar "a tar archive. Unpack it"
named ct.dcm.gz "compressed by gzip. Decompress it"
named study.zip "a ZIP archive. Unpack it, and give the directory or the DICOMDIR"
named photo.jpg "a JPEG picture"
named photo.png "a PNG picture"
named oru.hl7 "an HL7 message"
named a.xml "an XML document"
named a.json "a JSON document"
named ct.dcm "an HTML page"
is 3 "$status" "exit 3"
scu --json "$tmp/else"
is "3 skipped=10" "$status $(totals "$out")" "found by walking they are skipped"

echo "# --- paths of a configuration file"
mkdir -p "$tmp/etc/keys" "$tmp/elsewhere"
cp "$PKI/clients/dcm1/scu1.p12" "$tmp/etc/keys"
cp "$PKI/clients/dcm1/truststore.p12" "$tmp/etc"
echo changeit >"$tmp/etc/password"
cat >"$tmp/etc/mine.conf" <<END
[iris]
connect = NAMED@localhost:$standin
tls-host = iris
key-store = keys/scu1.p12
key-store-pass = file:password
trust-store = truststore.p12
trust-store-pass = file:password
failed-to = left.list
END
# from_elsewhere [OPTION...]: with that file, from another directory.
from_elsewhere() {
  run in_directory "$tmp/elsewhere" "$MTLS_STORESCU" --config "$tmp/etc/mine.conf" --to iris "$@"
}
in_directory() (
  cd "$1" || exit 1
  shift
  "$@"
)
from_elsewhere "$ct"
is 0 "$status" "relative to the file: exit 0"
is true "$([ -e "$tmp/etc/left.list" ] && echo true)" "what is written, too"
# wrong LINE TEXT [OPTION...]: that line in place of another; what is told.
wrong() {
  key=${1%% *}
  sed "s|^$key = .*|$1|" "$tmp/etc/mine.conf" >"$tmp/etc/wrong.conf"
  line=$(grep -n "^$key" "$tmp/etc/wrong.conf" | cut -d: -f1)
  run in_directory "$tmp/elsewhere" "$MTLS_STORESCU" --config "$tmp/etc/wrong.conf" --to iris "$ct"
  has "$err" "$tmp/etc/wrong.conf, line $line, [iris]: " "$1: the line"
  has "$err" "$2" "$1: the path as it was resolved, or why"
}
wrong "key-store = none.p12" "$tmp/etc/none.p12"
wrong "key-store-pass = file:none" "\"$tmp/etc/none\""
wrong "trust-store = ca/*.crt" "Patterns are not expanded"
wrong "trust-store = ~nobody/ca.crt" "only ~/ stands for a home directory"
wrong "trust-store-pass = env:NO_SUCH_VARIABLE" "NO_SUCH_VARIABLE"
wrong "failed-to = none/left.list" "$tmp/etc/none/left.list"
sed 's|^key-store =|keystore =|' "$tmp/etc/mine.conf" >"$tmp/etc/wrong.conf"
run "$MTLS_STORESCU" --config "$tmp/etc/wrong.conf" --to iris "$ct"
is 2 "$status" "an unknown key: exit 2"
has "$err" "Did you mean key-store?" "its nearest neighbour"
sed 's|^key-store = .*|key-store = none.p12|' "$tmp/etc/mine.conf" >"$tmp/etc/wrong.conf"
run "$MTLS_STORESCU" --config "$tmp/etc/wrong.conf" --to iris --check
is 30 "$status" "--check, no such key store: exit 30"
has "$out" "line 4" "--check, no such key store: the line"

echo "# --- names of hosts"
run "$MTLS_STORESCU" --plain -c "ANY@::1:4001" "$ct"
is 2 "$status" "an IPv6 address and a port without brackets: exit 2"
has "$err" "the brackets are missing in '::1:4001'. Write [::1]:4001" "and how it is written"
run "$MTLS_STORESCU" --plain --retry 0 -c "ANY@nö-such-host.invalid" "$ct"
is 20 "$status" "an internationalized name that is not there: exit 20"
has "$err" "xn--n-such-host-rfb.invalid (nö-such-host.invalid)" "in both forms"
scu --tls-host müller.test "$ct"
is 32 "$status" "another internationalized name than the certificate's: exit 32"
has "$err" "xn--mller-kva.test" "as certificates have it"
hasnt "$err" "DNS:müller" "and not otherwise"
run "$MTLS_STORESCU" --plain -c "ANY@-ü.test" "$ct"
is 2 "$status" "what cannot be a name: exit 2"
"$MTLS_PKI" init "$tmp/idn" --host xn--mller-kva.test --client dcm1 >"$tmp/idn.log" 2>&1
iris=$PKI
PKI=$tmp/idn
start_storescp_tls idn
scu --tls-host MÜLLER.test "$ct"
is 0 "$status" "an internationalized name in the certificate: exit 0"
PKI=$iris

echo "# --- what is proposed"
# sent TEXT WANTED: in which transfer syntaxes.
sent() {
  is "$2" "$(events "$out" instance ts_sent status=0x0000 | sort | uniq -c | xargs)" "$1"
}
rle=$TESTDATA/dicom/rle.dcm
jpeg=$TESTDATA/dicom/jpeg.dcm
start_storescp_tls any --accept-all
scu --json --propose own "$rle" "$jpeg" "$ct"
is 0 "$status" "--propose own: exit 0"
is 3 "$(events "$out" association contexts)" "--propose own: three contexts"
scu --json --propose implicit "$rle" "$jpeg" "$ct"
is 10 "$status" "--propose implicit: exit 10"
is "acknowledged=2 failed=1" "$(totals "$out")" "--propose implicit: the lossy one has failed"
sent "--propose implicit: the others are converted" "2 1.2.840.10008.1.2"
has "$err" "jpeg.dcm: --propose does not include its transfer syntax" "--propose implicit: why"
scu --propose implicit "$jpeg"
is 11 "$status" "nothing to propose: exit 11"
hasnt "$err" "nothing to send" "nothing to propose: it was a DICOM file"
scu --propose implicit --transcode always --dry-run "$jpeg"
is 0 "$status" "--dry-run heeds it: exit 0"
scu --check=quick --propose implicit "$ct"
is 0 "$status" "--check heeds it: exit 0"

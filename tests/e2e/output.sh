#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The output for scripts and people: --json against its schema, lists that can be
# given back, metrics, exit statuses; and that it is complete and correct when a
# reader closes, a disk is full, or a signal comes.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

jpeg=$TESTDATA/dicom/jpeg.dcm
make_pki
make_study few --objects 30 --studies 3 --classes 3 --syntaxes implicit
make_study strange --objects 30 --nested --syntaxes implicit --seed 2
make_study slow --objects 24 --syntaxes implicit --seed 3
bad=$(uid_of "$tmp/few/IM000010")

# valid FILE TEXT: each line is as doc/events.schema.json says, the last one a summary.
if python3 -c 'import jsonschema' 2>/dev/null; then
  cat >"$tmp/valid.py" <<'END'
import json, sys
import jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
events = [json.loads(line) for line in open(sys.argv[2], encoding="utf-8")]
for event in events:
    for error in validator.iter_errors(event):
        print(event["type"], error.json_path, error.message[:300])
if not events or [event["type"] for event in events].index("summary") != len(events) - 1:
    print("its last line is no summary, or another one is")
END
  valid() {
    is "" "$(python3 "$tmp/valid.py" "$TOP_SRCDIR/doc/events.schema.json" "$1" 2>&1 | head -n 5)" "$2: as the schema says"
  }
else
  valid() {
    ok "$2: as the schema says # SKIP no python3-jsonschema"
  }
fi

# Ten seconds have to pass until the first line of progress: they do so meanwhile.
start_testscp_tls slow --delay 500
scu_early slow "$tmp/slow"
start_testscp_tls quiet --delay 500
scu_early quiet --no-progress "$tmp/slow"

echo "# --- every way out: the exit status, and whether 0 could be right"
# way STATUS TEXT [OPTION...]: not 0, or all that was given is acknowledged.
way() {
  wanted=$1
  text=$2
  shift 2
  scu --json "$@"
  is "$wanted" "$status" "$text: exit $wanted"
  valid "$out" "$text"
  is "$wanted" "$(events "$out" summary exit_code)" "$text: the summary says so too"
  is true "$(perl -MJSON::PP -e '
    while (<STDIN>) { $last = decode_json($_); $plan = 1 if $last->{type} eq "plan" }
    $last->{acknowledged} += delete $last->{not_sent} if $plan; # would have been
    my $missing = $last->{failed} + $last->{uncertain} + ($last->{not_sent} // 0);
    my $good = $last->{acknowledged} + $last->{duplicates};
    print $last->{found} != $good + $missing ? "the counts do not add up"
      : $last->{exit_code} == 0 && $missing ? "0, and $missing missing" : "true"' <"$out")" "$text: honest"
}
start_testscp_tls good --lifetime 600
good=$PORT
way 0 "all is well" "$tmp/few"
way 0 "a link, and files that are no DICOM in a directory" "$tmp/few" "$TESTDATA/stores"
way 0 "the same directory twice" "$tmp/few" "$tmp/few"
way 0 "names that are no UTF-8" "$tmp/strange"
is 1 "$(events "$out" instance path_b64 | grep -v null | head -n 1 | base64 -d 2>/dev/null | grep -caF "$tmp/strange")" "their bytes are told"
way 10 "a file that is not there" "$tmp/few" "$tmp/none"
way 10 "a file that is no DICOM" "$tmp/few" "$0"
head -c 600 "$tmp/few/IM000001" >"$tmp/cut.dcm"
way 10 "a file that is cut short" "$tmp/few/IM000002" "$tmp/cut.dcm"
ln -s "$tmp/none" "$tmp/dangling"
way 10 "a link to nothing" "$tmp/few" "$tmp/dangling"
way 3 "nothing but a file that is not there" "$tmp/none"
way 3 "nothing but what is no DICOM" "$TESTDATA/stores"
printf '%s\n' "$tmp/few/IM000001" "$tmp/none" >"$tmp/list"
way 10 "a list with a file that is not there" --files-from "$tmp/list"
: >"$tmp/list"
way 4 "an empty list" --files-from "$tmp/list"
way 2 "a list that is not there" --files-from "$tmp/none"
way 2 "an option that is none" --no-such-option "$tmp/few"
way 2 "nothing given"
mkdir "$tmp/contradiction"
cp "$tmp/few/IM000001" "$tmp/contradiction/one"
cp "$tmp/few/IM000001" "$tmp/contradiction/other"
dcmodify -nb -i "(0010,0010)=SOMEBODY^ELSE" "$tmp/contradiction/other"
way 10 "two objects with one UID" "$tmp/few/IM000002" "$tmp/contradiction"
way 10 "compressed, --transcode never" --transcode never "$jpeg" "$tmp/few"
way 0 "--dry-run" --dry-run "$tmp/few"
way 10 "--dry-run, a file that is not there" --dry-run "$tmp/few" "$tmp/none"
way 61 "--failed-to a directory that is not there" --failed-to "$tmp/none/list" "$tmp/few"
way 61 "--prometheus in a directory that is not there" --prometheus "$tmp/none/prom" "$tmp/few"
way 60 "a journal in a directory that is not there" --journal "$tmp/none/journal" "$tmp/few"
way 32 "another host's certificate" --tls-host elsewhere "$tmp/few"
way 30 "no such key store" --key-store "$tmp/none" "$tmp/few"
PORT=$(free_port)
way 21 "nobody there" --retry 0 "$tmp/few"
start_testscp_tls third --status C000@every:3 --comment "$(printf 'disk \374')"
way 10 "every third refused" "$tmp/few"
is 10 "$(events "$out" instance comment_b64 class=failure | grep -c .)" "a comment that is no UTF-8 has its bytes told"
start_testscp_tls all --status C000@always
way 11 "all refused" "$tmp/few"
start_testscp_tls warns --status B000@every:3
way 0 "every third with a warning" "$tmp/few"
way 12 "every third with a warning, --strict" --strict "$tmp/few"
start_testscp_tls poison --abort-uid "$bad"
way 10 "the receiver aborts on one" --retry-delay 0 "$tmp/few"
start_testscp_tls mute --mute-uid "$bad"
way 10 "no answer to one" --retry-delay 0 --response-timeout 500 --resend-uncertain no "$tmp/few"
start_testscp_tls deaf --silent store
way 11 "no answer at all" --retry 0 --response-timeout 500 "$tmp/few"
way 11 "--max-time is over" --max-time 3 "$tmp/few"
start_testscp_tls silent --silent associate
way 50 "no answer to the association request" --retry 0 --accept-timeout 500 "$tmp/few"
start_testscp_tls rejects --reject 1,1,1
way 40 "rejected" "$tmp/few"
start_testscp_tls empty --empty-row
way 41 "no context accepted" "$tmp/few"
start_testscp_tls picky --only-class 1.2.840.10008.5.1.4.1.1.2
way 10 "one class accepted of three" "$tmp/few"
start_testscp_tls garbage --garbage
way 42 "noise for an answer" --retry 0 "$tmp/few"
start_testscp_tls gone --abort-at 10
way 10 "aborted, and not tried again" --retry 0 "$tmp/few"
start_testscp_tls fails --status A700@uid:"$bad"
way 10 "out of resources twice" "$tmp/few"

echo "# --- lists that can be fed back"
start_testscp_tls refuses --status C000@every:3
scu --failed-to "$tmp/failed.list" "$tmp/few"
is "10:10" "$status:$(wc -l <"$tmp/failed.list")" "--failed-to: what was refused is listed"
start_testscp_tls takes
scu --files-from "$tmp/failed.list" --failed-to "$tmp/rest.list"
is "0:10" "$status:$(distinct takes)" "--files-from: that and nothing else goes"
is true "$([ -e "$tmp/rest.list" ] && [ ! -s "$tmp/rest.list" ] && echo true)" "--failed-to: an empty list when all is well"
start_testscp_tls refuses0 --status C000@every:2
scu -0 --failed-to "$tmp/failed.list" "$tmp/strange"
is "10:15" "$status:$(tr -dc '\0' <"$tmp/failed.list" | wc -c)" "--failed-to -0, names of every kind: what was refused is listed"
start_testscp_tls takes0
scu -0 --files-from "$tmp/failed.list"
is "0:15" "$status:$(distinct takes0)" "--files-from -0: that and nothing else goes"
start_testscp_tls refuses-lines --status C000@always
scu --failed-to "$tmp/failed.list" "$tmp/strange"
is 61 "$status" "--failed-to without -0, names with line breaks: exit 61"
has "$err" "-0" "and the remedy is told"

echo "# --- metrics"
PORT=$good
scu --prometheus "$tmp/send.prom" "$tmp/few"
is 0 "$status" "--prometheus: exit 0"
PORT=$(free_port)
scu --retry 0 --prometheus "$tmp/bad.prom" "$tmp/few"
is 21 "$status" "--prometheus, nobody there: the exit status stays"
for file in send bad; do
  if command -v promtool >/dev/null 2>&1; then
    status=0
    promtool check metrics <"$tmp/$file.prom" >"$tmp/promtool.log" 2>&1 || status=$?
    is "0:" "$status:$(cat "$tmp/promtool.log")" "promtool finds nothing, $file.prom"
  else
    ok "promtool # SKIP not installed"
  fi
done
has "$tmp/send.prom" 'class="acknowledged"} 30' "--prometheus: the counts"
has "$tmp/bad.prom" 'class="not-sent"} 30' "--prometheus: the counts of a failure"

echo "# --- readers that leave, disks that are full"
# Each to a receiver of its own: everything has to arrive all the same.
start_testscp_tls head
{
  scu_status=0
  (guided --json "$tmp/few") 2>"$tmp/head.err" || scu_status=$?
  echo $scu_status >"$tmp/head.status"
} | head -n 1 >"$tmp/head.out"
is "0:30" "$(cat "$tmp/head.status"):$(distinct head)" "| head: exit 0, all of it arrives"
start_testscp_tls full
status=0
(guided --json "$tmp/few") >/dev/full 2>"$tmp/full.err" || status=$?
is "61:30" "$status:$(distinct full)" "a full disk under stdout: exit 61, all of it arrives"
has "$tmp/full.err" "standard output" "and it is told"
start_testscp_tls closed
status=0
(guided -v "$tmp/few" >&-) 2>"$tmp/closed.err" || status=$?
is "61:30" "$status:$(distinct closed)" "a closed stdout: exit 61, all of it arrives"
start_testscp_tls mum
status=0
(guided "$tmp/few") >"$tmp/mum.out" 2>/dev/full || status=$?
is "0:30" "$status:$(distinct mum)" "a full disk under stderr: exit 0, all of it arrives"
start_testscp_tls list-full --status C000@every:3
scu --failed-to /dev/full "$tmp/few"
is "61:20" "$status:$(distinct list-full)" "a full disk under --failed-to: exit 61, all else arrives"
start_testscp_tls prom-full
scu --prometheus /dev/full "$tmp/few"
is "61:30" "$status:$(distinct prom-full)" "a full disk under --prometheus: exit 61, all of it arrives"

echo "# --- a reader that is slow"
# As many events as a pipe cannot hold, a signal meanwhile, and only then somebody who reads.
mkfifo "$tmp/lazy.fifo"
first=$(find "$tmp/few" -type f | sort | head -n 1)
i=0
while [ $i -lt 1000 ]; do
  i=$((i + 1))
  echo "$first"
done >"$tmp/lazy.list"
start_testscp_tls lazy
exec 9<>"$tmp/lazy.fifo"
guided --json --files-from "$tmp/lazy.list" >"$tmp/lazy.fifo" 2>"$tmp/lazy.err" 9>&- &
CLIENT=$!
pids="$pids $CLIENT"
# Asleep in poll(2), with the pipe full: not one byte more goes in.
tries=0
until [ "$(perl -e 'my $n = pack "i", 0; open my $f, "+<&=9"; ioctl $f, 0x541B, $n; print unpack "i", $n')" -gt 60000 ] || [ $tries -gt 1200 ]; do
  tries=$((tries + 1))
  sleep 0.05
done
kill -INT "$CLIENT"
cat <"$tmp/lazy.fifo" >"$tmp/lazy.out" 9>&- &
reader=$!
exec 9>&-
status=0
wait "$CLIENT" || status=$?
wait "$reader"
is 130 "$status" "SIGINT while nobody reads: exit 130"
is "$(($(events "$tmp/lazy.out" summary found)))" "$(count_events "$tmp/lazy.out" instance)" "each event arrives: as many as the summary says"

echo "# --- few words"
start_testscp_tls words --status C000@every:3
scu -q "$tmp/few"
is "10::10" "$status:$(cat "$out"):$(grep -c '^failed: ' "$err")" "-q: failures alone, on stderr"
PORT=$good
scu -q "$tmp/few"
is "0:" "$status:$(cat "$out" "$err")" "-q: nothing when all is well"
scu "$tmp/few"
is 1 "$(wc -l <"$out")" "one line when all is well"
is "" "$(cat "$err")" "and nothing on stderr"
scu -v "$tmp/few"
is 30 "$(grep -c "$tmp/few/IM0000" "$out")" "-v: a line for each"

echo "# --- signals"
# interrupted NAME [OPTION...]: in the middle of few, with an object in flight.
interrupted() {
  start_testscp_tls "$1" --delay 400
  scu_start "$@" --json "$tmp/few"
  wait_line "$tmp/$1.log" stored "$PID" >/dev/null
}
interrupted int --journal "$tmp/int.db" --failed-to "$tmp/int.list"
kill -INT "$CLIENT"
scu_end
is 130 "$status" "SIGINT: exit 130"
valid "$out" "SIGINT"
wait_line "$tmp/int.log" released "$PID" >/dev/null && ok "SIGINT: the association is released"
is "$(distinct int)" "$(events "$out" summary acknowledged)" "SIGINT: the object in flight is finished"
is 30 "$(($(events "$out" summary acknowledged) + $(events "$out" summary not_sent)))" "SIGINT: the rest is not sent"
is "$(events "$out" summary not_sent)" "$(wc -l <"$tmp/int.list")" "SIGINT: and listed"
is "$(distinct int)" "$(sqlite3 "$tmp/int.db" "SELECT count(*) FROM instance WHERE state = 'acknowledged'")" \
  "SIGINT: the journal is up to date"
interrupted term
kill -TERM "$CLIENT"
scu_end
is 143 "$status" "SIGTERM: exit 143"
start_testscp_tls stuck --silent store
scu_start stuck --json "$tmp/few"
wait_line "$tmp/stuck.log" silent "$PID" >/dev/null
kill -INT "$CLIENT"
until grep -q '^ShdPnd:[[:space:]]*0*$' "/proc/$CLIENT/status"; do # of two that wait only one is delivered
  sleep 0.05
done
kill -INT "$CLIENT"
scu_end
is 130 "$status" "a second SIGINT, no answer in sight: exit 130"
PORT=$good

echo "# --- progress, where stderr is no terminal"
scu_late slow
is 0 "$status" "a run of twelve seconds: exit 0"
is 1 "$(grep -cE '^[0-9]+ of 24 done, .* left$' "$err")" "a line after ten seconds"
hasnt "$err" "$(printf '\r')" "and no bar"
scu_late quiet
is "0:" "$status:$(cat "$err")" "--no-progress: nothing"

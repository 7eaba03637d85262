#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What is retried and what is not: objects on which the receiver aborts, closes or
# does not answer, statuses of every kind, receivers that are not running yet or
# refuse us. Everything else arrives, and the reports are correct.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_pki
make_study many --objects 500 --studies 5 --classes 4 --syntaxes implicit
make_study few --objects 30 --studies 2 --classes 3 --syntaxes implicit --seed 2
poison=$(uid_of "$tmp/many/IM000250")
bad=$(uid_of "$tmp/few/IM000010")

# told WANTED-STATUS WANTED-TOTALS TEXT: how the last run, with --json, ended.
told() {
  is "$1" "$status" "$3: exit $1"
  is "$2" "$(totals "$out")" "$3: $2"
}

echo "# --- the poison object"
for n in 1 3; do
  start_testscp_tls "poison$n" --concurrent --abort-uid "$poison"
  scu --json -j "$n" --retry-delay 0 "$tmp/many"
  told 10 "acknowledged=499 failed=1" "-j $n, the receiver aborts on one of 500"
  is "$poison" "$(events "$out" instance sop_instance class=failure)" "-j $n: exactly that one fails"
  is 2 "$(sightings "poison$n" "$poison")" "-j $n: it is tried twice"
  is 499 "$(distinct "poison$n")" "-j $n: all others arrive"
done
start_testscp_tls poison --abort-uid "$bad"
scu --retry-delay 0 "$tmp/few"
is 10 "$status" "for humans: exit 10"
has "$err" "failed: $tmp/few/IM000010: " "for humans: it is named"
has "$err" "abort" "for humans: and why"
has "$out" "29 acknowledged, 1 failed" "for humans: the counts"

start_testscp_tls drop --drop-uid "$bad"
scu --json --retry-delay 0 "$tmp/few"
told 10 "acknowledged=29 uncertain=1" "the connection is lost on one of 30"
is "$bad" "$(events "$out" instance sop_instance class=uncertain)" "exactly that one is uncertain"

echo "# --- every third object is refused"
# third RULE STATUS TOTALS TEXT [OPTION...]
third() {
  rule=$1
  wanted=$2
  counts=$3
  text=$4
  shift 4
  run=$((${run:-0} + 1))
  start_testscp_tls "third$run" --status "$rule" --comment "as told"
  scu --json "$@" "$tmp/few"
  told "$wanted" "$counts" "$text"
}
third A700@once-every:3 0 "acknowledged=30" "A700, then success"
is 40 "$(grep -cE '^(stored|refused) ' "$tmp/third$run.log")" "A700: each of them once more"
is 10 "$(count_events "$out" retry status=0xA700)" "A700: the repetitions are told"
is 1 "$(associations "third$run")" "A700: on the same association"
third 0110@once-every:3 0 "acknowledged=30" "0110, then success"
is 10 "$(count_events "$out" retry status=0x0110)" "0110: the repetitions are told"
third C000@every:3 10 "acknowledged=20 failed=10" "C000"
is 10 "$(count_events "$out" instance class=failure status=0xC000 'comment=as told')" "C000: statuses and comments are told"
is 30 "$(grep -cE '^(stored|refused) ' "$tmp/third$run.log")" "C000: none again"
third "A700@uid:$bad" 10 "acknowledged=29 failed=1" "A700 for good on one"
is 2 "$(sightings "third$run" "$bad")" "A700 for good: it is tried twice"
third B000@every:3 0 "acknowledged=30 warned=10" "B000"
third B007@every:3 0 "acknowledged=30 warned=10" "B007"
is 10 "$(count_events "$out" instance class=warning status=0xB007)" "B007: the warnings are told"
third B000@every:3 12 "acknowledged=30 warned=10" "B000, --strict" --strict
third B007@every:3 12 "acknowledged=30 warned=10" "B007, --strict" --strict
third C000@always 11 "failed=30" "C000 to all"
start_testscp_tls spoken --status C000@every:3 --comment "as told"
scu "$tmp/few"
is 10 "$status" "C000, for humans: exit 10"
is 10 "$(grep -c '^failed: .*status 0xC000, .*as told' "$err")" "C000, for humans: each with status and comment"
has "$out" "20 acknowledged, 10 failed" "C000, for humans: the counts"
start_testscp_tls spared --status A700@once-every:3
scu "$tmp/few"
is "0:10" "$status:$(grep -c '0xA700' "$err")" "A700, for humans: the repetitions are told"

echo "# --- an answer that never comes"
start_testscp_tls mute --mute-uid "$bad"
scu --json --response-timeout 500 --retry 2 --retry-delay 0 --failed-to "$tmp/mute.list" "$tmp/few"
told 10 "acknowledged=29 uncertain=1" "no answer for one of 30"
is "$bad" "$(events "$out" instance sop_instance class=uncertain)" "exactly that one is uncertain"
is 3 "$(sightings mute "$bad")" "it is sent again, as often as told"
is 3 "$(events "$out" instance attempt class=uncertain)" "and that is told"
is "$tmp/few/IM000010" "$(cat "$tmp/mute.list")" "--failed-to lists it"
start_testscp_tls still --mute-uid "$bad"
scu --json --response-timeout 500 --retry-delay 0 --resend-uncertain no "$tmp/few"
told 10 "acknowledged=29 uncertain=1" "--resend-uncertain no"
is 1 "$(sightings still "$bad")" "--resend-uncertain no: it is not sent again"
start_testscp_tls silent --mute-uid "$bad"
scu --response-timeout 500 --retry-delay 0 --resend-uncertain no "$tmp/few"
is 10 "$status" "for humans: exit 10"
has "$err" "uncertain: $tmp/few/IM000010: " "for humans: it is named"
has "$out" "29 acknowledged, 1 uncertain" "for humans: the counts"
start_testscp_tls again --abort-at 10
scu --json --retry-delay 0 "$tmp/few"
told 0 "acknowledged=30" "aborted once"
is 1 "$(count_events "$out" instance again=1)" "the object that was sent again is marked so"
start_testscp_tls forgot --abort-at 10
scu --json --retry-delay 0 --resend-uncertain no "$tmp/few"
told 10 "acknowledged=29 uncertain=1" "aborted once, --resend-uncertain no"

echo "# --- a receiver that has it already"
start_testscp_tls twice --duplicate-0111
scu --json "$tmp/few"
told 0 "acknowledged=30" "for the first time"
scu --json "$tmp/few"
told 11 "failed=30" "0111"
is 30 "$(count_events "$out" instance status=0x0111)" "0111 is told"
scu --json --duplicate-ok "$tmp/few"
told 0 "acknowledged=30" "0111, --duplicate-ok"
# Stored, but answered for another message: our own attempt explains the 0111.
start_testscp_tls garbled --duplicate-0111 --wrong-id 5
scu --json --retry-delay 0 "$tmp/few"
told 0 "acknowledged=30" "0111 to what was sent before and never answered"

echo "# --- a receiver that is not there, or does not want us"
PORT=$(free_port)
scu_start early --json --retry 20 --retry-delay 1 "$tmp/few"
wait_line "$tmp/early.out" '{.*"type":"retry"' "$CLIENT" >/dev/null
start_testscp_tls late --port "$PORT"
scu_end
told 0 "acknowledged=30" "started after us"
PORT=$(free_port)
scu --json --retry 2 --retry-delay 0 "$tmp/few"
is 21 "$status" "never started: exit 21"
is 2 "$(count_events "$out" retry)" "after as many repetitions as told"
start_testscp_tls full --reject 2,3,2
scu --json --retry 2 --retry-delay 0 "$tmp/few"
is 40 "$status" "rejected for the time being: exit 40"
is 3 "$(associations full)" "after as many repetitions as told"
start_testscp_tls never --reject 1,1,1
scu --json --retry-delay 0 "$tmp/few"
is 40 "$status" "rejected for good: exit 40"
is 1 "$(associations never)" "and not tried again"

echo "# --- a receiver that takes nothing for now, or ever"
start_testscp_tls exhausted --status A701@always
scu --json --retry 2 --retry-delay 0 "$tmp/few"
told 11 "failed=12 not_sent=18" "A701 to all"
is 3 "$(associations exhausted)" "A701 to all: after ten in a row a new association, as often as told"
is 3 "$(grep -c '^released' "$tmp/exhausted.log")" "A701 to all: each is released"
is 40 "$(events "$out" error code)" "A701 to all: the error has a code"
has "$err" "the receiver is out of resources: it refused 12 objects in a row with a status A7xx (3 times in a row)" \
  "A701 to all: and says what it is"
set --
for n in $(seq 1 11); do
  set -- "$@" --status "A700@$n"
done
start_testscp_tls tight "$@"
scu --json --retry 2 --retry-delay 0 "$tmp/few"
told 0 "acknowledged=30" "A700 to the first eleven answers"
is 3 "$(associations tight)" "A700 to the first eleven: two new associations, until there is room"

set --
for n in $(seq -f %02g 1 12); do
  set -- "$@" --abort-uid "$(uid_of "$tmp/few/IM0000$n")"
done
start_testscp_tls grumpy "$@"
scu --json --retry-delay 0 "$tmp/few"
told 11 "failed=10 not_sent=20" "aborts on everything"
is 20 "$(associations grumpy)" "aborts on everything: given up after two for each of ten objects"
has "$err" "the receiver answered nothing on 20 associations in a row and aborted each with an object in flight" \
  "aborts on everything: the count is told"
start_testscp_tls grudging "$@" --port 0
scu --retry-delay 0 "$tmp/few/IM000011" "$tmp/few/IM000020" "$tmp/few/IM000012" "$tmp/few/IM000021"
is 10 "$status" "aborts on two, with answers in between: exit 10"
has "$out" "2 acknowledged, 2 failed" "aborts on two, with answers in between: the rest goes on"

echo "# --- a run that ends early"
start_testscp_tls gone --close-at 5
scu --retry 0 "$tmp/few"
is 10 "$status" "lost, --retry 0: exit 10"
is "uncertain mtls-storescu not" "$(sed 's/[: ].*//' "$err" | xargs)" "the cause comes before what was not sent, in one line"
has "$err" "not sent: 25 files; --failed-to FILE lists them; with --journal FILE, running the same command again" "and how to go on"
scu_list=$tmp/gone.list
start_testscp_tls gone2 --close-at 5
scu --retry 0 --failed-to "$scu_list" --journal "$tmp/gone.db" "$tmp/few"
has "$err" "not sent: 25 files, listed in $scu_list; run the same command again to send them" "where the list is"
is 26 "$(wc -l <"$scu_list")" "the list has them all"
start_testscp_tls gone3
scu --journal "$tmp/gone.db" "$tmp/few"
is 0 "$status" "the same command sends the rest: exit 0"

echo "# --- a signal while an object is in flight"
start_testscp_tls due --mute-uid "$bad"
scu_start due-client --send-timeout 1500 "$tmp/few"
wait_line "$tmp/due.log" mute "$PID" >/dev/null
kill -INT "$CLIENT"
scu_end
is 130 "$status" "SIGINT while an answer is due: exit 130"
is "mtls-storescu: interrupted: finishing the object in flight (at most 2 s); Ctrl-C again stops immediately" \
  "$(head -n 1 "$err")" "SIGINT while an answer is due: what is waited for, and how long, is told at once"
has "$err" "uncertain: $tmp/few/IM000010: waiting for the C-STORE response: interrupted, not finished within 1500 ms" \
  "SIGINT while an answer is due: it is uncertain in the end"

# 2 MiB/s at most: a MiB is under way for half a second.
make_study heavy --objects 2 --classes 1 --syntaxes implicit --size 60000000
start_testscp_tls slow
start_cutproxy narrow "$PORT" --cuts 0 --delay 1000
scu_start heavy --send-timeout 2000 --tls-timeout 60000 -v --json "$tmp/heavy"
wait_line "$tmp/heavy.out" '{.*"type":"association"' "$CLIENT" >/dev/null
wait_line "$tmp/slow.log" association "$PID" >/dev/null
kill -TERM "$CLIENT"
scu_end
told 143 "not_sent=2" "SIGTERM while a large object goes out"
is 0 "$(stored slow)" "it is not finished, however steadily the receiver takes it"
has "$err" "finishing the object in flight (at most 2 s); a further SIGTERM stops immediately" "what was waited for is told"

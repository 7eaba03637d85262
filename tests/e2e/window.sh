#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The asynchronous operations window (--max-ops-invoked): several objects in
# flight on one association, answered in any order, with the same results as one
# at a time.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_pki
make_study study --objects 300 --studies 3 --syntaxes implicit,explicit

# most_under_way NAME: as the receiver counted them.
most_under_way() {
  sed -n 's/.*at most \([0-9]*\) under way.*/\1/p' "$tmp/$1.log" | sort -n | tail -n 1
}

echo "# --- what is agreed"
start_testscp_tls wide --lean --concurrent --syntax all --window 32 --delay 5 --shuffle --log "$tmp/wide.diary"
scu --max-ops-invoked 16 "$tmp/study"
is 0 "$status" "a window of 16, answers out of order: exit 0"
has "$out" "300 acknowledged;" "all acknowledged"
is 300 "$(distinct wide)" "every object arrived"
is 300 "$(stored wide)" "once"
is 16 "$(most_under_way wide)" "as many under way as were proposed"
scu "$tmp/study"
is 0 "$status" "without the option: exit 0"
stop "$PID"

start_testscp_tls narrow --lean --concurrent --syntax all --window 4 --delay 5 --log "$tmp/narrow.diary"
scu --max-ops-invoked 16 "$tmp/study"
is 0 "$status" "the receiver agrees to 4: exit 0"
is 4 "$(most_under_way narrow)" "no more than 4 are under way"
stop "$PID"

start_testscp_tls silent --concurrent --syntax all
scu --max-ops-invoked 16 "$tmp/study"
is 0 "$status" "a receiver that does not speak of windows: exit 0"
is 300 "$(stored silent)" "every object arrived once"
stop "$PID"

echo "# --- what goes wrong within it"
uid=$(uid_of "$tmp/study/IM000150")
start_testscp_tls poison --lean --concurrent --syntax all --window 8 --abort-uid "$uid" --log "$tmp/poison.diary"
scu --max-ops-invoked 8 --journal "$tmp/poison.db" "$tmp/study"
is 10 "$status" "one object that the receiver aborts on: exit 10"
has "$out" "299 acknowledged" "all others are acknowledged"
has "$out" ", 1 failed" "that one fails, and it alone"
has "$err" "IM000150" "and is named"
is 299 "$(sqlite3 "$tmp/poison.db" "SELECT count(*) FROM instance WHERE state = 'acknowledged'")" \
  "the journal has the same"
stop "$PID"

start_testscp_tls refusing --lean --concurrent --syntax all --window 8 --shuffle --status 0110@uid:"$uid"
scu --max-ops-invoked 8 --json "$tmp/study"
is 10 "$status" "one object refused twice: exit 10"
is 1 "$(grep -c '"class":"failure"' "$out")" "one failure"
is 299 "$(grep -c '"class":"success"' "$out")" "299 acknowledged, in whatever order they were answered"
stop "$PID"

start_testscp_tls mute --lean --concurrent --syntax all --window 8 --mute-uid "$uid"
scu --max-ops-invoked 8 --response-timeout 1500 --resend-uncertain no "$tmp/study"
is 10 "$status" "one answer that never comes: exit 10"
has "$err" "IM000150" "it is named"
has "$out" "uncertain" "as uncertain"
stop "$PID"

echo "# --- a peer that is not ours"
if has_dcmjs; then
  start_dcmjs dcmjs --max-ops 8
  scu --max-ops-invoked 8 "$tmp/study"
  is 0 "$status" "dcmjs-dimse with a window of 8: exit 0"
  has "$out" "300 acknowledged;" "all acknowledged"
  is 300 "$(distinct dcmjs)" "every object arrived"
fi

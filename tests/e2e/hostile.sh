#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Receivers that violate the protocol, in one way at a time (tests/peer/hostile.pl):
# the program ends in time, with the right exit status and a clear message, and
# never reports an object as acknowledged that is not. Each row is one attempt,
# except those below about retries.
#
#   HOSTILE_SEEDS="1 150"   the first and last seed of the random ones
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

hostile=$TOP_SRCDIR/tests/peer/hostile.pl
object=$TESTDATA/dicom/sr.dcm

# start_hostile [SCENARIO]: without one, the called AE title names it.
start_hostile() {
  rm -f "$tmp/hostile.log"
  perl "$hostile" --life 900 "$@" >"$tmp/hostile.log" 2>&1 </dev/null &
  PID=$!
  pids="$pids $PID"
  PORT=$(wait_line "$tmp/hostile.log" 'port ' "$PID") || {
    cat "$tmp/hostile.log"
    exit 1
  }
}

# attempt SCENARIO [OPTION...]
attempt() {
  scenario=$1
  shift
  run timeout -k 2 300 "$MTLS_STORESCU" --plain -c "$scenario@127.0.0.1:$PORT" --accept-timeout 1500 \
    --response-timeout 1500 --send-timeout 1500 --release-timeout 1000 --max-time 8 --retry 0 "$@"
}

# What is wrong with how it ended, whatever was asked; empty if nothing.
complaint() {
  if [ "$status" -ge 124 ]; then
    echo "status $status: it had to be stopped, or crashed"
  elif grep -qE 'Sanitizer|runtime error:' "$err"; then
    echo "a sanitizer complains"
  elif [ "$status" -eq 0 ] && ! grep -q '1 acknowledged' "$out"; then
    echo "exit 0, but nothing was acknowledged"
  elif [ "$status" -ne 0 ] && ! grep -qE '^(mtls-storescu: error|failed|uncertain): ' "$err"; then
    echo "status $status without a sentence"
  elif [ "$status" -ne 0 ] && grep -q '1 acknowledged' "$out"; then
    echo "status $status, but the object was acknowledged"
  fi
}

# judge STATUS SCENARIO [TEXT]: what it came to, and what stderr says.
judge() {
  wrong=$(complaint)
  if [ -n "$wrong" ]; then
    not_ok "$2: $wrong"
  elif [ "$status" != "$1" ]; then
    not_ok "$2: exit $status instead of $1"
  elif [ -n "${3:-}" ] && ! grep -qF -e "$3" "$err"; then
    not_ok "$2: does not say \"$3\""
  else
    ok "$2: exit $1${3:+, $3}"
    return
  fi
  cat "$out" "$err" | sed 's/^/#   /'
}

# expect STATUS SCENARIO [TEXT]
expect() {
  attempt "$2" "$object"
  judge "$@"
}

# asked SCENARIO: for how many associations the receiver was.
asked() {
  grep -c "^$1: asked" "$tmp/hostile.log"
}

# again NUMBER STATUS SCENARIO [TEXT]: over so many associations, if two repetitions are allowed.
again() {
  number=$1
  shift
  before=$(asked "$2")
  attempt "$2" --retry 2 --retry-delay 0 "$object"
  judge "$@"
  is "$number" "$(($(asked "$2") - before))" "$2: over $number association(s)"
}

# A table on stdin: status, scenario, text.
expect_rows() {
  while read -r wanted name text; do
    expect "$wanted" "$name" "$text"
  done
}

# mutations FIRST LAST [OPTION...]: faults by chance. Exit 0 only if what was answered said so.
mutations() {
  bad=0
  seed=$1
  first=$1
  last=$2
  shift 2
  while [ "$seed" -le "$last" ]; do
    attempt "mutate:$seed" "$@" "$object"
    wrong=$(complaint)
    case $status in
      0) grep -q "^mutate:$seed: acknowledged" "$tmp/hostile.log" || wrong="exit 0 without a success" ;;
      11 | 40 | 41 | 42 | 50) ;;
      *) wrong=${wrong:-"exit $status"} ;;
    esac
    if [ -n "$wrong" ]; then
      bad=$((bad + 1))
      echo "# mutate:$seed: $wrong"
      sed 's/^/#   /' "$err"
    fi
    seed=$((seed + 1))
  done
  is 0 "$bad" "faults by chance, seeds $first to $last${1:+, }$*"
}

start_hostile

echo "# --- it answers right after all"
expect_rows <<'END'
0 valid
0 dribble
0 max:0
0 max:14
0 max:15
0 max:4294967295
0 status:B000 0xB000
0 ac-version-long
0 ac-titles
0 ac-no-user
0 ac-unasked
0 ac-context-two
0 ac-mebibyte
0 rsp-no-uid
0 rsp-data
0 rsp-control
0 rsp-three
0 rsp-three-wide
0 rsp-bytes
0 rsp-bytes-one
0 rsp-two
END
attempt valid --echo
is 0 "$status" "C-ECHO"

echo "# --- the answer to the association request"
expect_rows <<'END'
42 ac-cut closed the connection
42 ac-cut-reset reset
50 ac-cut-wait --accept-timeout
50 ac-slow --accept-timeout
42 ac-empty 0 bytes are too few
42 ac-tiny 20 bytes are too few
41 ac-bare presentation contexts
42 ac-protocol version 1
42 ac-item-long item 50H claims more bytes than there are
42 ac-item-short claims more bytes than there are
42 ac-item-zero item 21H is cut short
42 ac-item-cut item 50H is cut short
42 ac-sub-zero item 51H is not 4 bytes long
42 ac-sub-long item 52H claims more bytes than there are
42 ac-sub-cut item 52H is cut short
42 ac-uid-long item 52H is longer than 64 bytes
42 ac-max-short item 51H is not 4 bytes long
42 ac-max-long item 51H claims more bytes than there are
42 ac-role item 54H does not hold its UID
42 ac-role-zero item 54H does not hold its UID
42 ac-extended item 56H does not hold its UID
42 ac-extended-low item 56H does not hold its UID
42 ac-identity item 59H does not hold its response
42 ac-identity-two item 59H occurs twice
42 ac-user-two item 50H occurs twice
41 ac-unasked-only presentation contexts
42 ac-no-syntax in 0 transfer syntaxes
42 ac-two-syntaxes in 2 transfer syntaxes
42 ac-void-syntax in 0 transfer syntaxes
11 ac-strange 1.2.3.4
11 ac-escape only in ?[2J
42 ac-syntax-long item 40H is longer than 64 bytes
41 ac-result presentation contexts
41 ac-refused presentation contexts
41 ac-none presentation contexts
42 ac-many more than 128 times
42 max:1 accepts PDUs of at most 1 bytes
42 max:6 accepts PDUs of at most 6 bytes
42 max:8 accepts PDUs of at most 8 bytes
42 max:7 accepts PDUs of at most 7 bytes
42 max:12 accepts PDUs of at most 12 bytes
42 max:13 accepts PDUs of at most 13 bytes
40 rj:1:1:7 called AE title
40 rj:0:0:0 result 0, source 0, reason 0
40 rj:255:255:255 result 255, source 255, reason 255
42 rj-empty malformed A-ASSOCIATE-RJ of 0 bytes
42 rj-short malformed A-ASSOCIATE-RJ of 2 bytes
42 rj-long malformed A-ASSOCIATE-RJ of 200 bytes
42 early-request an A-ASSOCIATE-RQ unexpectedly
42 early-data a P-DATA-TF unexpectedly
42 early-release an A-RELEASE-RQ unexpectedly
42 early-confirm an A-RELEASE-RP unexpectedly
42 early-abort aborted the association
42 abort-empty aborted the association
42 abort-long aborted the association
42 abort-odd source 153, reason 255
42 pdu:2:0 0 bytes are too few
42 pdu:2:80000000 claims 2147483648 bytes
42 pdu:2:ffffffff claims 4294967295 bytes
42 pdu:0:5 type 00H
42 pdu:8:5 type 08H
42 pdu:ff:5 type FFH
42 http type 48H
42 close-request closed the connection
42 reset-request reset
50 silent-request --accept-timeout
END

echo "# --- the answer to an object"
expect_rows <<'END'
11 ac-two an A-ASSOCIATE-AC unexpectedly
11 ac-release released the association
11 ac-abort source 2, reason 6
11 ac-garbage type 47H
11 close-data
11 reset-data
11 rsp-empty Command Field
11 rsp-no-field Command Field
11 rsp-no-id Message ID
11 rsp-no-status Status
11 rsp-cut more bytes than follow
11 rsp-id not outstanding
11 rsp-uid SOP instance 1.2.3
11 rsp-uid-long SOP instance 1.1.1.
11 rsp-echo 8030H
11 rsp-request 0001H
11 rsp-data-none --response-timeout
11 rsp-data-first unexpected data set fragment
11 rsp-data-odd unexpected command fragment
11 rsp-comment ?[2J
11 rsp-comment-big 0xA700
11 rsp-offending 0xA900
11 rsp-context context 99
11 rsp-context-two context 99
11 rsp-control-odd unexpected data set fragment
11 rsp-pdv-long do not add up
11 rsp-pdv-short do not add up
11 rsp-pdv-zero do not add up
11 rsp-pdv-one do not add up
11 rsp-pdv-huge do not add up
11 rsp-pdv-minus do not add up
11 rsp-pdu-empty empty P-DATA-TF
11 rsp-pdu-three do not add up
11 rsp-mebibyte claims 1048582 bytes
11 rsp-16k Max expected 16384
11 rsp-endless longer than 65536 bytes
11 rsp:4:80000000 claims 2147483648 bytes
11 rsp:4:ffffffff claims 4294967295 bytes
11 rsp:9:10 type 09H
11 rsp-ac an A-ASSOCIATE-AC unexpectedly
11 rsp-rj an A-ASSOCIATE-RJ unexpectedly
11 rsp-rq an A-ASSOCIATE-RQ unexpectedly
11 rsp-release released the association
11 rsp-confirm an A-RELEASE-RP unexpectedly
11 rsp-abort aborted the association
11 rsp-abort-empty aborted the association
11 status:FF00 pending
11 status:A700 out of resources
11 status:C000 0xC000
11 flood-data --response-timeout
11 flood-nothing --response-timeout
11 flood-abort not outstanding
11 close-object closed the connection
11 reset-object reset
11 close-response closed the connection
11 reset-response reset
11 wait-response --response-timeout
11 silent-object --response-timeout
END

echo "# --- the answer to a release: what was acknowledged stays so"
expect_rows <<'END'
0 rp-empty
0 rp-long
0 rp-ac
0 rp-data
0 rp-release
0 rp-abort
0 rp-flood
0 close-release
0 reset-release
0 silent-release
END

# shellcheck disable=SC2086 # two numbers
mutations ${HOSTILE_SEEDS:-1 150}

echo "# --- before a word is said"
stop "$PID"
start_hostile close-accept
expect 42 close-accept
stop "$PID"
start_hostile reset-accept
attempt reset-accept "$object"
case "$status:$(complaint)" in
  21: | 42:) ok "reset-accept: exit 21 or 42, as the reset comes" ;;
  *) not_ok "reset-accept: exit $status $(complaint)" ;;
esac
stop "$PID"

echo "# --- what is tried again: on a new association, on the same one, never"
start_hostile
while read -r number wanted name text; do
  again "$number" "$wanted" "$name" "$text"
done <<'END'
3 42 ac-cut closed the connection
3 42 close-request closed the connection
1 42 ac-empty 0 bytes are too few
1 42 ac-item-long item 50H claims more bytes than there are
1 42 ac-two-syntaxes in 2 transfer syntaxes
1 42 ac-user-two item 50H occurs twice
1 42 http type 48H
1 42 max:1 accepts PDUs of at most 1 bytes
1 42 max:8 maximum length (PS3.8 D.1) must be 0 (no limit), or 14 or more
1 41 ac-bare presentation contexts
3 42 early-abort aborted the association
3 40 rj:2:3:1 result 2, source 3, reason 1
1 40 rj:1:1:7 called AE title
1 41 ac-refused presentation contexts
3 11 ac-garbage uncertain:
3 11 rsp-id uncertain:
3 11 close-object uncertain:
3 11 reset-response uncertain:
2 11 rsp-abort the receiver aborts on it
1 11 status:A700 out of resources
1 11 status:C000 0xC000
1 0 rsp-two
1 0 close-release
END
mutations 1 20 --retry 1 --retry-delay 0

echo "# --- an interrupt: in the middle of a PDU, in a flood, while the next try is awaited"
for scenario in ac-cut-wait flood-nothing; do
  "$MTLS_STORESCU" --plain -c "$scenario@127.0.0.1:$PORT" --send-timeout 300 "$object" >"$tmp/int.out" 2>"$tmp/int.err" &
  scu=$!
  pids="$pids $scu"
  wait_line "$tmp/hostile.log" "$scenario: asked" "$PID" >/dev/null
  kill -INT "$scu"
  status=0
  wait "$scu" || status=$?
  is 130 "$status" "$scenario: an interrupt ends it"
  has "$tmp/int.err" interrupted "$scenario: and it says so"
done
"$MTLS_STORESCU" --plain -c "close-object@127.0.0.1:$PORT" --retry-delay 60 "$object" >"$tmp/int.out" 2>"$tmp/int.err" &
scu=$!
pids="$pids $scu"
wait_line "$tmp/int.err" "mtls-storescu: retry: " "$scu" >/dev/null
kill -INT "$scu"
status=0
wait "$scu" || status=$?
is 130 "$status" "while the next try is awaited: an interrupt ends it"
has "$tmp/int.err" "uncertain: $object" "while the next try is awaited: what was sent is uncertain"

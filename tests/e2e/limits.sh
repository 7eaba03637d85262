#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A signal and --max-time end the program whatever it waits for: sources without
# data, readers that read nothing, names that are not resolved.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

GUARD=60 # seconds: only a hang lasts that long; SIGALRM then ends it, status 142
make_pki
make_study study --objects 20 --classes 3 --syntaxes implicit
fifo=$tmp/fifo # nobody ever writes to it
mkfifo "$fifo"
HOME=$tmp/home
export HOME

# guarded COMMAND...: in place of this shell.
guarded() {
  exec perl -e 'alarm shift; exec @ARGV' "$GUARD" "$@"
}

# begin COMMAND...: in the background; CLIENT, and what it says in $tmp/wait.out and .err.
begin() {
  # shellcheck disable=SC2094 # fd 7: a pipe that somebody has open for writing
  guarded "$@" >"$tmp/wait.out" 2>"$tmp/wait.err" </dev/null 7<>"$tmp/quiet" &
  CLIENT=$!
  pids="$pids $CLIENT"
}

# Until it catches SIGTERM and all of it sleeps, three looks in a row.
wait_asleep() {
  looks=0
  tries=0
  while [ "$looks" -lt 3 ] && [ "$tries" -lt 400 ] && kill -0 "$CLIENT" 2>/dev/null; do
    tries=$((tries + 1))
    looks=$((looks + 1))
    caught=$(sed -n 's/^SigCgt:.*\(....\)$/\1/p' "/proc/$CLIENT/status" 2>/dev/null)
    [ $((0x${caught:-0} & 0x4000)) -ne 0 ] || looks=0
    grep -q '^[0-9]* ([^)]*) S' "/proc/$CLIENT/task/"*/stat 2>/dev/null || looks=0
    sleep 0.05
  done
}

finish() {
  status=0
  wait "$CLIENT" || status=$?
  pids=$(for pid in $pids; do [ "$pid" = "$CLIENT" ] || echo "$pid"; done)
}

mkfifo "$tmp/quiet"

# ends NAME STATUS TEXT COMMAND...: by --max-time with that status, and says the
# text; by a signal as that.
ends() {
  ends_name=$1
  ends_status=$2
  ends_text=$3
  shift 3
  begin "$@" --max-time 1
  finish
  is "$ends_status" "$status" "$ends_name: --max-time ends it"
  cat "$tmp/wait.out" >>"$tmp/wait.err"
  has "$tmp/wait.err" "$ends_text" "$ends_name: and it says at what"
  signal=${SIGNAL:-TERM}
  begin "$@"
  wait_asleep
  kill -s "$signal" "$CLIENT"
  finish
  is "$(signalled "$signal")" "$status" "$ends_name: SIG$signal ends it"
  cat "$tmp/wait.out" >>"$tmp/wait.err"
  has "$tmp/wait.err" "${INTERRUPTED:-interrupted}" "$ends_name: and it says so"
}

signalled() {
  case ${NAGIOS:-}$1 in
  TERM) echo 143 ;;
  INT) echo 130 ;;
  HUP) echo 129 ;;
  *) echo 3 ;;
  esac
}

# early NAME TEXT OPTION...: before anything was connected to.
early() {
  early_name=$1
  early_text=$2
  shift 2
  ends "$early_name" "${WANTED:-50}" "${early_text:+, while waiting for $early_text}" "$MTLS_STORESCU" \
    -c ANY@127.0.0.1:1 "$@"
}

key="--key-store $PKI/clients/dcm1/scu1.p12"
pass='--key-store-pass changeit'
trust="--trust-store $PKI/ca/ca.crt"
mkdir -p "$HOME/.config"

echo "# --- what gives nothing"
# shellcheck disable=SC2086 # options
{
  early 'key store' "key store $fifo" --key-store "$fifo" $pass $trust "$tmp/study"
  early 'trust store' "trust store $fifo" $key $pass --trust-store "$fifo" "$tmp/study"
  early 'CRL' "CRL file $fifo" $key $pass $trust --crl-file "$fifo" "$tmp/study"
  early 'configuration' "the configuration file $fifo" --config "$fifo" --to ward "$tmp/study"
  SIGNAL=INT early 'cmd:' 'the command given with cmd:' $key --key-store-pass 'cmd:sleep 1000' $trust "$tmp/study"
  SIGNAL=HUP early 'file:' "the file \"$fifo\"" $key --key-store-pass "file:$fifo" $trust "$tmp/study"
  early 'fd:' 'descriptor 7' $key --key-store-pass fd:7 $trust "$tmp/study"
  early 'related classes' "the related SOP classes in $fifo" --plain --rel-sop-classes "$fifo" "$tmp/study"
  early '--echo' "key store $fifo" --echo --key-store "$fifo" $pass $trust
  early '--check' "key store $fifo" --check --key-store "$fifo" $pass $trust
  early '--check --json' "key store $fifo" --check --json --key-store "$fifo" $pass $trust
  early '--json' "key store $fifo" --json --key-store "$fifo" $pass $trust "$tmp/study"
  early '--dry-run' 'the command given with cmd:' --dry-run --plain --user u --user-pass 'cmd:sleep 1000' "$tmp/study"
  NAGIOS=1 WANTED=2 early '--nagios' "key store $fifo" --check --nagios --key-store "$fifo" $pass $trust
  NAGIOS=1 WANTED=2 early '--nagios, configuration' "the configuration file $fifo" --check --nagios \
    --config "$fifo" --to ward
}

echo "# --- a monitor gets its line, whatever the store is"
# shellcheck disable=SC2086
begin "$MTLS_STORESCU" --check --nagios -c ANY@127.0.0.1:1 --max-time 1 --key-store "$fifo" $pass $trust
finish
is 1 "$(grep -c '^MTLS CRITICAL - .*key store' "$tmp/wait.out")" "one line, CRITICAL"
is 1 "$(grep -c '^MTLS' "$tmp/wait.out")" "and no other"

echo "# --- what a command started goes with it"
cat >"$tmp/slow" <<'END'
sleep 1000 &
echo $! >"$1"
wait
END
# setsid: no terminal, which a command would have to share
# shellcheck disable=SC2086
begin setsid -w "$MTLS_STORESCU" -c ANY@127.0.0.1:1 --max-time 1 $key --key-store-pass "cmd:sh $tmp/slow $tmp/slow.pid" \
  $trust "$tmp/study"
finish
is 50 "$status" "cmd: with a child"
gone=$(cat "$tmp/slow.pid")
tries=0
while [ -d "/proc/$gone" ] && [ "$tries" -lt 400 ]; do
  tries=$((tries + 1))
  sleep 0.05
done
is "" "$(ls -d "/proc/$gone" 2>/dev/null || :)" "the child is gone"

echo "# --- outputs that nobody reads"
# shellcheck disable=SC2086
{
  early '--tls-keylog' "a reader of --tls-keylog $fifo" $key $pass $trust --tls-keylog "$fifo" "$tmp/study"
  early '--failed-to' "the reader of $fifo" --plain --failed-to "$fifo" "$tmp/study"
}
mkdir "$tmp/lists"
begin "$MTLS_STORESCU" -c ANY@127.0.0.1:1 --plain --failed-to "$tmp/lists/failed" --rel-sop-classes "$fifo" "$tmp/study"
wait_asleep
kill "$CLIENT"
finish
is 143 "$status" "--failed-to, a file"
is '' "$(ls -A "$tmp/lists")" "no temporary file stays"

start_storescp receiver
send() {
  echo "$MTLS_STORESCU --plain -c ANY@127.0.0.1:$PORT"
}
# shellcheck disable=SC2046
{
  INTERRUPTED='the reader did not read it' ends '--prometheus' 61 "cannot write $fifo: the reader did not read it" $(send) \
    --prometheus "$fifo" "$tmp/study"
  INTERRUPTED='the reader did not read it' ends '--html' 61 "cannot write $fifo: the reader did not read it" $(send) --check \
    --html "$fifo"
}
is 20 "$(find "$tmp/receiver" -type f | wc -l)" "the objects went all the same"

# full NAME STATUS TEXT COMMAND...: standard output is a pipe that is full.
full() {
  full_name=$1
  full_status=$2
  full_text=$3
  shift 3
  mkfifo "$tmp/full.$full_name"
  exec 9<>"$tmp/full.$full_name" # what is in it stays while it is open
  perl -MFcntl -e 'open my $o, "+<", shift or die; fcntl $o, F_SETFL, O_NONBLOCK; 1 while syswrite $o, "x" x 4096' \
    "$tmp/full.$full_name"
  for how in limit TERM; do
    limit=
    [ "$how" = TERM ] || limit='--max-time 1'
    # shellcheck disable=SC2086
    guarded "$@" $limit >"$tmp/full.$full_name" 2>"$tmp/wait.err" </dev/null &
    CLIENT=$!
    pids="$pids $CLIENT"
    if [ "$how" = TERM ]; then
      wait_asleep
      kill "$CLIENT"
      finish
      is "${SIGNALLED:-143}" "$status" "$full_name: SIGTERM ends it"
    else
      finish
      is "$full_status" "$status" "$full_name: --max-time ends it"
    fi
    has "$tmp/wait.err" "$full_text" "$full_name, $how: it says that output is missing"
  done
  exec 9>&-
}
# shellcheck disable=SC2046
{
  full json 61 'the reader did not read it' $(send) --json --journal "$tmp/json.db" "$tmp/study"
  full text 61 'the reader did not read it' $(send) "$tmp/study"
  full check 50 'while waiting for the reader of the output' $(send) --check
  SIGNALLED=3 full nagios 3 'the reader did not read it' $(send) --check --nagios
}

echo "# --- lists, PDFs, walks"
# shellcheck disable=SC2046
{
  ends '--files-from a FIFO' 50 'while the files were read' $(send) --files-from "$fifo"
  ends '--files-from without end' 50 'while the files were read' $(send) -0 --files-from /dev/zero
}
mkfifo "$tmp/study/pipe"
# quick NAME STATUS TEXT OPTION...: is refused without waiting.
quick() {
  quick_name=$1
  quick_status=$2
  quick_text=$3
  shift 3
  # shellcheck disable=SC2046
  begin $(send) "$@"
  finish
  is "$quick_status" "$status" "$quick_name: exit $quick_status"
  cat "$tmp/wait.out" >>"$tmp/wait.err"
  has "$tmp/wait.err" "$quick_text" "$quick_name: and why"
}
quick 'a FIFO found by a walk' 0 '20 acknowledged, 1 skipped' "$tmp/study"
quick 'a FIFO as FILE' 3 "$fifo: is not a file, but a FIFO" "$fifo"
quick '/dev/zero as FILE' 3 '/dev/zero: is not a file, but a device' /dev/zero
quick '--encapsulate, a FIFO' 3 "$fifo: it is not a regular file" --encapsulate "$fifo" -s PatientID=1
quick '--encapsulate /dev/zero' 3 '/dev/zero: it is not a regular file' --encapsulate /dev/zero -s PatientID=1
quick '--like, a FIFO' 3 "--like: $fifo: is not a regular file" --encapsulate "$fifo" --like "$fifo"
quick '--config /dev/zero' 2 'the configuration file /dev/zero' --to ward --config /dev/zero
quick '--user-pass file:/dev/zero' 30 'is longer than 65536 bytes' --user u --user-pass file:/dev/zero "$tmp/study"
quick '--rel-sop-classes /dev/zero' 2 'it is larger than 1 MiB' --rel-sop-classes /dev/zero "$tmp/study"

# shellcheck disable=SC2086
for option in --key-store --trust-store --crl-file; do
  begin "$MTLS_STORESCU" -c ANY@127.0.0.1:1 $key $pass $trust $option /dev/zero "$tmp/study"
  finish
  is 30 "$status" "$option /dev/zero: exit 30"
  has "$tmp/wait.err" '/dev/zero is larger than 16 MiB' "$option /dev/zero: and why"
done

echo "# --- pipes that do give what is asked for, as <(...) makes them"
for name in key trust pass config; do
  mkfifo "$tmp/$name.pipe"
done
cat "$PKI/clients/dcm1/scu1.p12" >"$tmp/key.pipe" &
cat "$PKI/ca/ca.crt" >"$tmp/trust.pipe" &
echo changeit >"$tmp/pass.pipe" &
printf '[ward]\nconnect = ANY@127.0.0.1:1\n' >"$tmp/config.pipe" &
begin "$MTLS_STORESCU" --check=stores --config "$tmp/config.pipe" --to ward --key-store "$tmp/key.pipe" \
  --key-store-pass "file:$tmp/pass.pipe" --trust-store "$tmp/trust.pipe" --max-time 30
finish
is 0 "$status" "all of them from pipes"

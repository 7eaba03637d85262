#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The program as users see it: secrets, directories, signals, pipes, full disks,
# time limits, proxies, addresses, user identity, the trace of the handshake.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/ca.sh
. "$(dirname "$0")/ca.sh"

make_pki
pdf=$TESTDATA/embeddedpdf.dcm
ct=$TESTDATA/dicom/ct.dcm
sr=$TESTDATA/dicom/sr.dcm
p12=$PKI/clients/dcm1/scu1.p12
trust=$PKI/clients/dcm1/truststore.p12

# with [OPTION...]: everything but the passwords' sources.
with() {
  run "$MTLS_STORESCU" -c "ANY@localhost:$PORT" --tls-host iris --key-store "$p12" --trust-store "$trust" "$@"
}

start_standin
standin=$PORT

echo "# --- secrets"
STORE_PASS=changeit
export STORE_PASS
echo changeit >"$tmp/pass"
with --key-store-pass env:STORE_PASS --trust-store-pass "file:$tmp/pass" "$pdf"
is 0 "$status" "passwords from the environment and a file"
with --key-store-pass "cmd:cat '$tmp/pass'" --trust-store-pass pass:changeit "$pdf"
is 0 "$status" "passwords from a command and pass:"
status=0
"$MTLS_STORESCU" -c "ANY@localhost:$PORT" --tls-host iris --key-store "$p12" --trust-store "$trust" \
  --key-store-pass fd:7 --trust-store-pass fd:8 "$pdf" >"$tmp/stdout" 2>"$tmp/stderr" 7<"$tmp/pass" 8<"$tmp/pass" || status=$?
is 0 "$status" "passwords from descriptors"
with --key-store-pass env:NO_SUCH_VARIABLE --trust-store-pass changeit "$pdf"
is 30 "$status" "an environment variable that is not set: exit 30"
has "$err" "NO_SUCH_VARIABLE" "and it is named"
mkfifo "$tmp/keyboard"
script -qec "'$MTLS_STORESCU' -c ANY@localhost:$PORT --tls-host iris --key-store '$p12' \
  --trust-store '$trust' --trust-store-pass changeit '$pdf'" /dev/null \
  <"$tmp/keyboard" >"$tmp/tty.out" 2>&1 &
terminal=$!
pids="$pids $terminal"
exec 9>"$tmp/keyboard"
wait_line "$tmp/tty.out" "Password" "$terminal" >/dev/null
echo changeit >&9
status=0
wait "$terminal" || status=$?
exec 9>&-
is 0 "$status" "the password asked on the terminal"
has "$tmp/tty.out" "key store $p12" "the prompt names the store"
hasnt "$tmp/tty.out" "changeit" "the password is not echoed"

start_testscp_tls slow --silent associate
# The program itself, whatever wraps it elsewhere: valgrind keeps a command line of its own.
"$TOP_BUILDDIR/mtls-storescu" -c "ANY@localhost:$PORT" --tls-host iris --key-store "$p12" --trust-store "$trust" \
  --key-store-pass changeit --trust-store-pass=changeit --key-pass pass:changeit --accept-timeout 20000 "$pdf" \
  >"$tmp/wiped.out" 2>&1 &
scu=$!
pids="$pids $scu"
wait_line "$tmp/slow.log" association "$PID" >/dev/null
tr '\0' '\n' <"/proc/$scu/cmdline" >"$tmp/cmdline"
has "$tmp/cmdline" "--key-store-pass" "the running program shows its options"
hasnt "$tmp/cmdline" "changeit" "but no password"
status=0
kill -INT "$scu"
wait "$scu" || status=$?
is 130 "$status" "SIGINT while the association is awaited: exit 130"
has "$tmp/wiped.out" "interrupted" "and it says so"

echo "# --- files and directories"
PORT=$standin
mkdir -p "$tmp/in/b/c" "$tmp/in/a"
cp "$ct" "$tmp/in/b/ct.dcm"
cp "$sr" "$tmp/in/b/c/sr file.dcm"
cp "$pdf" "$tmp/in/a/-pdf.dcm"
echo "no DICOM" >"$tmp/in/readme"
ln -s .. "$tmp/in/b/loop"
scu -v "$tmp/in"
is 0 "$status" "a directory: exit 0"
has "$out" "3 acknowledged, " "everything in it, skipping what is no DICOM"
is 1 "$(grep -c '^association' "$out")" "over one association"
is "-pdf.dcm ct.dcm sr file.dcm" "$(sed -n 's/^acknowledged: .*\/\([^:]*\): .*/\1/p' "$out" | tr '\n' ' ' | sed 's/ $//')" \
  "in the order of the names"
scu "$tmp/in/readme" "$ct"
is 10 "$status" "a named file that is not a DICOM file fails, the rest goes: exit 10"
has "$err" "readme" "and it is named"
scu "$tmp/in/readme"
is 3 "$status" "nothing but that: exit 3"
scu "$tmp/nothing-here"
is 3 "$status" "a missing file alone: exit 3"
has "$err" "No such file" "and the reason is told"
mkdir "$tmp/hollow"
scu "$tmp/hollow"
is 4 "$status" "an empty directory: exit 4"
scu
is 2 "$status" "no FILE: exit 2"
has "$err" "--echo" "and --echo is suggested"
head -c 3000 "$ct" >"$tmp/cut.dcm"
scu "$tmp/cut.dcm" "$sr"
is 10 "$status" "a truncated file fails, the rest goes: exit 10"
has "$err" "truncated" "and it is told"

start_testscp_tls changing --delay 700
cp "$sr" "$tmp/changing.dcm"
"$MTLS_STORESCU" -b DCM_PDF_SCP -c "IRIS_PDF_SCU@localhost:$PORT" --tls-host iris --key-store "$p12" --key-store-pass changeit \
  --trust-store "$trust" --trust-store-pass changeit "$ct" "$tmp/changing.dcm" "$pdf" >"$tmp/changing.out" 2>"$tmp/changing.err" &
scu=$!
pids="$pids $scu"
wait_line "$tmp/changing.log" stored "$PID" >/dev/null
touch -d "2 minutes ago" "$tmp/changing.dcm"
status=0
wait "$scu" || status=$?
is 10 "$status" "a file that changes before its turn fails, the rest goes: exit 10"
has "$tmp/changing.err" "changing.dcm: changed since it was read" "and it is told"

echo "# --- a receiver that ends it"
start_testscp_tls second --abort-at 2
scu -v "$ct" "$sr" "$pdf"
is 0 "$status" "aborted at the second of three: exit 0"
has "$err" "retry: the association was lost: waiting for the C-STORE response: the receiving application aborted" "why it is tried again is told"
has "$err" "trying again; 1 object was sent but not answered and will be sent again" "and what goes again"
is "2 $pdf" "$(associations second) $(sed -n 's/^acknowledged: \(.*\.dcm\): .*, sent again after an unanswered attempt$/\1/p' "$out")" \
  "over a second association, that one marked so"
has "$out" "3 acknowledged, 1 sent more than once" "and all is acknowledged"
start_testscp_tls third --abort-at 2
scu -v --retry 0 "$ct" "$sr" "$pdf"
is 10 "$status" "--retry 0, aborted at the second of three: exit 10"
has "$out" "1 acknowledged, 1 uncertain, 1 not sent" "the truth about every file"
has "$err" "uncertain: $pdf" "the uncertain one is named"
has "$err" "not sent: $sr" "the one not sent is named: of its study, what refers to others goes last"
{
  cat "$ct"
  printf '\341\177\020\020OB\0\0\0\0\100\001' # (7fe1,1010), 20 MiB: more than any socket holds
  head -c 20971520 /dev/zero
} >"$tmp/large.dcm"
perl "$TOP_SRCDIR/tests/peer/hostile.pl" ac-abort-close >"$tmp/midway.log" 2>&1 </dev/null &
pids="$pids $!"
PORT=$(wait_line "$tmp/midway.log" 'port ' $!)
run "$MTLS_STORESCU" --plain -c "ANY@localhost:$PORT" "$tmp/large.dcm"
is 11 "$status" "aborted while the data set goes out: exit 11"
has "$err" "sending the data set: the receiver aborted the association" "its A-ABORT is told, not the broken pipe"
has "$err" "failed: $tmp/large.dcm: the receiver aborts on it" "and that it does so each time"
start_testscp_tls sigint --delay 700
"$MTLS_STORESCU" -b DCM_PDF_SCP -c "IRIS_PDF_SCU@localhost:$PORT" --tls-host iris --key-store "$p12" --key-store-pass changeit \
  --trust-store "$trust" --trust-store-pass changeit -v "$ct" "$sr" "$pdf" >"$tmp/int.out" 2>"$tmp/int.err" &
scu=$!
pids="$pids $scu"
wait_line "$tmp/sigint.log" stored "$PID" >/dev/null
kill -TERM "$scu"
status=0
wait "$scu" || status=$?
is 143 "$status" "SIGTERM in the middle: exit 143"
has "$tmp/int.out" "1 acknowledged, 2 not sent" "the object in flight is finished, the rest is not sent"
wait_line "$tmp/sigint.log" released "$PID" >/dev/null && ok "and the association is released"

PORT=$(free_port)
scu_start awaiting --retry-delay 60 "$ct"
wait_line "$tmp/awaiting.err" "mtls-storescu: retry: the association failed: cannot connect" "$CLIENT" >/dev/null
kill -INT "$CLIENT"
scu_end
is 130 "$status" "SIGINT while the next try is awaited: exit 130, at once"
has "$err" "not sent: 1 file;" "and what was not sent is told"

start_testscp_tls mutter --verification --silent echo
"$MTLS_STORESCU" -b DCM_PDF_SCP -c "IRIS_PDF_SCU@localhost:$PORT" --tls-host iris --key-store "$p12" --key-store-pass changeit \
  --trust-store "$trust" --trust-store-pass changeit --echo >"$tmp/mutter.out" 2>&1 &
scu=$!
pids="$pids $scu"
wait_line "$tmp/mutter.log" silent "$PID" >/dev/null
kill -INT "$scu"
status=0
wait "$scu" || status=$?
is 130 "$status" "SIGINT while the echo is awaited: exit 130, at once"
has "$tmp/mutter.out" "interrupted" "and it says so"

echo "# --- output"
PORT=$standin
{
  "$MTLS_STORESCU" -v -c "ANY@localhost:$PORT" --tls-host iris --key-store "$p12" --key-store-pass changeit \
    --trust-store "$trust" --trust-store-pass changeit "$tmp/in"
  echo $? >"$tmp/head.status"
} 2>"$tmp/head.err" | head -n 1 >"$tmp/head.out"
is 0 "$(cat "$tmp/head.status")" "| head: nothing is lost, exit 0"
status=0
"$MTLS_STORESCU" -c "ANY@localhost:$PORT" --tls-host iris --key-store "$p12" --key-store-pass changeit \
  --trust-store "$trust" --trust-store-pass changeit "$ct" >/dev/full 2>"$tmp/full.err" || status=$?
is 61 "$status" "a full disk under stdout: exit 61"
has "$tmp/full.err" "standard output" "and it says so"
status=0
"$MTLS_STORESCU" -c "ANY@localhost:$PORT" --tls-host iris --key-store "$p12" --key-store-pass changeit \
  --trust-store "$trust" --trust-store-pass changeit "$ct" >&- 2>"$tmp/closed.err" || status=$?
is 61 "$status" "a closed stdout: exit 61"
scu -q "$ct"
is "0:" "$status:$(cat "$out" "$err")" "-q says nothing when all is well"
scu --color always "$ct"
has "$out" "$(printf '\033[')" "--color always colours"
scu "$ct"
hasnt "$out" "$(printf '\033[')" "no colours into a file"
scu -d "$ct"
has "$err" "D: " "-d lets DCMTK talk, on stderr"

status=0
(exec <&- >&- && exec "$MTLS_STORESCU" -c "ANY@localhost:$PORT" --tls-host iris --key-store "$p12" \
  --key-store-pass changeit --trust-store "$trust" --trust-store-pass changeit "$ct") 2>"$tmp/bare.err" || status=$?
is 61 "$status" "closed stdin and stdout: exit 61 all the same"

echo "# --- time"
start_testscp_tls never --silent store
scu --max-time 3 "$ct" # under valgrind the way to the object takes more than a second
is 11 "$status" "--max-time ends a run: the object is uncertain, exit 11"
has "$err" "--max-time" "and it says so"
start_testscp_tls mute --silent associate
scu --max-time 1 "$ct"
is 50 "$status" "--max-time before an association: exit 50"
PORT=$(free_port)
scu --max-time 1 --retry-delay 60 "$ct"
is 21 "$status" "--max-time while the next try is awaited: exit 21, as for the last"
has "$err" "error: cannot connect to localhost:$PORT" "and its reason is told"

echo "# --- the way there"
PORT=$standin
scu --bind "DCM_PDF_SCP@127.0.0.1" "$ct"
is 0 "$status" "a local address"
scu --bind "DCM_PDF_SCP@192.0.2.1" "$ct"
is 2 "$status" "a local address that is not ours: exit 2"
has "$err" "192.0.2.1" "and it is named"
if grep -q '^0*1 ' /proc/net/if_inet6 2>/dev/null; then
  # shellcheck disable=SC2016 # expanded by the inner shell
  start_storescp six-back +xi
  back=$PORT
  # shellcheck disable=SC2034 # read by start_stunnel
  STUNNEL_ACCEPT=::1
  start_stunnel six "$back"
  unset STUNNEL_ACCEPT
  run "$MTLS_STORESCU" -c "ANY@[::1]:$PORT" --tls-host iris --key-store "$p12" --key-store-pass changeit \
    --trust-store "$trust" --trust-store-pass changeit "$ct"
  is 0 "$status" "an IPv6 literal"
else
  ok "an IPv6 literal # SKIP this machine has no ::1"
fi
cat >"$tmp/proxy.in" <<END
Port @PORT@
Listen 127.0.0.1
Timeout 60
MaxClients 10
BasicAuth scott tiger
ConnectPort $standin
END
# shellcheck disable=SC2016 # expanded by the inner shell
listener proxy sh -c 'sed "s/@PORT@/$1/" "$2.in" >"$2.conf" && exec tinyproxy -d -c "$2.conf"' sh PORT "$tmp/proxy"
proxy=$PORT
PORT=$standin
scu --proxy "scott:tiger@localhost:$proxy" "$pdf"
is 0 "$status" "through an HTTP proxy with a password"
scu --proxy "scott:lion@localhost:$proxy" "$pdf"
is 21 "$status" "the wrong password: exit 21"
has "$err" "credentials" "and the credentials are to blame"
scu --retry 0 --proxy "localhost:$(free_port)" "$pdf"
is 21 "$status" "a proxy that is not there: exit 21"
has "$err" "proxy" "and it is the proxy that is named"

echo "# --- user identity"
start_storescp_tls identity +xi -d
scu --user jane --user-pass env:STORE_PASS --user-rsp "$ct"
is 0 "$status" "a user with a password"
has "$tmp/identity.log" "Username: [jane]" "the receiver sees the user"
has "$err" "did not confirm the user identity" "that it does not confirm is told"
printf 'header.payload.signature\n' >"$tmp/jwt"
scu --user-jwt "file:$tmp/jwt" "$ct"
is 0 "$status" "a JSON web token"

echo "# --- certificates that expire soon"
root authority
issue soon authority server -1 5
issue we authority client -1 20
STUNNEL_CERT=$CERTS/soon.crt
STUNNEL_KEY=$CERTS/soon.key
STUNNEL_CA=$CERTS/authority.crt
start_storescp expiring +xi
start_stunnel expiring-tls "$PORT"
unset STUNNEL_CERT STUNNEL_KEY STUNNEL_CA
# expiring [OPTION...]: to that receiver.
expiring() {
  run "$MTLS_STORESCU" -c "ANY@localhost:$PORT" --key-store "$CERTS/we.pem" --trust-store "$CERTS/authority.crt" "$@"
}
expiring "$ct"
is 0 "$status" "certificates that expire soon: exit 0"
has "$err" 'our certificate "CN=we" expires in 20 days' "ours is warned of"
has "$err" "the receiver's certificate \"CN=soon\" expires in 5 days" "and the receiver's"
expiring -q "$ct"
hasnt "$err" "our certificate" "-q hides the warning"
has "$err" "the receiver's certificate" "but not that of fewer than 7 days"
expiring -q --crit-expiry 5 --echo
is 0 "$status" "--echo: exit 0"
is "" "$(cat "$err")" "5 days are not fewer than 5"
expiring --warn-expiry 5 --crit-expiry 0 "$ct"
is "" "$(cat "$err")" "nor with --warn-expiry"
expiring --crit-expiry 6 --echo
has "$err" "the receiver's certificate \"CN=soon\" expires in 5 days" "--echo warns too"

echo "# --- the narrated handshake"
PORT=$standin
scu --tls-debug --tls-keylog "$tmp/keys" "$ct"
is 0 "$status" "--tls-debug and --tls-keylog: exit 0"
for text in 'ask for "iris" (SNI)' 'suites: TLS_AES_256_GCM_SHA384' 'groups:' 'the server chooses TLSv1.3' \
  'CN=iris' 'issued by CN=Demo DICOM CA' 'valid 20' 'DNS:iris' 'asks for our certificate' 'CN=SCU_DCM1' \
  'handshake done' 'close_notify'; do
  has "$err" "$text" "the narration tells: $text"
done
has "$tmp/keys" "CLIENT_TRAFFIC_SECRET_0" "the keys are in the file"
is 600 "$(stat -c %a "$tmp/keys")" "which only we can read"
has "$err" "warning: --tls-keylog" "and there is a warning"
secret=$(sed -n 's/^CLIENT_TRAFFIC_SECRET_0 [0-9a-f]* //p' "$tmp/keys" | cut -c 1-32)
hasnt "$err" "$secret" "no key in the narration"
hasnt "$err" "changeit" "and no password"
SSLKEYLOGFILE=$tmp/environment-keys
export SSLKEYLOGFILE
scu "$ct"
unset SSLKEYLOGFILE
[ ! -e "$tmp/environment-keys" ] && ok "SSLKEYLOGFILE alone does nothing"
PORT=$standin
run "$MTLS_STORESCU" -c "X@localhost:$PORT" --tls-host iris --trust-store "$trust" --trust-store-pass changeit \
  --tls-debug --tls12 "$ct"
has "$err" "alert" "an alert is narrated"

#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# --check: no step fails with correct receivers; a table of faults, each with its
# step, id, message and exit status, and ok once the fault is removed; no step
# hangs; the output for monitoring and tickets.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/ca.sh
. "$(dirname "$0")/ca.sh"

pdf=$TESTDATA/embeddedpdf.dcm
ct=$TESTDATA/dicom/ct.dcm
stores=$TESTDATA/stores

cat >>"$CERTS/ca.cnf" <<'END'
[nameless]
extendedKeyUsage = serverAuth
[anyhost]
extendedKeyUsage = serverAuth
subjectAltName = DNS:*.example.org
[unsaid]
subjectAltName = DNS:localhost
[alone]
basicConstraints = critical, CA:TRUE
subjectAltName = DNS:localhost
END
root ca
root otherca
issue server ca server
issue named ca named
issue client ca client
issue stranger otherca client
crl ca
crl otherca
cp "$CERTS/ca.crt" "$tmp/trust.pem"
cat "$CERTS/ca.crt" "$stores/root.pem" >"$tmp/clients.pem"
key="--key-store $CERTS/client.pem"
trust="--trust-store $tmp/trust.pem"

host=localhost
slack=60000 # milliseconds that a check may take: far more than its timeouts, as the machine may be busy

# now: in milliseconds.
now() {
  date +%s%3N
}

# check [OPTION...]: one JSON object a line, to $PORT at $host.
check() {
  began=$(now)
  run "$MTLS_STORESCU" -b DCM_PDF_SCP -c "IRIS_PDF_SCU@$host:$PORT" --check --json --connect-timeout 1000 \
    --tls-timeout 1000 --accept-timeout 1000 --response-timeout 1000 --release-timeout 1000 "$@"
  took=$(($(now) - began))
}

# found SEVERITY STEP ID SENTENCE TEXT: the check that was run has such a finding.
found() {
  if grep -F "\"step\":\"$2\",\"id\":\"$3\",\"severity\":\"$1\"" "$out" | grep -qF -e "$4"; then
    ok "$5: $3, $1"
  else
    not_ok "$5: $3, $1"
    echo "#   no such finding, or without \"$4\", in:"
    sed 's/^/#   /' "$out" "$err"
  fi
}

# in_time TEXT: no step hung.
in_time() {
  if [ "$took" -lt "$slack" ]; then
    ok "$1: ends in time"
  else
    not_ok "$1: took $took ms"
  fi
}

# fault TEXT STATUS STEP ID SENTENCE OPTION...: the step fails so, and no other before it.
fault() {
  text=$1
  wanted=$2
  step=$3
  id=$4
  sentence=$5
  shift 5
  check "$@"
  is "$wanted" "$status" "$text: exit $wanted"
  found failed "$step" "$id" "$sentence" "$text"
  is "$step" "$(sed -n 's/.*"step":"\([a-z-]*\)","id":"[^"]*","severity":"failed".*/\1/p' "$out" | head -n 1)" \
    "$text: the first to fail is $step"
  in_time "$text"
}

# doubt TEXT STEP ID SENTENCE OPTION...: a warning, and everything else is ok.
doubt() {
  finding warning "$@"
}

# harmless TEXT STEP ID SENTENCE OPTION...: information, and everything else is ok.
harmless() {
  finding information "$@"
}

# finding SEVERITY TEXT STEP ID SENTENCE OPTION...
finding() {
  severity=$1
  shift
  text=$1
  step=$2
  id=$3
  sentence=$4
  shift 4
  check "$@"
  is 0 "$status" "$text: exit 0"
  found "$severity" "$step" "$id" "$sentence" "$text"
  hasnt "$out" '"severity":"failed"' "$text: no step fails"
  in_time "$text"
}

# healed TEXT OPTION...
healed() {
  text=$1
  shift
  check "$@"
  is 0 "$status" "$text taken out: exit 0"
  hasnt "$out" '"severity":"failed"' "$text taken out: no step fails"
}

# standin KEY-AND-CERTIFICATE [LINE...]: stunnel that trusts $tmp/clients.pem.
start_storescp back +xi
back=$PORT
standin() {
  STUNNEL_CERT=$1
  STUNNEL_KEY=$1
  STUNNEL_CA=$tmp/clients.pem
  shift
  front=$((${front:-0} + 1))
  start_stunnel "front$front" "$back" "$@"
}

# receiver NAME [OPTION...]: the test receiver with mutual TLS.
receiver() {
  start_testscp "$@" --tls --key "$CERTS/server.key" --cert "$CERTS/server.crt" --ca "$tmp/clients.pem"
}

# opposite NAME CERTIFICATE [OPTION...]: openssl s_server, which wants a client certificate.
opposite() {
  opposite_name=$1
  opposite_cert=$2
  shift 2
  listener "$opposite_name" openssl s_server -accept PORT -quiet -cert "$opposite_cert" -key "$opposite_cert" \
    -CAfile "$tmp/clients.pem" -Verify 5 -verify_return_error "$@"
}

# connections NAME: how many that stunnel has had.
connections() {
  grep -c 'accepted connection' "$tmp/$1.log"
}

echo "# --- nothing is wrong"
standin "$CERTS/server.pem"
good=$PORT
# shellcheck disable=SC2086
{
  healed "every fault" $key $trust
  is 3 "$(connections front1)" "quick: three connections"
  for step in stores resolve tcp tls server-identity our-identity accepted association echo enforced; do
    has "$out" "\"step\":\"$step\"" "quick: $step is told"
  done
  hasnt "$out" '"step":"range"' "quick: the offered range is not asked for"
  is "" "$(perl -MJSON::PP -ne 'ref decode_json($_) eq "HASH" or die' "$out" 2>&1)" "every line is a JSON object"
  healed "every fault" $key $trust --tls12
  healed "every fault" $key $trust --tls13
  healed "every fault" $key $trust "$pdf" "$ct"
  before=$(connections front1)
  run "$MTLS_STORESCU" -b DCM_PDF_SCP -c "IRIS_PDF_SCU@localhost:$PORT" --check=full $key $trust
  is 0 "$status" "full: exit 0"
  made=$(($(connections front1) - before))
  if [ "$made" -le 40 ] && [ "$made" -gt 10 ]; then
    ok "full: $made connections"
  else
    not_ok "full: $made connections, at most 40 are wanted"
  fi
  cat "$out" "$err" >"$tmp/full"
  has "$tmp/full" "connections, one at a time" "full: told beforehand"
  announced=$(sed -n 's/.* \([0-9]*\) more connections, one at.*/\1/p' "$tmp/full" | head -n 1)
  if [ "$made" -le "$((${announced:-0} + 3))" ]; then
    ok "full: no more than was told"
  else
    not_ok "full: $made connections, told were $announced"
  fi
  check --check=full $key $trust
  hasnt "$out" '"severity":"failed"' "full: no step fails"
  has "$out" '"step":"range"' "full: the offered range is told"
  receiver iris --calling DCM_PDF_SCP --called IRIS_PDF_SCU
  healed "every fault, at the receiver like IRIS" $key $trust "$pdf"
  found information echo echo-not-offered "Verification" "the receiver like IRIS"
  check --check=full $key $trust
  is 0 "$status" "full, of a receiver of one connection: exit 0"
  hasnt "$out" '"severity":"undecided"' "full, of a receiver of one connection: every question is answered"
  PORT=$good
}

echo "# --- stores"
p12=$stores/chain.p12
# shellcheck disable=SC2086
{
  store() { fault "$1" 30 stores stores-unusable "$2" "$3" "$4" "$5" "$6" $trust; }
  offline() {
    check_pass=$1
    shift
    run "$MTLS_STORESCU" --check=local --json "$@"
    is 0 "$status" "$check_pass: --check=local needs no -c: exit 0"
    is stores "$(sed -n 's/.*"step":"\([a-z-]*\)".*/\1/p' "$out" | sort -u)" "$check_pass: no other step"
  }
  before=$(connections front1)
  offline "good stores" $key $trust
  is "$before" "$(connections front1)" "and no connection is made"
  fault "no such key store" 30 stores stores-unusable "No such file" --key-store "$tmp/none.p12" $trust
  store "wrong key store password" "password" --key-store "$p12" --key-store-pass nonsense
  healed "wrong key store password" --key-store "$p12" --key-store-pass changeit $trust
  head -c 1000 "$p12" >"$tmp/short.p12"
  store "truncated key store" "cut short" --key-store "$tmp/short.p12" --key-store-pass changeit
  fault "wrong key store type" 30 stores stores-unusable "PEM" --key-store "$p12" --key-store-type PEM --key-store-pass changeit $trust
  : >"$tmp/empty"
  fault "empty key store" 30 stores stores-unusable "empty" --key-store "$tmp/empty" $trust
  store "trust store given as key store" "no private key" --key-store "$stores/trust.p12" --key-store-pass changeit
  fault "key of another certificate" 30 stores stores-unusable "match" --key-store "$stores/mismatch.pem" $trust
  fault "key without certificate" 30 stores stores-unusable "certificate" --key-store "$stores/key-only.pem" $trust
  store "wrong key password" "key" --key-store "$stores/key-password.p12" --key-store-pass changeit
  fault "unknown alias" 30 stores stores-unusable "nobody" --key-store "$stores/two-keys.p12" --key-store-pass changeit --key-alias nobody $trust
  healed "unknown alias" --key-store "$stores/two-keys.p12" --key-store-pass changeit --key-alias scu2 $trust
  store "Java key store, wrong password" "password" --key-store "$stores/scu1.jks" --key-store-pass nonsense
  offline "Java key store, right password" --key-store "$stores/scu1.jks" --key-store-pass changeit $trust
  issue expired ca client -20 -3
  fault "our certificate has expired" 30 stores client-expired "expired on" --key-store "$CERTS/expired.pem" $trust
  issue early ca client 2 200
  fault "our certificate is not yet valid" 30 stores client-not-yet-valid "not valid before" --key-store "$CERTS/early.pem" $trust
  fault "no such trust store" 30 stores stores-unusable "No such file" $key --trust-store "$tmp/none.p12"
  fault "wrong trust store password" 30 stores stores-unusable "password" $key --trust-store "$stores/trust.p12" --trust-store-pass nonsense
  fault "trust store without certificates" 30 stores stores-unusable "certificate" $key --trust-store "$stores/key-only.pem"
  fault "no such revocation list" 30 stores stores-unusable "No such file" $key $trust --crl-file "$tmp/none.crl"
  fault "a revocation list that is none" 30 stores stores-unusable "$0" $key $trust --crl-file "$0"
  issue soon ca client -20 20
  doubt "our certificate expires soon" stores client-expires-soon "expires in" --key-store "$CERTS/soon.pem" $trust
  healed "our certificate expires soon" --key-store "$CERTS/soon.pem" $trust --warn-expiry 5 --crit-expiry 1
  hasnt "$out" "client-expires" "within the limits given: no warning"
  issue today ca client -20 3
  doubt "our certificate expires at once" stores client-expires-critical "expires in" --key-store "$CERTS/today.pem" $trust
  issue unsaid ca unsaid
  doubt "our certificate without a use" stores client-without-clientauth "clientAuth" --key-store "$CERTS/unsaid.pem" $trust
  openssl ca -config "$CERTS/ca.cnf" -cert "$CERTS/otherca.crt" -keyfile "$CERTS/otherca.key" -gencrl \
    -crl_lastupdate "$(date_in -9)" -crl_nextupdate "$(date_in -2)" -out "$tmp/overdue.crl" 2>/dev/null
  doubt "a revocation list is overdue" stores crl-overdue "expired on" $key $trust --crl-file "$CERTS/ca.crl" --crl-file "$tmp/overdue.crl"
  healed "a revocation list is overdue" $key $trust --crl-file "$CERTS/ca.crl" --crl-file "$CERTS/otherca.crl"
  hasnt "$out" "crl-overdue" "a revocation list that is current: no warning"
  doubt "the keys are logged" stores keys-logged "--tls-keylog" $key $trust --tls-keylog "$tmp/keys"
}

echo "# --- the way there"
# dead HOW: a listener that does not answer SYNs (full), sends nothing (mute),
# closes (close) or answers plain text as TLS does (alert).
cat >"$tmp/dead.pl" <<'END'
use strict; use IO::Socket::INET;
my ($port, $how) = @ARGV;
my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $port, Listen => 16, ReuseAddr => 1) or die $!;
my @kept;
if ($how eq "full") {
	listen($s, 0);
	push @kept, IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port, Timeout => 1) for 1 .. 2;
}
$| = 1; print "ready\n";
sleep 100 if $how eq "full";
while (my $c = $s->accept) {
	if ($how eq "mute") { push @kept, $c; next }
	sysread $c, my $b, 65536;
	syswrite $c, "\x15\x03\x01\x00\x02\x02\x46" if $how eq "alert"; # OpenSSL's servers send none
	close $c;
}
END
dead() {
  peers=$((${peers:-0} + 1))
  listener "dead$peers" perl "$tmp/dead.pl" PORT "$1"
  wait_line "$tmp/dead$peers.log" ready "$PID" >/dev/null
}
# shellcheck disable=SC2086
{
  host=no-such-host.invalid
  fault "unknown name" 20 resolve resolve-failed "no-such-host.invalid" $key $trust
  host=localhost
  PORT=$(free_port)
  fault "closed port" 21 tcp tcp-refused "Connection refused" $key $trust
  dead full
  host=127.0.0.1 # ::1 would refuse
  fault "filtered port" 50 tcp tcp-timeout "1000 ms" $key $trust
  host=localhost
  PORT=$good
  fault "a local address that is not ours" 2 resolve tcp-local-address "192.0.2.1" $key $trust -b DCM_PDF_SCP@192.0.2.1
  fault "a proxy that is none" 21 tcp proxy-failed "proxy" $key $trust --proxy "localhost:$back"
  fault "a proxy that is not there" 21 tcp tcp-refused "proxy" $key $trust --proxy "localhost:$(free_port)"
  healed "the way there" $key $trust
}

echo "# --- TLS"
# shellcheck disable=SC2086
{
  PORT=$back
  fault "TLS to a plain port" 35 tls tls-not-tls "TLS" $key $trust
  doubt "plain to a plain port" tls tls-off "no TLS" --plain
  dead alert
  fault "plain to a TLS port" 37 tls tls-wanted "TLS" --plain
  PORT=$good
  fault "plain to a TLS port that says nothing" 42 association association-lost "lost" --plain
  dead mute
  fault "silent port" 50 tls tls-timeout "no ServerHello" $key $trust
  dead close
  fault "a port that hangs up" 35 tls tls-not-tls "closed the connection" $key $trust
  receiver taken --silent associate
  "$MTLS_STORESCU" -c "X@localhost:$PORT" $key $trust --accept-timeout 30000 "$pdf" >/dev/null 2>&1 &
  other=$!
  pids="$pids $other"
  wait_line "$tmp/taken.log" association "$PID" >/dev/null
  fault "busy listener" 50 tls tls-timeout "busy" $key $trust
  stop "$other"
  STUNNEL_MAX=TLSv1.2
  standin "$CERTS/server.pem"
  fault "TLS 1.3 to TLS 1.2 only" 34 tls tls-no-common "TLSv1.3" $key $trust --tls13
  healed "TLS 1.3 to TLS 1.2 only" $key $trust
  STUNNEL_CIPHERS=ECDHE-ECDSA-AES256-GCM-SHA384
  standin "$CERTS/server.pem"
  unset STUNNEL_CIPHERS STUNNEL_MAX
  fault "no common cipher" 34 tls tls-no-common "cipher" $key $trust --tls-cipher ECDHE-ECDSA-CHACHA20-POLY1305
  healed "no common cipher, of one that the server has" $key $trust
  STUNNEL_MIN=TLSv1.3
  standin "$CERTS/server.pem"
  unset STUNNEL_MIN
  fault "TLS 1.2 to TLS 1.3 only" 34 tls tls-no-common "TLSv1.2" $key $trust --tls12
  healed "TLS 1.2 to TLS 1.3 only" $key $trust
  opposite old "$CERTS/server.pem" -tls1_1 -cipher DEFAULT@SECLEVEL=0
  fault "TLS 1.1 only" 34 tls tls-no-common "TLS" $key $trust
}

echo "# --- whom we talk to"
new_key selfsigned
openssl req -x509 -new -key "$CERTS/selfsigned.key" -subj "/CN=selfsigned" -days 300 -config "$CERTS/ca.cnf" \
  -extensions alone -out "$CERTS/selfsigned.crt"
cat "$CERTS/selfsigned.key" "$CERTS/selfsigned.crt" >"$CERTS/selfsigned.pem"
issue expiredserver ca server -20 -3
issue earlyserver ca server 2 200
issue wrongpurpose ca client
issue middle ca root
issue leaf middle server
cat "$CERTS/leaf.pem" "$CERTS/middle.crt" >"$CERTS/leafchain.pem"
cat "$CERTS/server.pem" "$CERTS/ca.crt" >"$CERTS/withroot.pem"
cat "$CERTS/leaf.pem" "$CERTS/ca.crt" >"$CERTS/gap.pem"
cat "$CERTS/leaf.pem" "$CERTS/ca.crt" "$CERTS/middle.crt" >"$CERTS/disorder.pem"
issue_rsa weak 1024
issue soonserver ca server -20 20
issue nowserver ca server -20 3
issue localhost ca nameless
issue anyhost ca anyhost
issue stapled ca stapled
# bad CERTIFICATE STATUS ID SENTENCE TEXT: in both protocols.
bad() {
  standin "$CERTS/$1.pem"
  for protocol in --tls12 --tls13; do
    # shellcheck disable=SC2086
    fault "$5, $protocol" "$2" server-identity "$3" "$4" $key $trust $protocol
  done
}
# shellcheck disable=SC2086
{
  bad named 32 server-wrong-host "DNS:iris" "wrong host"
  healed "wrong host" $key $trust --tls-host iris
  host=127.0.0.1
  fault "an address, and names in the certificate" 32 server-identity server-wrong-host "127.0.0.1" $key $trust
  host=localhost
  doubt "host not checked" server-identity server-host-unchecked "--tls-no-host-check" $key $trust --tls-no-host-check
  bad expiredserver 31 server-expired "expired" "expired server certificate"
  bad earlyserver 31 server-not-yet-valid "not valid" "server certificate not yet valid"
  bad selfsigned 31 server-self-signed "CN=selfsigned" "self-signed server certificate"
  healed "self-signed server certificate" $key $trust --trust-store "$CERTS/selfsigned.crt" --tls-no-host-check
  opposite weak "$CERTS/weak.pem" -cipher ALL@SECLEVEL=0
  fault "server key too weak" 31 server-identity server-too-weak "CN=weak" $key $trust
  bad wrongpurpose 31 server-wrong-use "CN=wrongpurpose" "server certificate for clients"
  bad gap 31 server-intermediate-missing "CN=leaf" "server chain with a gap"
  bad leaf 31 server-unknown-ca "CN=middle" "server chain without its intermediate"
  standin "$CERTS/leafchain.pem"
  healed "server chain without its intermediate" $key $trust
  PORT=$good
  fault "unknown CA" 31 server-identity server-unknown-ca "CN=ca" $key --trust-store "$CERTS/otherca.crt"
  healed "unknown CA" $key --trust-store "$CERTS/otherca.crt" $trust
  fault "no revocation list of that CA" 31 server-identity server-crl-missing "revocation" $key $trust --crl-file "$CERTS/otherca.crl"
  openssl ca -config "$CERTS/ca.cnf" -cert "$CERTS/ca.crt" -keyfile "$CERTS/ca.key" -gencrl \
    -crl_lastupdate "$(date_in -9)" -crl_nextupdate "$(date_in -2)" -out "$tmp/overdue.crl" 2>/dev/null
  fault "its revocation list is overdue" 31 server-identity server-crl-unusable "" $key $trust --crl-file "$tmp/overdue.crl"
  found warning stores crl-overdue "expired on" "its revocation list is overdue"
  healed "its revocation list is overdue" $key $trust --crl-file "$CERTS/ca.crl"
  issue gone ca server
  crl ca gone
  standin "$CERTS/gone.pem"
  for protocol in --tls12 --tls13; do
    fault "revoked server certificate, $protocol" 31 server-identity server-revoked "revoked" $key $trust $protocol --crl-file "$CERTS/ca.crl"
  done
  PORT=$good
  healed "revoked server certificate" $key $trust --crl-file "$CERTS/ca.crl"
  pin=$(openssl x509 -in "$CERTS/server.crt" -noout -pubkey | openssl pkey -pubin -outform DER |
    openssl dgst -sha256 -binary | openssl base64)
  nopin=0000000000000000000000000000000000000000000000000000000000000000
  fault "wrong pin" 31 server-identity server-not-pinned "$pin" $key $trust --tls-pin "$nopin"
  healed "wrong pin" $key $trust --tls-pin "$nopin" --tls-pin "$pin"
}
# shellcheck disable=SC2086
{
  standin "$CERTS/soonserver.pem"
  soonserver=$PORT
  doubt "server certificate expires soon" server-identity server-expires-soon "expires in" $key $trust
  standin "$CERTS/nowserver.pem"
  doubt "server certificate expires at once" server-identity server-expires-critical "expires in" $key $trust
  standin "$CERTS/localhost.pem"
  doubt "host in the CN alone" server-identity server-name-by-cn "subject alternative names" $key $trust --tls-allow-cn
  for protocol in --tls12 --tls13; do
    fault "host in the CN alone, $protocol" 32 server-identity server-wrong-host "(RFC 9525)" $key $trust $protocol
  done
  standin "$CERTS/stapled.pem"
  doubt "a staple demanded" server-identity ocsp-missing "RFC 7633" $key $trust
  for protocol in --tls12 --tls13; do
    fault "revocation required, $protocol" 31 server-identity server-revocation-unknown "RFC 7633" $key $trust $protocol --tls-revocation require
  done
  STUNNEL_MAX=TLSv1.2
  STUNNEL_CIPHERS=AES256-GCM-SHA384
  issue_rsa rsakx 2048
  standin "$CERTS/rsakx.pem"
  unset STUNNEL_MAX STUNNEL_CIPHERS
  doubt "RSA key exchange" tls tls-no-forward-secrecy "forward secrecy" $key $trust --tls-cipher TLS_RSA_WITH_AES_256_GCM_SHA384
  standin "$CERTS/anyhost.pem"
  doubt "a wildcard" server-identity server-wildcard "wildcard" $key $trust --tls-host iris.example.org
  standin "$CERTS/withroot.pem"
  harmless "root sent" server-identity server-root-sent "root" $key $trust
  standin "$CERTS/disorder.pem"
  doubt "chain out of order" server-identity server-chain-order "out of order" $key $trust
  standin "$CERTS/unsaid.pem"
  doubt "server certificate without a use" server-identity server-without-serverauth "serverAuth" $key $trust
}

echo "# --- who we are"
issue revoked ca client
crl ca gone revoked
standin "$CERTS/server.pem" "CRLfile = $CERTS/ca.crl"
revoking=$PORT
# shellcheck disable=SC2086
for protocol in --tls12 --tls13; do
  PORT=$good
  fault "no client certificate, $protocol" 33 accepted client-required "certificate" $trust $protocol
  found warning stores client-none "--key-store" "no client certificate, $protocol"
  fault "client certificate of another CA, $protocol" 33 accepted client-unknown-ca "CN=stranger" --key-store "$CERTS/stranger.pem" $trust $protocol
  found warning our-identity ours-issuer-unlisted "CN=ca" "client certificate of another CA, $protocol"
  healed "client certificate of another CA, $protocol" $key $trust $protocol
  fault "server certificate shown as ours, $protocol" 33 accepted client-wrong-use "CN=server" --key-store "$CERTS/server.pem" $trust $protocol
  opposite "clock$protocol" "$CERTS/server.pem" -attime "$(($(date +%s) + 86400 * 320))"
  fault "a receiver for which our certificate has expired, $protocol" 33 accepted client-refused-expired "expired" $key $trust $protocol
  PORT=$revoking
  fault "revoked client certificate, $protocol" 33 accepted client-revoked "revoked" --key-store "$CERTS/revoked.pem" $trust $protocol
  healed "revoked client certificate, $protocol" $key $trust $protocol
done

echo "# --- mutual TLS enforced"
issue_rsa rsa 2048 # DCMTK's profile has no suite for EC keys in TLS 1.2
start_lax() {
  start_storescp "$@" +tls "$CERTS/rsa.key" "$CERTS/rsa.crt" --add-cert-file "$tmp/clients.pem"
}
# shellcheck disable=SC2086
{
  for protocol in --tls12 --tls13; do
    start_lax "open$protocol" +xi --ignore-peer-cert
    fault "no client verification, $protocol" 36 enforced let-in-without "not enforced" $key $trust $protocol
    found warning our-identity ours-not-asked "did not ask" "no client verification, $protocol"
    fault "no client verification, mutual TLS required, $protocol" 36 our-identity ours-not-asked-required "did not ask" $key $trust $protocol --require-mtls
    start_lax "optional$protocol" +xi --verify-peer-cert
    fault "optional client verification, $protocol" 36 enforced let-in-without "not enforced" $key $trust $protocol
    found ok enforced enforced-foreign "refused" "optional client verification, $protocol"
    start_lax "strict$protocol" +xi --require-peer-cert
    healed "lax client verification, $protocol" $key $trust $protocol
    standin "$CERTS/server.pem" "verifyChain = no"
    fault "any client certificate will do, $protocol" 36 enforced let-in-foreign "not enforced" $key $trust $protocol
    found ok enforced enforced-none "refused" "any client certificate will do, $protocol"
  done
}

# start_nginx NAME VERIFY: its stream module before the plain receiver.
nginx_module=/usr/lib/nginx/modules/ngx_stream_module.so
start_nginx() {
  cat >"$tmp/$1.in" <<END
load_module $nginx_module;
daemon off;
master_process off;
pid $tmp/$1.pid;
error_log stderr;
events { }
stream {
  server {
    listen 127.0.0.1:@PORT@ ssl;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate $CERTS/server.crt;
    ssl_certificate_key $CERTS/server.key;
    ssl_client_certificate $tmp/clients.pem;
    ssl_verify_client $2;
    proxy_pass 127.0.0.1:$back;
  }
}
END
  # shellcheck disable=SC2016 # expanded by the inner shell
  listener "$1" sh -c 'sed "s/@PORT@/$1/" "$2.in" >"$2.conf" && exec nginx -e stderr -c "$2.conf"' sh PORT "$tmp/$1"
}
if [ -e "$nginx_module" ]; then
  # shellcheck disable=SC2086
  for protocol in --tls12 --tls13; do
    start_nginx "nginx-open$protocol" off
    fault "nginx without client verification, $protocol" 36 enforced let-in-without "not enforced" $key $trust $protocol
    start_nginx "nginx-optional$protocol" optional
    fault "nginx with optional verification, $protocol" 36 enforced let-in-without "not enforced" $key $trust $protocol
    start_nginx "nginx-on$protocol" on
    healed "nginx's lax verification, $protocol" $key $trust $protocol
    # It closes without an alert: after its Finished in TLS 1.2, which may have other causes.
    if [ "$protocol" = --tls12 ]; then
      fault "nginx, client certificate of another CA, $protocol" 42 association association-lost "without an alert" --key-store "$CERTS/stranger.pem" $trust $protocol
      fault "nginx, no client certificate, $protocol" 42 association association-lost "it requires a client certificate" $trust $protocol
    else
      fault "nginx, client certificate of another CA, $protocol" 33 accepted client-refused "CN=stranger" --key-store "$CERTS/stranger.pem" $trust $protocol
      fault "nginx, no client certificate, $protocol" 33 accepted client-required "certificate" $trust $protocol
    fi
  done
else
  ok "nginx # SKIP no stream module"
fi

echo "# --- the association"
# shellcheck disable=SC2086
{
  receiver called --called SOMEBODY
  fault "called AE title unknown" 40 association association-called-unknown "IRIS_PDF_SCU" $key $trust
  receiver calling --calling SOMEBODY
  fault "calling AE title unknown" 40 association association-calling-unknown "DCM_PDF_SCP" $key $trust
  receiver congested --reject 2,3,1
  fault "temporary congestion" 40 association association-busy "congested" $key $trust
  receiver grumpy --reject 1,1,1
  fault "rejected without a reason" 40 association association-rejected "" $key $trust
  receiver emptyrow --empty-row
  fault "a row without contexts" 41 association context-none "" $key $trust
  receiver pdfs --only-class 1.2.840.10008.5.1.4.1.1.104.1
  fault "a file that is not accepted" 41 association context-none "none of the" $key $trust "$ct"
  doubt "one of two files is not accepted" association context-missing "ct.dcm" $key $trust "$ct" "$pdf"
  healed "a file that is not accepted" $key $trust "$pdf"
  receiver noise --garbage
  fault "noise for an answer" 42 association association-lost "" $key $trust
  receiver associate --silent associate
  fault "no answer to the association request" 50 association association-timeout "1000 ms" $key $trust
  receiver user
  doubt "user identity not confirmed" association user-unconfirmed "user identity" $key $trust --user jane --user-rsp
}

echo "# --- C-ECHO"
# shellcheck disable=SC2086
{
  receiver verifies --verification
  healed "C-ECHO refused" $key $trust
  found ok echo echo-ok "median" "C-ECHO refused taken out"
  receiver odd --verification --echo-status 0110
  harmless "C-ECHO answered with a failure" echo echo-odd "0x0110" $key $trust
  receiver echoes --verification --only-class 1.2.3 --echo-status 0122
  fault "C-ECHO answered with a failure, and no storage" 43 echo echo-refused "0x0122" $key $trust
  receiver dumb --verification --silent echo
  fault "no answer to the C-ECHO" 50 echo echo-timeout "1000 ms" $key $trust
  receiver clings --verification --silent release
  doubt "no answer to the release" echo release-unconfirmed "release" $key $trust
}

echo "# --- hangs"
# shellcheck disable=SC2086
for at in connect tls; do
  start_testscp "hang-$at" --silent $at --tls --key "$CERTS/server.key" --cert "$CERTS/server.crt" --ca "$tmp/clients.pem"
  check $key $trust
  is 50 "$status" "silent after $at: exit 50"
  in_time "silent after $at"
done

for how in full mute; do
  dead "$how"
  host=127.0.0.1
  # shellcheck disable=SC2086
  check $key $trust --connect-timeout 300000 --tls-timeout 300000 --max-time 1
  host=localhost
  is 50 "$status" "--max-time 1, $how: exit 50"
  in_time "--max-time 1, $how"
done

echo "# --- monitoring"
nagios() {
  began=$(now)
  run "$MTLS_STORESCU" -b DCM_PDF_SCP -c "IRIS_PDF_SCU@$host:$PORT" --check --nagios "$@"
  took=$(($(now) - began))
}
# plugin STATUS WORD TEXT: what the last run said, as the plugin guidelines want it.
plugin() {
  is "$1" "$status" "--nagios, $3: exit $1"
  is 1 "$(grep -c '^MTLS ' "$out")" "--nagios, $3: one line of result"
  is 1 "$(head -n 1 "$out" | grep -c '^MTLS ')" "--nagios, $3: it is the first"
  has "$out" "$2" "--nagios, $3: $2"
}
# shellcheck disable=SC2086
{
  # Its file has the chain, so that OpenSSL does not add the root.
  standin "$CERTS/leafchain.pem"
  nagios $key $trust
  plugin 0 "OK" "all is well"
  is 1 "$(connections "front$front")" "--nagios: one connection"
  perfdata=$(sed -n '1s/^[^|]*| *//p' "$out" | tr ' ' '\n')
  is 0 "$(echo "$perfdata" | grep -cvE "^[a-z_]+=-?[0-9.]+(ms|s)?(;[0-9:~@]*){0,4}$")" "--nagios: performance data"
  # The parser that Nagios plugins in Perl use.
  perl -MMonitoring::Plugin::Performance -e 'my ($data) = $ARGV[0] =~ /\| (.*)/;
    print $_->label, "\n" for Monitoring::Plugin::Performance->parse_perfstring($data)' "$(cat "$out")" >"$tmp/labels" 2>&1
  is 6 "$(grep -cE '^[a-z_]+$' "$tmp/labels")" "--nagios: Monitoring::Plugin reads all of it"
  for label in connect_ms handshake_ms association_ms echo_ms server_days client_days; do
    has "$out" " $label=" "--nagios: $label"
  done
  PORT=$soonserver
  nagios $key $trust
  plugin 1 "WARNING" "a certificate expires soon"
  PORT=$(free_port)
  nagios $key $trust
  plugin 2 "CRITICAL" "closed port"
  run "$MTLS_STORESCU" --check --nagios --no-such-option
  plugin 3 "UNKNOWN" "wrong usage"
  dead mute
  nagios $key $trust --connect-timeout 300000 --tls-timeout 300000 --max-time 1
  plugin 2 "CRITICAL" "silent port"
  in_time "--nagios --max-time 1, silent port"
  nagios --check=full $key $trust
  plugin 3 "UNKNOWN" "--check=full"
  PORT=$good
  check --check=full $key $trust --prometheus "$tmp/mtls.prom" --html "$tmp/good.html"
  is 0 "$status" "--prometheus and --html: exit 0"
  has "$tmp/mtls.prom" "# TYPE mtls_" "--prometheus: metrics are in the file"
  PORT=$revoking
  check $key --trust-store "$CERTS/otherca.crt" --prometheus "$tmp/bad.prom" --html "$tmp/bad.html"
  is 31 "$status" "--prometheus and --html of a failure: the exit status stays"
  has "$tmp/bad.html" "CN=ca" "--html: the failure is in the page"
  for page in good bad; do
    if command -v promtool >/dev/null 2>&1; then
      [ $page = good ] && prom=$tmp/mtls.prom || prom=$tmp/bad.prom
      status=0
      promtool check metrics <"$prom" >"$tmp/promtool.log" 2>&1 || status=$?
      is "0:" "$status:$(cat "$tmp/promtool.log")" "promtool finds nothing, $page"
    else
      ok "promtool # SKIP not installed"
    fi
    if command -v tidy >/dev/null 2>&1; then
      status=0
      tidy -q -e --drop-empty-elements no "$tmp/$page.html" >"$tmp/tidy.log" 2>&1 || status=$?
      is "0:" "$status:$(cat "$tmp/tidy.log")" "tidy finds nothing, $page"
    else
      ok "tidy # SKIP not installed"
    fi
    hasnt "$tmp/$page.html" "<script" "--html: no script, $page"
  done
  is 1 "$(grep -ciE '^<!doctype html>' "$tmp/good.html")" "--html: HTML 5"
  check $key $trust --html "$tmp/none/page.html"
  is 61 "$status" "--html that cannot be written: exit 61"
}

echo "# --- what is ignored, what is critical, what -q tells"
# shellcheck disable=SC2086
{
  standin "$CERTS/soonserver.pem"
  nagios $key $trust --ignore server-expires-soon
  plugin 0 "1 ignored" "a warning that is ignored"
  nagios $key $trust --crit-expiry 25
  plugin 2 "MTLS CRITICAL - the server's certificate expires in" "a certificate within --crit-expiry"
  check $key $trust --crit-expiry 25
  is 31 "$status" "--crit-expiry given: exit 31"
  found failed server-identity server-expires-critical "expires in" "--crit-expiry given"
  found ok echo echo-ok "answered" "--crit-expiry given: it goes on"
  has "$out" '"critical":true' "--crit-expiry given: critical"
  quietly() {
    run "$MTLS_STORESCU" -q -b DCM_PDF_SCP -c "IRIS_PDF_SCU@localhost:$PORT" --check $key $trust "$@"
  }
  quietly
  is "0:" "$status:$(cat "$out" "$err")" "-q, a certificate expires soon: nothing is told"
  quietly --crit-expiry 25
  is 31 "$status" "-q, within --crit-expiry: exit 31"
  has "$out" "expires in" "-q, within --crit-expiry: told"
  quietly --warn-expiry 5 --crit-expiry 1
  is "0:" "$status:$(cat "$out" "$err")" "-q, all is well: nothing is told"
  run "$MTLS_STORESCU" -q --check=local --key-store "$CERTS/today.pem" $trust
  is 0 "$status" "-q, ours expires at once: exit 0"
  has "$out" "expires in" "-q, ours expires at once: told"
  run "$MTLS_STORESCU" -q --check=local --key-store "$CERTS/today.pem" $trust --crit-expiry 7
  is 30 "$status" "ours within --crit-expiry: exit 30"
  check $key $trust --ignore no-such-finding
  is 2 "$status" "--ignore of an unknown id: exit 2"
  check $key $trust --ignore server-expired
  is 2 "$status" "--ignore of a failure: exit 2"
  start_lax ignored +xi --ignore-peer-cert
  check $key $trust --ignore let-in-without --ignore let-in-foreign --ignore ours-not-asked
  is 0 "$status" "--ignore of what a side step finds: exit 0"
  found information enforced let-in-without "not enforced" "--ignore of what a side step finds"
  has "$out" '"ignored":3' "--ignore: the summary says how many"
}

echo "# --- green without --ignore: stunnel, storescp, the receiver like IRIS"
# shellcheck disable=SC2086
{
  for protocol in --tls12 --tls13; do
    PORT=$good
    nagios $key $trust $protocol
    plugin 0 OK "stunnel, $protocol"
    quietly $protocol
    is "0:" "$status:$(cat "$out" "$err")" "-q, stunnel, $protocol: nothing is told"
    start_lax "green$protocol" +xi --require-peer-cert
    nagios $key $trust $protocol
    plugin 0 OK "storescp, $protocol"
    quietly $protocol
    is "0:" "$status:$(cat "$out" "$err")" "-q, storescp, $protocol: nothing is told"
    receiver "iris$protocol" --calling DCM_PDF_SCP --called IRIS_PDF_SCU
    nagios $key $trust $protocol
    plugin 0 OK "the receiver like IRIS, $protocol"
    quietly $protocol
    is "0:" "$status:$(cat "$out" "$err")" "-q, the receiver like IRIS, $protocol: nothing is told"
  done
}

echo "# --- who was let in, by DICOM alone"
# turns.pl PORT BACK HOW: the first connection goes to BACK; later ones, of clients that must not be let in, are
# answered with plain text, reset, closed, or never.
cat >"$tmp/turns.pl" <<'END'
use strict; use IO::Socket::INET; use IO::Select; use Socket qw(SOL_SOCKET SO_LINGER);
my ($port, $back, $how) = @ARGV;
my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $port, Listen => 16, ReuseAddr => 1) or die $!;
my ($n, @kept) = (0);
$| = 1; print "ready\n";
sub relay {
	my ($a) = @_;
	my $b = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $back) or return;
	my $both = IO::Select->new($a, $b);
	for (;;) {
		for my $from ($both->can_read) {
			sysread($from, my $bytes, 65536) or return;
			syswrite($from == $a ? $b : $a, $bytes);
		}
	}
}
while (my $c = $s->accept) {
	if ($n++ == 0) { relay($c); close $c; next }
	if ($how eq "mute") { push @kept, $c; next }
	sysread $c, my $b, 65536;
	syswrite $c, "220 mail.example.org ESMTP\r\n" if $how eq "text";
	setsockopt($c, SOL_SOCKET, SO_LINGER, pack("ii", 1, 0)) if $how eq "reset";
	close $c;
}
END
# shellcheck disable=SC2086
for protocol in --tls12 --tls13; do
  for how in mute text reset close; do
    peers=$((peers + 1))
    listener "turns$peers" perl "$tmp/turns.pl" PORT "$back" "$how"
    wait_line "$tmp/turns$peers.log" ready "$PID" >/dev/null
    STUNNEL_CERT=$CERTS/server.pem
    STUNNEL_KEY=$STUNNEL_CERT
    STUNNEL_CA=$tmp/clients.pem
    front=$((front + 1))
    start_stunnel "front$front" "$PORT" "verifyChain = no"
    check $key $trust $protocol
    is 0 "$status" "a foreign certificate, then $how, $protocol: exit 0, not 36"
    hasnt "$out" '"id":"let-in' "a foreign certificate, then $how, $protocol: not let in"
    # stunnel closes in order where its backend closes or resets.
    if [ "$how" = mute ] || [ "$how" = text ]; then
      found undecided enforced enforced-undecided "cannot tell whether" "a foreign certificate, then $how, $protocol"
    fi
  done
  PORT=$good
  receiver "late$protocol" --silent associate
  check $key $trust $protocol
  found undecided accepted accepted-undecided "no DICOM answer" "no answer to the request, $protocol"
  hasnt "$out" '"id":"enforced-none"' "no answer to the request, $protocol: nobody else is tried"
  if [ -e "$nginx_module" ]; then
    start_nginx "nginx-judges$protocol" on
    check $key $trust $protocol
    found ok accepted accepted-ok "answered in DICOM" "nginx, $protocol"
    hasnt "$out" '"id":"let-in' "nginx, $protocol: nobody is let in"
  fi
done

echo "# --- outputs that cannot be written"
PORT=$good
# shellcheck disable=SC2086
{
  run "$MTLS_STORESCU" -b DCM_PDF_SCP -c "IRIS_PDF_SCU@localhost:$PORT" --check $key $trust --html /dev/full
  is 61 "$status" "--html /dev/full: exit 61"
  has "$out" "exit 61 (output)" "--html /dev/full: the result says the same"
  has "$out" "cannot write /dev/full: No space left on device" "--html /dev/full: and why"
  check $key $trust --prometheus /dev/full
  is 61 "$status" "--json --prometheus /dev/full: exit 61"
  has "$out" '"exit_code":61}' "--json --prometheus /dev/full: the summary says the same"
  nagios $key $trust --prometheus /dev/full
  plugin 3 "MTLS UNKNOWN - cannot write /dev/full: No space left on device" "--prometheus /dev/full"
  nagios $key --trust-store "$CERTS/otherca.crt" --prometheus /dev/full
  plugin 2 "CRITICAL" "a failure outranks --prometheus /dev/full"
  run "$MTLS_STORESCU" -b DCM_PDF_SCP -c "IRIS_PDF_SCU@localhost:$PORT" --check $key $trust --html -
  is 0 "$status" "--html -: exit 0"
  is "<!DOCTYPE html>" "$(head -n 1 "$out")" "--html -: the page is on standard output"
  hasnt "$out" "exit 0 (ok)" "--html -: nothing else is"
  has "$err" "exit 0 (ok)" "--html -: the result is on standard error"
  run "$MTLS_STORESCU" -b DCM_PDF_SCP -c "IRIS_PDF_SCU@localhost:$PORT" --check $key $trust --prometheus -
  has "$out" 'calling="DCM_PDF_SCP"' "--prometheus -: metrics on standard output, with the calling AE title"
  is 0 "$(grep -cv -e '^# ' -e '^mtls_storescu_' "$out")" "--prometheus -: nothing else is"
  run "$MTLS_STORESCU" -c "X@localhost:$PORT" $key $trust --prometheus /dev/full "$ct"
  is 61 "$status" "a send, --prometheus /dev/full: exit 61"
  has "$out" "1 acknowledged" "a send, --prometheus /dev/full: sent all the same"
  run "$MTLS_STORESCU" -c "X@localhost:$PORT" $key $trust --prometheus "$tmp/none/x.prom" "$ct"
  is 61 "$status" "a send, --prometheus in no directory: exit 61"
  has "$out" "1 acknowledged" "a send, --prometheus in no directory: sent all the same"
  run "$MTLS_STORESCU" -c "X@localhost:$PORT" $key $trust --prometheus - "$ct"
  is 0 "$status" "a send, --prometheus -: exit 0"
  has "$out" "mtls_storescu_send_exit_status" "a send, --prometheus -: metrics on standard output"
  has "$err" "1 acknowledged" "a send, --prometheus -: the result on standard error"
}

echo "# --- several destinations"
PORT=$good
closed=$(free_port)
cat >"$tmp/wards.conf" <<END
[ward-1]
connect = ONE@localhost:$PORT
[ward-2]
connect = TWO@localhost:$closed
[ward-3]
connect = THREE@localhost:$PORT
frobnicate = 1
[ward-4]
connect = FOUR@localhost:$PORT
bind = OTHER
[office]
connect = OFFICE@localhost:$PORT
END
# several OPTION...
several() {
  # shellcheck disable=SC2086
  run "$MTLS_STORESCU" --config "$tmp/wards.conf" $key $trust "$@"
}
several --check --to 'ward-*' --prometheus "$tmp/wards.prom"
is 21 "$status" "--check --to 'ward-*': exit status of the first that failed"
is 4 "$(wc -l <"$out")" "--check --to 'ward-*': a line each"
has "$out" "ward-1: the path to ONE at localhost:$PORT is ok" "ward-1 is in order"
has "$out" "ward-2: tcp: " "ward-2 is not there"
has "$out" "frobnicate" "ward-3 has a section that is wrong"
has "$out" "ward-4: the path to FOUR" "ward-4 is checked all the same"
for n in 1:1 2:0 3:0 4:1; do
  is "${n#*:}" "$(sed -n "s/^mtls_storescu_check_success{.*destination=\"ward-${n%:*}\"} //p" "$tmp/wards.prom")" \
    "one file of metrics: ward-${n%:*}"
done
has "$tmp/wards.prom" 'calling="OTHER",destination="ward-4"' "one file of metrics: the calling AE title"
if command -v promtool >/dev/null 2>&1; then
  status=0
  promtool check metrics <"$tmp/wards.prom" >"$tmp/promtool.log" 2>&1 || status=$?
  is "0:" "$status:$(cat "$tmp/promtool.log")" "promtool finds nothing, several destinations"
else
  ok "promtool # SKIP not installed"
fi
several --check --to ward-4 --to ward-1
is 0 "$status" "--to twice: exit 0"
is "ward-4 ward-1" "$(sed -n 's/^[^a-z]*\(ward-[0-9]\):.*/\1/p' "$out" | tr '\n' ' ' | sed 's/ $//')" "--to twice: in that order"
several --check --to '*'
is 5 "$(wc -l <"$out")" "--to '*': all of the file"
several -q --check --to ward-1 --to ward-4
is "0:" "$status:$(cat "$out" "$err")" "-q: nothing where all is well"
several -q --check --to 'ward-[12]'
is "21:1" "$status:$(wc -l <"$out")" "-q: the one that failed"
several -v --check --to ward-1 --to ward-4
is 2 "$(grep -c "association .* ms" "$out")" "-v: all of each check"
several --json --check --to 'ward-*'
is 21 "$status" "--json: exit 21"
is 1 "$(grep -c '"type":"summary"' "$out")" "--json: one summary"
has "$out" '"exit_code":21}' "--json: with the exit status"
is 0 "$(grep -v '"type":"summary"' "$out" | grep -cv '"destination":"ward-[1-4]"')" "--json: each event names its destination"
several --echo --to 'ward-*'
is 21 "$status" "--echo: exit status of the first that failed"
is 2 "$(grep -c '^ward-[14]: .* answered the C-ECHO' "$out")" "--echo: a line each"
has "$err" "ward-2: " "--echo: errors name the destination"
has "$err" "frobnicate" "--echo: a section that is wrong"
several --check --nagios --to 'ward-*'
is 3 "$status" "--nagios: one destination only"
several --to ward-1 --to ward-4 "$ct"
is 2 "$status" "a send: one destination only"
several --to 'ward-[1]' "$ct"
is 0 "$status" "a send: a pattern that names one"
several --check --to 'x*'
is 2 "$status" "a pattern that matches nothing: exit 2"
has "$err" "matches 'x*'" "it says so"
printf '%s' changeit >"$tmp/pass"
# shellcheck disable=SC2086
"$MTLS_STORESCU" --config "$tmp/wards.conf" --key-store "$p12" --key-store-pass fd:3 $trust --check \
  --to ward-1 --to ward-4 3<"$tmp/pass" >"$out" 2>"$err" && status=0 || status=$?
is 2 "$(grep -c ' is ok' "$out")" "a password from a descriptor serves all of them"

echo "# --- a send that fails"
PORT=$(free_port)
# shellcheck disable=SC2086
run "$MTLS_STORESCU" -c "X@localhost:$PORT" --retry 0 $key $trust "$pdf"
is 21 "$status" "a send to a closed port: exit 21"
has "$err" "Connection refused" "it says why"
has "$err" "--check" "and suggests --check"

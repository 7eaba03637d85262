#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A table of broken set-ups, each with one fault: the exit status, the message with
# the cause and the remedy, and exit status 0 of the same command once the fault is
# removed. If a new association may help, the row is about one attempt (--retry 0);
# all other faults must not be retried.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/ca.sh
. "$(dirname "$0")/ca.sh"

pdf=$TESTDATA/embeddedpdf.dcm
stores=$TESTDATA/stores

root ca
root otherca
issue server ca server
issue named ca named
issue client ca client
issue stranger otherca client
cp "$CERTS/ca.crt" "$tmp/trust.pem"
cat "$CERTS/ca.crt" "$stores/root.pem" >"$tmp/clients.pem"

# send [OPTION...]: to $PORT at $host, by the good client unless told otherwise.
host=localhost
send() {
  run "$MTLS_STORESCU" -b DCM_PDF_SCP -c "IRIS_PDF_SCU@$host:$PORT" --connect-timeout 4000 \
    --tls-timeout 4000 --accept-timeout 3000 --response-timeout 3000 "$@" "$pdf"
}

# fault TEXT STATUS CAUSE REMEDY OPTION...
fault() {
  text=$1
  wanted=$2
  cause=$3
  remedy=$4
  shift 4
  send "$@"
  is "$wanted" "$status" "$text: exit $wanted"
  has "$err" "$cause" "$text: the cause is named"
  has "$err" "$remedy" "$text: the remedy is named"
  hasnt "$err" ": retry: " "$text: it is not tried again"
}

# cured TEXT CAUSE OPTION...: by the second attempt, which is told with the cause of the first.
cured() {
  text=$1
  cause=$2
  shift 2
  send --retry-delay 0 "$@"
  is 0 "$status" "$text: exit 0"
  has "$err" "mtls-storescu: retry: $cause" "$text: what is tried again, and why"
  is 1 "$(wc -l <"$err")" "$text: nothing else is said"
  has "$out" "1 acknowledged, 1 sent more than once" "$text: the summary tells"
}

# healed TEXT OPTION...
healed() {
  text=$1
  shift
  send "$@"
  is 0 "$status" "$text taken out: exit 0"
  [ "$status" -eq 0 ] || sed 's/^/#   /' "$err"
}

# The good options, to be given as they are or with one part replaced.
key="--key-store $CERTS/client.pem"
trust="--trust-store $tmp/trust.pem"

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

echo "# --- key and trust stores"
standin "$CERTS/server.pem"
good=$PORT
p12=$stores/chain.p12
# shellcheck disable=SC2086
{
  healed "every fault" $key $trust
  fault "no such key store" 30 "No such file" "--key-store" --key-store "$tmp/none.p12" $trust
  fault "wrong key store password" 30 "password" "--key-store-pass" --key-store "$p12" --key-store-pass nonsense $trust
  healed "wrong key store password" --key-store "$p12" --key-store-pass changeit $trust
  fault "no key store password" 30 "password" "--key-store-pass" --key-store "$p12" $trust
  head -c 1000 "$p12" >"$tmp/short.p12"
  fault "truncated key store" 30 "cut short" "again" --key-store "$tmp/short.p12" --key-store-pass changeit $trust
  fault "wrong key store type" 30 "PEM" "--key-store-type" --key-store "$p12" --key-store-type PEM --key-store-pass changeit $trust
  fault "key store that is none" 30 "$0" "PKCS#12" --key-store "$0" $trust
  : >"$tmp/empty"
  fault "empty key store" 30 "empty" "" --key-store "$tmp/empty" $trust
  fault "trust store given as key store" 30 "no private key" "--trust-store" --key-store "$stores/trust.p12" --key-store-pass changeit $trust
  fault "key of another certificate" 30 "match" "" --key-store "$stores/mismatch.pem" $trust
  fault "key without certificate" 30 "certificate" "" --key-store "$stores/key-only.pem" $trust
  fault "wrong key password" 30 "key" "--key-pass" --key-store "$stores/key-password.p12" --key-store-pass changeit $trust
  healed "wrong key password" --key-store "$stores/key-password.p12" --key-store-pass changeit --key-pass keypass $trust
  fault "unknown alias" 30 "scu1" "--key-alias" --key-store "$stores/two-keys.p12" --key-store-pass changeit --key-alias nobody $trust
  healed "unknown alias" --key-store "$stores/two-keys.p12" --key-store-pass changeit --key-alias scu2 $trust
  fault "Java key store, wrong password" 30 "password" "keytool -list" --key-store "$stores/scu1.jks" --key-store-pass nonsense $trust
  fault "secret key in a Java key store" 30 "secret key" "keytool -importkeystore" --key-store "$stores/secret.jceks" --key-store-pass changeit $trust
  issue expired ca client -20 -3
  fault "expired client certificate" 30 "expired on" "Get a new one" --key-store "$CERTS/expired.pem" $trust
  issue early ca client 2 200
  fault "client certificate not yet valid" 30 "not valid before" "clock" --key-store "$CERTS/early.pem" $trust
  fault "no such trust store" 30 "No such file" "--trust-store" $key --trust-store "$tmp/none.p12"
  fault "wrong trust store password" 30 "password" "--trust-store-pass" $key --trust-store "$stores/trust.p12" --trust-store-pass nonsense
  head -c 500 "$stores/trust.p12" >"$tmp/shorttrust.p12"
  fault "truncated trust store" 30 "cut short" "again" $key --trust-store "$tmp/shorttrust.p12" --trust-store-pass changeit
  fault "trust store without certificates" 30 "certificate" "" $key --trust-store "$stores/key-only.pem"
}

echo "# --- the command line"
# shellcheck disable=SC2086
{
  fault "no trust store" 2 "no trusted certificate authority is given" "--trust-store" $key
  fault "weak cipher" 2 "NULL" "ECDHE" $key $trust --tls-cipher TLS_RSA_WITH_NULL_SHA256
  fault "cipher of no allowed protocol" 2 "TLS_AES_128_GCM_SHA256" "TLSv1.3" $key $trust --tls12 --tls-cipher TLS_AES_128_GCM_SHA256
  fault "plain and TLS" 2 "exclude each other" "--plain" $key $trust --plain
}

echo "# --- whom we talk to"
# shellcheck disable=SC2086
{
  standin "$CERTS/named.pem"
  fault "wrong host by name" 32 "DNS:iris" "--tls-host iris" $key $trust
  host=127.0.0.1
  fault "wrong host by address" 32 "127.0.0.1" "--tls-host iris" $key $trust
  host=localhost
  healed "wrong host" $key $trust --tls-host iris
  PORT=$good
  fault "a suffix as the name" 2 '".example.com" cannot be a host name' "certificate" $key $trust --tls-host .example.com
  fault "unknown CA" 31 "CN=ca" "--trust-store" $key --trust-store "$CERTS/otherca.crt"
  healed "unknown CA" $key --trust-store "$CERTS/otherca.crt" $trust
  issue expiredserver ca server -20 -3
  standin "$CERTS/expiredserver.pem"
  fault "expired server certificate" 31 "expired" "renew" $key $trust
  issue earlyserver ca server 2 200
  standin "$CERTS/earlyserver.pem"
  fault "server certificate not yet valid" 31 "not valid" "clock" $key $trust
  root selfsigned
  cat "$CERTS/selfsigned.key" "$CERTS/selfsigned.crt" >"$CERTS/selfsigned.pem"
  standin "$CERTS/selfsigned.pem"
  fault "self-signed server certificate" 31 "CN=selfsigned" "--trust-store" $key $trust --tls-no-host-check
  issue wrongpurpose ca client
  standin "$CERTS/wrongpurpose.pem"
  fault "server certificate for clients only" 31 "CN=wrongpurpose" "serverAuth" $key $trust --tls-no-host-check
  issue middle ca root
  issue leaf middle server
  standin "$CERTS/leaf.pem"
  fault "server chain without its intermediate" 31 "CN=middle" "chain" $key $trust
  cat "$CERTS/leaf.pem" "$CERTS/middle.crt" >"$CERTS/leafchain.pem"
  standin "$CERTS/leafchain.pem"
  healed "server chain without its intermediate" $key $trust
  crl ca
  PORT=$good
  healed "revoked server certificate" $key $trust --crl-file "$CERTS/ca.crl"
  healed "revocation required, a clean list" $key $trust --crl-file "$CERTS/ca.crl" --tls-revocation require
  hasnt "$err" "warning" "the good receiver: nothing is warned of"
  echo 02 >"$CERTS/crlnumber"
  openssl ca -config "$CERTS/ca.cnf" -cert "$CERTS/ca.crt" -keyfile "$CERTS/ca.key" -gencrl -crldays 30 \
    -crlexts delta -out "$tmp/delta.crl" 2>/dev/null
  fault "a delta CRL" 30 "is a delta CRL" "complete list" $key $trust --crl-file "$tmp/delta.crl"
  fault "a delta CRL beside its base" 30 "is a delta CRL" "complete list" $key $trust --crl-file "$CERTS/ca.crl" --crl-file "$tmp/delta.crl"
  crl ca server
  fault "revoked server certificate" 31 "revoked" "" $key $trust --crl-file "$CERTS/ca.crl"
  crl otherca
  fault "no CRL of the CA" 31 "revocation" "--crl-file" $key $trust --crl-file "$CERTS/otherca.crl"
}

echo "# --- what its certificate says"
# shellcheck disable=SC2086
{
  issue localhost ca bycn
  issue 127.0.0.1 ca bycn
  issue constrained ca constrained
  issue forbidden constrained server
  cat "$CERTS/forbidden.pem" "$CERTS/constrained.crt" >"$CERTS/forbiddenchain.pem"
  issue mute ca mute
  issue unsigned mute server
  cat "$CERTS/unsigned.pem" "$CERTS/mute.crt" >"$CERTS/unsignedchain.pem"
  issue_rsa rsa 2048 # DCMTK's profile has no suite for EC keys in TLS 1.2
  issue useless ca useless
  issue stapled ca stapled
  for protocol in --tls12 --tls13; do
    standin "$CERTS/localhost.pem"
    fault "name in the CN alone, $protocol" 32 'has "localhost" only in its CN, which is not used (RFC 9525)' "DNS:localhost" $key $trust $protocol
    healed "name in the CN alone, $protocol" $key $trust $protocol --tls-allow-cn
    has "$err" 'warning: "localhost" is only in the CN of the server' "name in the CN allowed, $protocol: warned of"
    standin "$CERTS/127.0.0.1.pem"
    host=127.0.0.1
    fault "address in the CN alone, $protocol" 32 'has "127.0.0.1" only in its CN' "IP:127.0.0.1" $key $trust $protocol
    hasnt "$err" "use --tls-host" "address in the CN alone, $protocol: nothing is proposed that fails the same way"
    healed "address in the CN alone, $protocol" $key $trust $protocol --tls-allow-cn
    host=localhost
    standin "$CERTS/forbiddenchain.pem"
    fault "name constraints, $protocol" 31 '"CN=constrained" permits only DNS:example.com, which excludes DNS:iris' "constraints" $key $trust $protocol
    standin "$CERTS/unsignedchain.pem"
    fault "CA without keyCertSign, $protocol" 31 "CA:TRUE, but its keyUsage is cRLSign" "keyCertSign" $key $trust $protocol
    standin "$CERTS/stapled.pem"
    fault "a staple demanded and required, $protocol" 31 "requires a stapled OCSP response (RFC 7633)" "turn OCSP stapling on" $key $trust $protocol --tls-revocation require
    healed "a staple demanded and required, $protocol" $key $trust $protocol
    has "$err" "RFC 7633" "a staple demanded, $protocol: warned of"
    start_storescp "lax$protocol" +xi +tls "$CERTS/rsa.key" "$CERTS/rsa.crt" --add-cert-file "$tmp/clients.pem" --ignore-peer-cert
    fault "nobody asks for our certificate, $protocol" 36 "did not ask for our certificate" "Require" $key $trust $protocol --require-mtls
    healed "nobody asks for our certificate, $protocol" $key $trust $protocol
    has "$err" "the receiver did not ask for our certificate" "nobody asks for our certificate, $protocol: warned of"
    PORT=$good
    healed "the good receiver asks, $protocol" $key $trust $protocol --require-mtls
    fault "revocation required, nothing known, $protocol" 31 "the revocation status of the server's certificate" "--crl-file" $key $trust $protocol --tls-revocation require
  done
}

# shellcheck disable=SC2086
{
  STUNNEL_MAX=TLSv1.2
  STUNNEL_CIPHERS=AES256-GCM-SHA384
  standin "$CERTS/rsa.pem"
  unset STUNNEL_MAX STUNNEL_CIPHERS
  healed "RSA key exchange" $key $trust --tls-cipher TLS_RSA_WITH_AES_256_GCM_SHA384
  has "$err" "warning: TLS_RSA_WITH_AES_256_GCM_SHA384 has no forward secrecy" "RSA key exchange: warned of"
  PORT=$good
  healed "RSA key exchange only offered" $key $trust -v --tls-cipher TLS_RSA_WITH_AES_256_GCM_SHA384 --tls-cipher TLS_AES_128_GCM_SHA256
  hasnt "$err" "warning: " "RSA key exchange only offered: no warning"
  has "$err" "suites without forward secrecy (RSA key exchange) are also offered" "RSA key exchange only offered: noted"
  standin "$CERTS/useless.pem"
  fault "useless keyUsage" 31 "its keyUsage is nonRepudiation" "digitalSignature" $key $trust --tls13
}

echo "# --- who we are"
# shellcheck disable=SC2086
for protocol in --tls12 --tls13; do
  PORT=$good
  fault "no client certificate, $protocol" 33 "certificate" "--key-store" $trust $protocol
  fault "client certificate of another CA, $protocol" 33 "CN=stranger" "CA" --key-store "$CERTS/stranger.pem" $trust $protocol
  healed "client certificate of another CA, $protocol" $key $trust $protocol
  fault "expired client certificate, $protocol" 30 "expired on" "Get a new one" --key-store "$CERTS/expired.pem" $trust $protocol
done
issue revoked ca client
crl ca server revoked
standin "$CERTS/server.pem" "CRLfile = $CERTS/ca.crl"
# shellcheck disable=SC2086
for protocol in --tls12 --tls13; do
  fault "revoked client certificate, $protocol" 33 "revoked" "CN=revoked" --key-store "$CERTS/revoked.pem" $trust $protocol
  healed "revoked client certificate, $protocol" $key $trust $protocol
done

echo "# --- what we have in common"
# shellcheck disable=SC2086
{
  STUNNEL_MAX=TLSv1.2
  standin "$CERTS/server.pem"
  unset STUNNEL_MAX
  fault "no common protocol" 34 "TLSv1.3" "TLSv1.2" $key $trust --tls13
  healed "no common protocol" $key $trust
  STUNNEL_CIPHERS=ECDHE-ECDSA-AES256-GCM-SHA384
  STUNNEL_MAX=TLSv1.2
  standin "$CERTS/server.pem"
  unset STUNNEL_CIPHERS STUNNEL_MAX
  fault "no common cipher" 34 "cipher" "--tls-cipher" $key $trust --tls-cipher ECDHE-ECDSA-CHACHA20-POLY1305
  healed "no common cipher" $key $trust
}

echo "# --- the way there"
# shellcheck disable=SC2086
{
  PORT=$(free_port)
  fault "closed port" 21 "Connection refused" "port" $key $trust --retry 0
  send $key $trust --retry 1 --retry-delay 0
  is 21 "$status" "closed port, tried again: exit 21"
  has "$err" "Connection refused); trying again (1 of 1)" "closed port, tried again: it is told"
  host=no-such-host.invalid
  fault "unknown name" 20 "no-such-host.invalid" "spelling" $key $trust --retry 0
  host=localhost
  PORT=$back
  fault "TLS to a plain port" 35 "TLS" "SSLConfig" $key $trust --retry 0
  healed "TLS to a plain port" --plain
  PORT=$good
  fault "plain to a TLS port" 42 "association" "--plain" --plain --retry 0
  PORT=$good
  fault "a proxy that is none" 21 "proxy" "" $key $trust --proxy "localhost:$back" --retry 0
  start_testscp_certs() {
    start_testscp "$@" --tls --key "$CERTS/server.key" --cert "$CERTS/server.crt" --ca "$tmp/clients.pem"
  }
  start_testscp_certs mute --silent connect
  fault "silent port" 50 "busy" "" $key $trust --retry 0
  start_testscp_certs busy --silent associate
  "$MTLS_STORESCU" -c "X@localhost:$PORT" $key $trust --accept-timeout 30000 "$pdf" >/dev/null 2>&1 &
  other=$!
  pids="$pids $other"
  wait_line "$tmp/busy.log" "association" "$PID" >/dev/null
  fault "busy port" 50 "busy" "" $key $trust --retry 0
  stop "$other"
}

echo "# --- the association"
# shellcheck disable=SC2086
{
  start_testscp_certs called --called SOMEBODY
  fault "called AE title unknown" 40 "IRIS_PDF_SCU" "RemoteAET" $key $trust
  start_testscp_certs calling --calling SOMEBODY
  fault "calling AE title unknown" 40 "DCM_PDF_SCP" "LocalAET" $key $trust
  start_testscp_certs both --called IRIS_PDF_SCU --calling DCM_PDF_SCP
  healed "an unknown AE title" $key $trust
  start_testscp_certs busyrow --reject 2,3,1
  fault "temporary congestion" 40 "congested" "again" $key $trust --retry 0
  start_testscp_certs emptyrow --empty-row
  fault "no context accepted" 41 "Encapsulated PDF" "association-table row" $key $trust
  start_testscp_certs hang --silent associate
  fault "no answer to the association request" 50 "no answer within 3000 ms" "--accept-timeout" $key $trust --retry 0
}

echo "# --- the object"
# shellcheck disable=SC2086
{
  start_testscp_certs broken --status C000@1 --comment "cannot parse" --offending 0010,0010
  fault "refused with C000" 11 'status 0xC000' "cannot parse" $key $trust
  has "$err" "(0010,0010)" "refused with C000: the offending element is named"
  healed "refused with C000" $key $trust
  start_testscp_certs full --status A700@always --comment "disk full"
  send $key $trust --retry 0
  is 11 "$status" "refused with A700 each time: exit 11"
  has "$err" "trying again after the rest of its study (1 of 1)" "refused with A700 each time: it is repeated once"
  has "$err" 'status 0xA700, refused: out of resources ("disk full")' "refused with A700 each time: the cause is named"
  has "$err" "check its disks" "refused with A700 each time: the remedy is named"
  start_testscp_certs fullonce --status A700@1
  cured "refused with A700 once" "$pdf: status 0xA700, refused: out of resources; trying again after" $key $trust
  start_testscp_certs warns --status B000@1 --comment "coerced"
  send $key $trust
  is 0 "$status" "warning B000: exit 0"
  has "$err" "0xB000" "warning B000: told"
  has "$err" "coerced" "warning B000: with its comment"
  has "$out" "1 acknowledged" "warning B000: acknowledged"
  start_testscp_certs aborts --abort-at 1
  fault "aborted after the object" 11 "abort" "" $key $trust --retry 0
  has "$err" "uncertain:" "aborted after the object: it is uncertain"
  start_testscp_certs abortsonce --abort-at 1
  cured "aborted once" "the association was lost: waiting for the C-STORE response: the receiving application aborted" $key $trust
  has "$err" "1 object was sent but not answered and will be sent again" "aborted once: what goes again is told"
  start_testscp_certs abortsmid --abort-mid 1
  fault "aborted in the middle" 11 "the receiving application aborted" "" $key $trust --retry 0
  start_testscp_certs closes --close-at 1
  fault "connection closed in the middle" 11 "connection" "" $key $trust --retry 0
  start_testscp_certs closesonce --close-at 1
  cured "connection closed once" "the association was lost: " $key $trust
  start_testscp_certs deaf --silent store
  fault "no answer to the object" 11 "no answer within 3000 ms" "--response-timeout" $key $trust --retry 0
  has "$out" "1 uncertain" "no answer to the object: it is uncertain"
  start_testscp_certs wrongid --wrong-id 1
  fault "answer to another message" 11 "not outstanding" "" $key $trust --retry 0
  start_testscp_certs wrongonce --wrong-id 1
  cured "answer to another message once" "the association was lost: the receiver answered message" $key $trust
}

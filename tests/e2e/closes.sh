#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Peers that close the connection without a TLS alert, or with an unspecific one:
# the message fits what was observed, names the most likely cause first, and is
# the same in a send and in --check.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_pki
object=$TESTDATA/dicom/sr.dcm
cert=$PKI/server/server.crt key=$PKI/server/server.key ca=$PKI/ca/ca.crt
our_key=$PKI/clients/dcm1/scu1.p12

# front PROTOCOL TARGET: TLS that wants a certificate, in front of socat's TARGET.
front() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  listener front sh -c 'exec socat "OPENSSL-LISTEN:$1,fork,bind=127.0.0.1,cert=$3,key=$4,cafile=$5,verify=1,openssl-min-proto-version=$2,openssl-max-proto-version=$2" "$6"' \
    sh PORT "$1" "$cert" "$key" "$ca" "$2"
}

# send OPTION...: one object, one attempt
send() {
  run timeout -k 2 120 "$MTLS_STORESCU" -c "ANY@127.0.0.1:$PORT" --tls-host iris --trust-store "$ca" \
    --key-store "$our_key" --key-store-pass changeit --retry 0 "$@" "$object"
}

# says NAME STATUS TEXT...: the send ends so and says so, in this order.
says() {
  name=$1
  is "$2" "$status" "$name: exit $2"
  shift 2
  tr '\n' ' ' <"$err" >"$tmp/said"
  for text in "$@"; do
    has "$tmp/said" "$text" "$name: says it"
    sed -i "s/^.*$text//" "$tmp/said"
  done
}

# checks NAME STATUS: --check comes to the same.
checks() {
  run timeout -k 2 120 "$MTLS_STORESCU" --check -q -c "ANY@127.0.0.1:$PORT" --tls-host iris --trust-store "$ca" \
    --key-store "$our_key" --key-store-pass changeit
  is "$2" "$status" "$1: --check exits with $2"
}

# --- the receiver behind a TLS front end is not running

nobody=$(free_port)
front TLS1.2 "TCP:127.0.0.1:$nobody"
send
says "no backend, TLS 1.2" 42 "without an alert and before any DICOM" "the receiver behind it is not running" \
  "Start the receiver" "AE titles" "refused our certificate"
checks "no backend, TLS 1.2" 42
front TLS1.3 "TCP:127.0.0.1:$nobody"
send
says "no backend, TLS 1.3" 33 "without an alert and before any DICOM" "the receiver behind it is not running" \
  "Start the receiver" "AE titles" "refused our certificate"
checks "no backend, TLS 1.3" 33
send --retry 1 --retry-delay 1
says "no backend, TLS 1.3, both tries" 33 "the receiver behind it is not running"

# --- it reads the association request, and hangs up two seconds later

for protocol in TLS1.2 TLS1.3; do
  case $protocol in
    TLS1.2) status_wanted=42 ;;
    *) status_wanted=33 ;;
  esac
  front "$protocol" "SYSTEM:head -c 100 >/dev/null; sleep 2"
  send
  says "a dropped AE title, $protocol" "$status_wanted" "drops requests with AE titles" "Compare both AE titles" \
    "not running" "refused our certificate"
done

# --- a renegotiation is asked for

# shellcheck disable=SC2016 # expanded by the inner shell
listener renegotiation sh -c '(sleep 3; echo R; sleep 2) | timeout 60 openssl s_server -accept "$1" -tls1_2 -Verify 3 -cert "$2" -key "$3" -CAfile "$4"' \
  sh PORT "$cert" "$key" "$ca"
send
says "renegotiation" 37 "asked for a renegotiation, which is refused here" "isable renegotiation" "TLS 1.3"
hasnt "$err" "refused our certificate" "renegotiation: not taken for a refusal of our certificate"

# --- a router that passes connections on by name

start_storescp_tls behind
cat >"$tmp/router.in" <<END
defaults
  mode tcp
  timeout connect 2s
  timeout client 60s
  timeout server 60s
listen dicom
  bind 127.0.0.1:@PORT@
  tcp-request inspect-delay 5s
  tcp-request content reject unless { req.ssl_sni -i iris }
  server receiver 127.0.0.1:$PORT
END
# shellcheck disable=SC2016 # expanded by the inner shell
listener router sh -c 'sed "s/@PORT@/$1/" "$2.in" >"$2.conf"; exec haproxy -db -f "$2.conf"' sh PORT "$tmp/router"
send
is 0 "$status" "a router by name, called by it: exit 0"
send --tls-host elsewhere
says "a router by name, another one" 35 "without an answer in TLS" "does not know \"elsewhere\"" "--tls-host"
send --tls-host 127.0.0.1
says "a router by name, an address" 35 "without an answer in TLS" "we connected by address" "--tls-host"

# --- our key is on a curve that the receiver does not take (TLS 1.2)

for curve in brainpoolP256r1 secp224r1; do
  openssl ecparam -name "$curve" -genkey -noout -out "$tmp/$curve.key" 2>"$tmp/openssl.log"
  openssl req -new -key "$tmp/$curve.key" -subj "/CN=$curve" -out "$tmp/$curve.csr" 2>>"$tmp/openssl.log"
  openssl x509 -req -in "$tmp/$curve.csr" -CA "$ca" -CAkey "$PKI/ca/ca.key" -CAcreateserial -days 30 \
    -out "$tmp/$curve.crt" 2>>"$tmp/openssl.log"
  (umask 077 && cat "$tmp/$curve.key" "$tmp/$curve.crt" >"$tmp/$curve.pem")
  # shellcheck disable=SC2016 # expanded by the inner shell
  listener curves sh -c 'sleep 60 | timeout 60 openssl s_server -accept "$1" -tls1_2 -Verify 3 -cert "$2" -key "$3" -CAfile "$4"' \
    sh PORT "$cert" "$key" "$ca"
  our_key=$tmp/$curve.pem
  send
  says "$curve" 33 "it does not support keys on the curve $curve" "P-256"
done

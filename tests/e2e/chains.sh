#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Chains: two intermediates on both sides, anchors that are intermediates,
# several trust stores, revocation along the chain, mtls-pki's own trees.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/ca.sh
. "$(dirname "$0")/ca.sh"

pdf=$TESTDATA/embeddedpdf.dcm
PASS=changeit
export PASS

root ca
issue server1 ca root
issue server2 server1 root
issue server server2 server
issue client1 ca root
issue client2 client1 root
issue client client2 client
cat "$CERTS/server.pem" "$CERTS/server2.crt" "$CERTS/server1.crt" >"$CERTS/server_chain.pem"
cat "$CERTS/client2.crt" "$CERTS/client1.crt" "$CERTS/ca.crt" >"$CERTS/client_chain.crt"
openssl pkcs12 -export -in "$CERTS/client.crt" -inkey "$CERTS/client.key" -certfile "$CERTS/client_chain.crt" \
  -name scu1 -passout env:PASS -out "$CERTS/client.p12"
openssl pkcs12 -export -in "$CERTS/client.crt" -inkey "$CERTS/client.key" -name scu1 -passout env:PASS \
  -out "$CERTS/alone.p12"

STUNNEL_CERT=$CERTS/server_chain.pem
STUNNEL_KEY=$STUNNEL_CERT
STUNNEL_CA=$CERTS/ca.crt
start_storescp back +xi
start_stunnel front "$PORT"

# send STORE [OPTION...]
send() {
  store=$1
  shift
  run "$MTLS_STORESCU" -c "ANY@localhost:$PORT" --key-store "$store" --key-store-pass changeit "$@" "$pdf"
}

for protocol in --tls12 --tls13; do
  send "$CERTS/client.p12" --trust-store "$CERTS/ca.crt" $protocol
  is 0 "$status" "two intermediates on both sides, $protocol: exit 0"
  send "$CERTS/alone.p12" --trust-store "$CERTS/ca.crt" $protocol
  is 33 "$status" "our chain without its intermediates, $protocol: exit 33"
  has "$err" "CN=client" "our chain without its intermediates, $protocol: the certificate is named"
done

send "$CERTS/client.p12" --trust-store "$CERTS/server2.crt"
is 0 "$status" "a trust store that holds only an intermediate: exit 0"
send "$CERTS/client.p12" --trust-store "$CERTS/client1.crt"
is 31 "$status" "a trust store with another intermediate: exit 31"
send "$CERTS/client.p12" --trust-store "$CERTS/client1.crt" --trust-store "$CERTS/server1.crt"
is 0 "$status" "several trust stores add up: exit 0"

echo "# --- an intermediate and its renewal: one name, one key"
# renewed NAME CA FROM TO: the certificate of that name once more, for other days, as NAME_old.crt.
renewed() {
  openssl ca -batch -config "$CERTS/ca.cnf" -cert "$CERTS/$2.crt" -keyfile "$CERTS/$2.key" -extensions root \
    -startdate "$(date_in "$3")" -enddate "$(date_in "$4")" -notext -in "$CERTS/$1.csr" \
    -out "$CERTS/$1_old.crt" >"$CERTS/$1_old.log" 2>&1 || cat "$CERTS/$1_old.log"
}
renewed server2 server1 -20 -3
renewed server1 ca -20 -3
cat "$CERTS/ca.crt" "$CERTS/server2_old.crt" >"$tmp/old2.pem"
cat "$CERTS/server1_old.crt" "$CERTS/server2_old.crt" "$CERTS/ca.crt" >"$tmp/old.pem"
for protocol in --tls12 --tls13; do
  for store in old2 old; do
    send "$CERTS/client.p12" --trust-store "$tmp/$store.pem" $protocol
    is 0 "$status" "$store.pem: expired intermediates in the trust store, the renewed ones sent, $protocol: exit 0"
  done
  send "$CERTS/client.p12" --trust-store "$CERTS/server2_old.crt" $protocol
  is 31 "$status" "the expired intermediate alone, $protocol: exit 31"
  has "$err" "the trust store's CA certificate \"CN=server2\"" "the expired intermediate alone, $protocol: named"
  has "$err" "has expired" "the expired intermediate alone, $protocol: told"
done
cat "$CERTS/server.pem" "$CERTS/server2_old.crt" "$CERTS/server1.crt" >"$CERTS/server_old.pem"
good=$PORT
STUNNEL_CERT=$CERTS/server_old.pem
STUNNEL_KEY=$STUNNEL_CERT
start_stunnel front_old "$(sed -n 's/^connect = 127.0.0.1://p' "$tmp/front.conf.in")"
send "$CERTS/client.p12" --trust-store "$CERTS/ca.crt"
is 31 "$status" "an expired intermediate is sent: exit 31"
cat "$CERTS/ca.crt" "$CERTS/server2.crt" >"$tmp/new2.pem"
send "$CERTS/client.p12" --trust-store "$tmp/new2.pem"
is 0 "$status" "an expired intermediate is sent, the renewed one is in the trust store: exit 0"
PORT=$good

crl ca
crl server1 server2
crl server2
cat "$CERTS/ca.crl" "$CERTS/server1.crl" "$CERTS/server2.crl" >"$tmp/all.crl"
send "$CERTS/client.p12" --trust-store "$CERTS/ca.crt" --crl-file "$tmp/all.crl"
is 31 "$status" "a revoked intermediate: exit 31"
has "$err" "revoked" "a revoked intermediate: told"
send "$CERTS/client.p12" --trust-store "$CERTS/ca.crt" --crl-file "$CERTS/server2.crl"
is 0 "$status" "only the leaf's issuer has a CRL, and does not revoke it: exit 0"

echo "# --- mtls-pki's tree with intermediates"
"$MTLS_PKI" init "$tmp/pki" --host iris --host localhost --client dcm1 --intermediate >"$tmp/pki.log" 2>&1 ||
  cat "$tmp/pki.log"
STUNNEL_CERT=$tmp/pki/server/server_chain.crt
STUNNEL_KEY=$tmp/pki/server/server.key
STUNNEL_CA=$tmp/pki/ca/ca.crt
start_storescp back2 +xi
start_stunnel front2 "$PORT"
scu1=$tmp/pki/clients/dcm1
send "$scu1/scu1.p12" --trust-store "$scu1/truststore.p12" --trust-store-pass changeit
is 0 "$status" "mtls-pki --intermediate, with its own stores: exit 0"
"$MTLS_PKI" revoke "$tmp/pki" "$tmp/pki/server/server.crt" >>"$tmp/pki.log" 2>&1
send "$scu1/scu1.p12" --trust-store "$scu1/truststore.p12" --trust-store-pass changeit \
  --crl-file "$tmp/pki/ca/ca.crl"
is 31 "$status" "mtls-pki revoke of the server: exit 31"
has "$err" "revoked" "mtls-pki revoke of the server: told"

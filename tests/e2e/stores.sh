#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Key stores made by all programs, kept ones and new ones, with a receiver that requires
# mutual TLS; which key and which chain are used if a store has several; files that
# others can read.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/ca.sh
. "$(dirname "$0")/ca.sh"

stores=$TESTDATA/stores

cat >>"$CERTS/ca.cnf" <<'END'
[inter]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
END
root ca
issue server ca server
cp "$CERTS/ca.crt" "$tmp/trust.pem"
openssl pkcs7 -in "$stores/chain-pem.p7b" -print_certs -out "$tmp/demo.pem"
openssl x509 -in "$stores/bc-ed25519.pem" -out "$tmp/ed.pem"
cat "$CERTS/ca.crt" "$tmp/demo.pem" "$tmp/ed.pem" >"$tmp/clients.pem"
trust="--trust-store $tmp/trust.pem"

start_storescp back +xi
back=$PORT
# Used by start_stunnel.
# shellcheck disable=SC2034
{
  STUNNEL_CERT=$CERTS/server.pem
  STUNNEL_KEY=$CERTS/server.pem
  STUNNEL_CA=$tmp/clients.pem
}
start_stunnel front "$back"
front=$PORT

# echo_with OPTION...: one association that proves the key.
echo_with() {
  # shellcheck disable=SC2086
  run "$MTLS_STORESCU" --echo -c "ANY@localhost:$front" $trust "$@"
}

# shown TEXT OPTION...: the receiver takes what the store holds, and nothing is said of it.
shown() {
  text=$1
  shift
  echo_with "$@"
  is 0 "$status" "$text: exit 0"
  is "" "$(cat "$err")" "$text: nothing is said"
}

# refused TEXT CAUSE REMEDY OPTION...: before any network, and the check of the stores agrees.
refused() {
  text=$1 cause=$2 remedy=$3
  shift 3
  echo_with "$@"
  is 30 "$status" "$text: exit 30"
  has "$err" "$cause" "$text: the cause is named"
  has "$err" "$remedy" "$text: the remedy is named"
  # shellcheck disable=SC2086
  run "$MTLS_STORESCU" --check=stores --json $trust "$@"
  is 30 "$status" "$text: the check of the stores ends with 30"
}

# finding ID SEVERITY TEXT OPTION...: what the check of the stores finds.
finding() {
  id=$1 severity=$2 text=$3
  shift 3
  # shellcheck disable=SC2086
  run "$MTLS_STORESCU" --check=stores --json $trust "$@"
  if grep "\"id\":\"$id\"" "$out" | grep -q "\"severity\":\"$severity\""; then
    ok "$text: $id"
  else
    not_ok "$text: $id"
    sed 's/^/#   /' "$out"
  fi
}

echo "# --- what other makers write"
while read -r store pass; do
  shown "$store" --key-store "$stores/$store" ${pass:+--key-store-pass "$pass"}
done <<'END'
scu1.p12 changeit
legacy.p12 changeit
csp.p12 changeit
lmk.p12 changeit
legacy-csp.p12 changeit
pbmac1.p12 changeit
pbmac1-sha512.p12 changeit
java.p12 changeit
java-legacy.p12 changeit
scu1.jks changeit
scu1.jceks changeit
bc.p12 changeit
bc-aes.p12 changeit
bc-ec.p12 changeit
bc-ed25519.p12 changeit
nss.p12 changeit
nss-old.p12 changeit
certtool.p12 changeit
certtool-der.p12 changeit
certtool-3des.p12 changeit
certtool-ed25519.pem changeit
END
# Its key stands in the clear: not where others can read it.
(umask 077 && cat "$stores/bc-ed25519.pem" >"$tmp/ed25519.pem")
shown "an Ed25519 key of PKCS#8's second version" --key-store "$tmp/ed25519.pem"
while read -r store cause; do
  refused "$store" "$cause" "" --key-store "$stores/$store" --key-store-pass changeit
done <<'END'
bc.bks is a BouncyCastle key store (BKS or UBER)
bc.uber is a BouncyCastle key store (BKS or UBER)
bc.bcfks is a BouncyCastle FIPS key store (BCFKS)
openssh.pem contains an OpenSSH private key
putty.ppk is a PuTTY private key
key.pvk is a private key in Microsoft's PVK format
request.pem contains a certificate request
public.der is a public key only
crl.pem contains a revocation list
END
refused "PBMAC1, wrong password" "does not open key store" "--key-store-pass" \
  --key-store "$stores/pbmac1.p12" --key-store-pass nonsense

echo "# --- what the makers here write today"
mkdir "$tmp/fresh"
cp "$stores/chain.p12" "$stores/sec1.pem" "$stores/trust.p12" "$tmp/fresh"
run "$stores/makers" "$tmp/fresh" nss gnutls
is 0 "$status" "NSS and GnuTLS write stores"
for store in nss.p12 nss-old.p12 certtool.p12 certtool-der.p12 certtool-3des.p12; do
  shown "$store, fresh" --key-store "$tmp/fresh/$store" --key-store-pass changeit
done
openssl pkcs12 -in "$stores/chain.p12" -passin pass:changeit -nodes -out "$tmp/all.pem" 2>"$tmp/openssl.log"
for options in '' -legacy '-CSP Enhanced' -LMK '-keypbe NONE' '-nomac' '-macalg sha512 -iter 1'; do
  # shellcheck disable=SC2086
  openssl pkcs12 -export -in "$tmp/all.pem" -passout pass:changeit -out "$tmp/fresh.p12" $options \
    2>>"$tmp/openssl.log"
  shown "openssl pkcs12 $options" --key-store "$tmp/fresh.p12" --key-store-pass changeit
done
for options in '-deststoretype PKCS12' '-deststoretype PKCS12 -J-Dkeystore.pkcs12.legacy' '-deststoretype JKS' \
  '-deststoretype JCEKS'; do
  rm -f "$tmp/fresh.store"
  # shellcheck disable=SC2086
  keytool -importkeystore -noprompt -srckeystore "$stores/chain.p12" -srcstorepass changeit \
    -destkeystore "$tmp/fresh.store" -deststorepass changeit $options >"$tmp/keytool.log" 2>&1
  shown "keytool $options" --key-store "$tmp/fresh.store" --key-store-pass changeit
done

echo "# --- the type that was said"
for row in "JKS scu1.p12 PKCS#12" "PKCS12 scu1.jks JKS" "PKCS12 certtool.p12 PEM"; do
  # shellcheck disable=SC2086
  set -- $row
  shown "--key-store-type $1 with $2" --key-store "$stores/$2" --key-store-pass changeit --key-store-type "$1"
  echo_with -v --key-store "$stores/$2" --key-store-pass changeit --key-store-type "$1"
  has "$err" "$2 is $3, although --key-store-type says" "--key-store-type $1 with $2: -v says so"
done
refused "--key-store-type PEM with PKCS#12" "is PKCS#12, not PEM" "--key-store-type" \
  --key-store "$stores/scu1.p12" --key-store-pass changeit --key-store-type PEM

echo "# --- a CA that was renewed with the same key"
issue inter ca inter -200 -3
cp "$CERTS/inter.crt" "$tmp/old.crt"
issue client inter client
# again NAME CA SECTION FROM TO: a new certificate for the same request.
again() {
  openssl ca -batch -config "$CERTS/ca.cnf" -cert "$CERTS/$2.crt" -keyfile "$CERTS/$2.key" -extensions "$3" \
    -startdate "$(date_in "$4")" -enddate "$(date_in "$5")" -notext -in "$CERTS/$1.csr" -out "$tmp/again.crt" \
    >"$CERTS/again.log" 2>&1 || cat "$CERTS/again.log"
}
again inter ca inter -1 300
cp "$tmp/again.crt" "$tmp/new.crt"
# p12 FILE CERTIFICATE...: the client's key, and these above it in this order.
p12() {
  file=$1
  shift
  cat "$@" >"$tmp/above.pem"
  openssl pkcs12 -export -in "$CERTS/client.crt" -inkey "$CERTS/client.key" -certfile "$tmp/above.pem" \
    -passout pass:changeit -out "$file"
}
p12 "$tmp/old-new.p12" "$tmp/old.crt" "$tmp/new.crt"
p12 "$tmp/new-old.p12" "$tmp/new.crt" "$tmp/old.crt"
p12 "$tmp/old.p12" "$tmp/old.crt"
for store in old-new new-old; do
  shown "$store" --key-store "$tmp/$store.p12" --key-store-pass changeit
  finding stores-ok ok "$store" --key-store "$tmp/$store.p12" --key-store-pass changeit
  is 0 "$status" "$store: the check of the stores ends with 0"
done
for protocol in --tls12 --tls13; do
  echo_with --key-store "$tmp/old.p12" --key-store-pass changeit "$protocol"
  is 33 "$status" "the expired CA alone, $protocol: exit 33"
  has "$err" "as expired (alert" "the expired CA alone, $protocol: the alert is told"
  has "$err" "\"CN=inter\" (issued by \"CN=ca\"" "the expired CA alone, $protocol: and which one has expired"
  has "$err" "CA's current certificate in the --key-store" "the expired CA alone, $protocol: and the remedy"
done
has "$err" "certificate \"CN=inter\" expired " "the expired CA alone: a warning before"
finding client-expired failed "the expired CA alone" --key-store "$tmp/old.p12" --key-store-pass changeit
is 30 "$status" "the expired CA alone: the check of the stores ends with 30"
has "$out" "the CA that we send above CN=client, expired on" "the expired CA alone: which, and since when"

echo "# --- several keys"
issue a ca client
issue b ca client
issue expired ca client -20 -3
issue early ca client 2 200
openssl req -x509 -newkey rsa:1024 -nodes -keyout "$tmp/weak.key" -out "$tmp/weak.crt" -days 30 -subj /CN=weak \
  2>"$tmp/openssl.log"
cat "$tmp/weak.key" "$tmp/weak.crt" >"$CERTS/weak.pem"
for other in expired early weak; do
  cat "$CERTS/$other.pem" "$CERTS/a.pem" >"$tmp/two.pem"
  chmod 600 "$tmp/two.pem"
  echo_with --key-store "$tmp/two.pem"
  is 0 "$status" "a key that is $other is no candidate"
  [ "$other" = weak ] || hasnt "$err" "renewed" "a key that is $other, which is not shown: no warning of its date"
  finding stores-ok ok "beside a key that is $other" --key-store "$tmp/two.pem"
done
refused "a key that is too weak" "RSA 1024 bits" "RSA key of 2048 bits or more" --key-store "$CERTS/weak.pem"
cat "$CERTS/a.pem" "$CERTS/b.pem" >"$tmp/two.pem"
chmod 600 "$tmp/two.pem"
echo_with --key-store "$tmp/two.pem"
is 30 "$status" "two keys that can be shown: exit 30"
has "$err" "1 (CN=a), 2 (CN=b)" "two keys that can be shown: names that work are given"
for name in CN=a a A b CN=b 1 2; do
  shown "--key-alias $name" --key-store "$tmp/two.pem" --key-alias "$name"
done
refused "--key-alias 3" "no key named \"3\"; it has: 1 (CN=a), 2 (CN=b)" "--key-alias" --key-store "$tmp/two.pem" \
  --key-alias 3

echo "# --- files that others can read or change"
# The temporary directory is its owner's: others may enter it for this.
open_dir=$tmp/open
mkdir "$open_dir"
chmod 711 "$tmp" "$open_dir"
# exposed MODE-OF-KEY MODE-OF-PASSWORD MODE-OF-TRUST WANTED TEXT [OPTION...]: how many warnings there are.
exposed() {
  text=$5 wanted=$4
  chmod "$1" "$open_dir/key.pem" "$open_dir/key.p12"
  chmod "$2" "$open_dir/pass"
  chmod "$3" "$open_dir/trust.pem"
  shift 5
  run "$MTLS_STORESCU" --echo -c "ANY@localhost:$front" --trust-store "$open_dir/trust.pem" "$@"
  is 0 "$status" "$text: exit 0"
  is "$wanted" "$(grep -c 'has mode 0' "$err")" "$text: $wanted warnings"
  run "$MTLS_STORESCU" --check=stores --json --trust-store "$open_dir/trust.pem" "$@"
  is 0 "$status" "$text: the check of the stores ends with 0"
  is "$wanted" "$(grep -c '"id":"file-exposed"' "$out")" "$text: $wanted findings"
}
cp "$CERTS/a.pem" "$open_dir/key.pem"
cp "$stores/scu1.p12" "$open_dir/key.p12"
cp "$tmp/trust.pem" "$open_dir/trust.pem"
echo changeit >"$open_dir/pass"
clear="--key-store $open_dir/key.pem"
sealed="--key-store $open_dir/key.p12 --key-store-pass file:$open_dir/pass"
# shellcheck disable=SC2086
{
  exposed 600 600 644 0 "files of their owner" $clear
  exposed 640 600 644 0 "a key that the group reads, as Debian's ssl-cert does" $clear
  exposed 644 600 644 1 "a key that all read" $clear
  exposed 660 600 644 1 "a key that the group changes" $clear
  exposed 666 600 644 1 "a key that all change" $clear
  exposed 600 600 666 1 "a trust store that all change" $clear
  exposed 600 600 664 0 "a trust store that its group changes" $clear
  exposed 644 600 644 0 "a key behind a password" $sealed
  exposed 666 600 644 1 "a key behind a password that all change" $sealed
  exposed 600 644 644 1 "a password that all read" $sealed
  exposed 600 666 666 2 "a password and a trust store that all change" $sealed
  chmod 644 "$open_dir/key.pem"
  run "$MTLS_STORESCU" --echo -c "ANY@localhost:$front" --trust-store "$open_dir/trust.pem" $clear
  has "$err" "key.pem, given with --key-store, holds a private key that needs no password and has mode 0644, which lets every user of this machine read it. Run chmod 600 $open_dir/key.pem." \
    "what is wrong and what to do"
  chmod 700 "$tmp"
  exposed 666 666 666 0 "in a directory of its owner" $sealed
}

# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
# Certificates with faults, created for each test, with EC keys because they are fast.
# Sourced after lib.sh. Everything is put into $CERTS.

CERTS=${tmp:?source lib.sh first}/certs
mkdir -p "$CERTS"

cat >"$CERTS/ca.cnf" <<'END'
[ca]
default_ca = c
[c]
database = $ENV::CERTS/index.txt
new_certs_dir = $ENV::CERTS
rand_serial = yes
default_md = sha256
policy = p
unique_subject = no
[p]
commonName = supplied
[req]
distinguished_name = dn
[dn]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
extendedKeyUsage = serverAuth
subjectAltName = DNS:iris, DNS:localhost, IP:127.0.0.1
[named]
extendedKeyUsage = serverAuth
subjectAltName = DNS:iris
[bycn]
extendedKeyUsage = serverAuth
[stapled]
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost
tlsfeature = status_request
[useless]
extendedKeyUsage = serverAuth
keyUsage = critical, nonRepudiation
subjectAltName = DNS:localhost
[constrained]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
nameConstraints = critical, permitted;DNS:example.com
[mute]
basicConstraints = critical, CA:TRUE
keyUsage = critical, cRLSign
[client]
extendedKeyUsage = clientAuth
[delta]
2.5.29.27 = critical, DER:020101
END
: >"$CERTS/index.txt"
export CERTS

new_key() {
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$CERTS/$1.key" 2>/dev/null
}

# date_in DAYS: as `openssl ca` wants it, that many days and an hour from now.
date_in() {
  date -u -d "@$(($(date +%s) + $1 * 86400 + 3600))" +%Y%m%d%H%M%SZ
}

# root NAME: a CA that signs itself.
root() {
  new_key "$1"
  openssl req -x509 -new -key "$CERTS/$1.key" -subj "/CN=$1" -days 365 -config "$CERTS/ca.cnf" \
    -extensions root -out "$CERTS/$1.crt"
}

# issue NAME CA SECTION [FROM-DAY [TO-DAY]]: NAME.key and NAME.crt, signed by CA.
issue() {
  new_key "$1"
  openssl req -new -key "$CERTS/$1.key" -subj "/CN=$1" -config "$CERTS/ca.cnf" -out "$CERTS/$1.csr"
  openssl ca -batch -config "$CERTS/ca.cnf" -cert "$CERTS/$2.crt" -keyfile "$CERTS/$2.key" -extensions "$3" \
    -startdate "$(date_in "${4:--1}")" -enddate "$(date_in "${5:-300}")" -notext \
    -in "$CERTS/$1.csr" -out "$CERTS/$1.crt" >"$CERTS/$1.log" 2>&1 || cat "$CERTS/$1.log"
  cat "$CERTS/$1.key" "$CERTS/$1.crt" >"$CERTS/$1.pem"
}

# issue_rsa NAME BITS: a server's, signed by ca.
issue_rsa() {
  openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:$2" -out "$CERTS/$1.key" 2>/dev/null
  openssl req -new -key "$CERTS/$1.key" -subj "/CN=$1" -config "$CERTS/ca.cnf" -out "$CERTS/$1.csr"
  openssl ca -batch -config "$CERTS/ca.cnf" -cert "$CERTS/ca.crt" -keyfile "$CERTS/ca.key" -extensions server \
    -days 300 -notext -in "$CERTS/$1.csr" -out "$CERTS/$1.crt" >"$CERTS/$1.log" 2>&1
  cat "$CERTS/$1.key" "$CERTS/$1.crt" >"$CERTS/$1.pem"
}

# crl CA [REVOKED-NAME...]: CA.crl, valid for a month.
crl() {
  crl_ca=$1
  shift
  for name in "$@"; do
    openssl ca -config "$CERTS/ca.cnf" -cert "$CERTS/$crl_ca.crt" -keyfile "$CERTS/$crl_ca.key" \
      -revoke "$CERTS/$name.crt" >/dev/null 2>&1
  done
  openssl ca -config "$CERTS/ca.cnf" -cert "$CERTS/$crl_ca.crt" -keyfile "$CERTS/$crl_ca.key" \
    -gencrl -crldays 30 -out "$CERTS/$crl_ca.crl" 2>/dev/null
}

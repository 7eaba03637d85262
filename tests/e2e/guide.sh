#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The guide's command, with mtls-storescu for ./storescu, against the stand-in
# for IRIS and other receivers: the PDF arrives byte for byte.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_pki
pdf=$TESTDATA/embeddedpdf.dcm
dcm2pdf "$pdf" "$tmp/original.pdf" >/dev/null 2>&1

# guide [OPTION...]: the guide's own option list around these; -v shows what was negotiated.
guide() {
  run "$MTLS_STORESCU" \
    -b DCM_PDF_SCP \
    -c "IRIS_PDF_SCU@localhost:$PORT" \
    "$@" \
    --key-store "$PKI/clients/dcm1/scu1.p12" \
    --key-store-type PKCS12 \
    --key-store-pass changeit \
    --key-pass changeit \
    --trust-store "$PKI/clients/dcm1/truststore.p12" \
    --trust-store-type PKCS12 \
    --trust-store-pass changeit \
    --tls-host iris -v \
    "$pdf"
}

# arrived DIR SYNTAX TEXT: one object is there, in that syntax, with the same PDF.
arrived() {
  received=$(find "$1" -type f | head -n 1)
  if [ -z "$received" ]; then
    not_ok "$3: an object arrived"
    return
  fi
  dcmdump "$received" >"$tmp/dump.txt" 2>&1
  has "$tmp/dump.txt" "# Dicom-Data-Set" "$3: an object arrived"
  has "$tmp/dump.txt" "# Used TransferSyntax: $2" "$3: in $2"
  dcm2pdf "$received" "$tmp/arrived.pdf" >/dev/null 2>&1
  same "$tmp/original.pdf" "$tmp/arrived.pdf" "$3: the PDF is the same, byte for byte"
  rm -f "$received" "$tmp/arrived.pdf"
}

start_standin
guide --tls-protocol TLSv1.2 \
  --tls-cipher TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 \
  --tls-cipher TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
is 0 "$status" "stand-in, the guide's command: exit 0"
has "$out" "TLSv1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" "stand-in: TLS 1.2 with ECDHE-RSA-AES128-GCM"
has "$out" "Explicit VR Little Endian to Implicit VR Little Endian" "stand-in: the forced change is named"
has "$out" "1 acknowledged" "stand-in: the summary says so"
is "" "$(cat "$err")" "stand-in: nothing on stderr"
arrived "$tmp/standin" "Little Endian Implicit" "stand-in, TLS 1.2"

guide --tls-protocol TLSv1.3
is 0 "$status" "stand-in, TLS 1.3: exit 0"
has "$out" "TLSv1.3, TLS_AES_" "stand-in: TLS 1.3 negotiated"
arrived "$tmp/standin" "Little Endian Implicit" "stand-in, TLS 1.3"

guide
is 0 "$status" "stand-in, no protocol and no cipher named: exit 0"
has "$out" "TLSv1.3, TLS_AES_" "stand-in: the best both have is negotiated"
arrived "$tmp/standin" "Little Endian Implicit" "stand-in, defaults"

start_storescp_tls storescp
guide --tls12
is 0 "$status" "storescp +tls: exit 0"
arrived "$tmp/storescp" "Little Endian Explicit" "storescp +tls"

start_testscp_tls testscp --calling DCM_PDF_SCP --called IRIS_PDF_SCU
guide --tls12
is 0 "$status" "test receiver, TLS 1.2: exit 0"
arrived "$tmp/testscp" "Little Endian Implicit" "test receiver, TLS 1.2"
guide --tls13
is 0 "$status" "test receiver, TLS 1.3: exit 0"
arrived "$tmp/testscp" "Little Endian Implicit" "test receiver, TLS 1.3"

if has_dcmjs; then
  start_dcmjs dcmjs
  for protocol in TLSv1.2 TLSv1.3; do
    guide --tls-protocol $protocol
    is 0 "$status" "dcmjs-dimse, $protocol: exit 0"
    arrived "$tmp/dcmjs" "Little Endian" "dcmjs-dimse, $protocol"
  done
  run "$MTLS_STORESCU" --echo -c "IRIS_PDF_SCU@localhost:$PORT" --tls-host iris \
    --key-store "$PKI/clients/dcm1/scu1.p12" --key-store-pass changeit \
    --trust-store "$PKI/clients/dcm1/truststore.p12" --trust-store-pass changeit
  is 0 "$status" "dcmjs-dimse answers a C-ECHO: exit 0"
  has "$out" "answered the C-ECHO" "and its round-trip time is told"
fi

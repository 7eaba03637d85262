#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Peers that never stop sending TLS records without data: a send and --check
# --nagios end in time, and say what they waited for.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_pki
object=$TESTDATA/dicom/sr.dcm

# HelloRequests in clear to whoever connects, as fast as they go or one each PAUSE seconds.
cat >"$tmp/hello.pl" <<'END'
use strict;
use IO::Socket::INET;
my ($port, $pause) = @ARGV;
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 5, ReuseAddr => 1)
  or die "cannot listen: $!";
$SIG{PIPE} = 'IGNORE';
alarm 300;
while (my $client = $listener->accept) {
  while (syswrite $client, "\x16\x03\x03\x00\x04\x00\x00\x00\x00") {
    select undef, undef, undef, $pause if $pause;
  }
}
END

# openssl s_server that updates the keys of TLS 1.3 for each line with a K that it reads.
cat >"$tmp/updates.sh" <<'END'
port=$1
trap 'kill "$server" "$writer" 2>/dev/null' EXIT
trap 'exit 143' TERM
mkfifo "$0.$port"
openssl s_server -accept "$port" -tls1_3 -cert "$CERT" -key "$KEY" -CAfile "$CA" -Verify 3 <"$0.$port" &
server=$!
timeout 300 yes K >"$0.$port" &
writer=$!
wait "$server"
END
export CERT="$PKI/server/server.crt" KEY="$PKI/server/server.key" CA="$PKI/ca/ca.crt"

# attempt OPTION...
attempt() {
  run timeout -k 2 60 "$MTLS_STORESCU" -c "ANY@127.0.0.1:$PORT" --tls-host iris --key-store \
    "$PKI/clients/dcm1/scu1.p12" --key-store-pass changeit --trust-store "$PKI/ca/ca.crt" "$@"
}

# ends_in_time NAME: the peer that listens does not hold a send, nor a monitor.
ends_in_time() {
  attempt --retry 0 --tls-timeout 1500 --accept-timeout 1500 --response-timeout 1500 --send-timeout 1500 "$object"
  is 50 "$status" "$1: a send ends with 50"
  grep -qE '^mtls-storescu: error: .*(keeps sending TLS records without data|no ServerHello|no answer)' "$err"
  is 0 $? "$1: and says what holds it up"
  has "$out" "0 acknowledged" "$1: nothing is acknowledged"
  attempt --check --nagios --max-time 4
  is 2 "$status" "$1: a monitor learns that it is critical"
  has "$out" "CRITICAL" "$1: in its line too"
  stop "$PID"
}

listener hello perl "$tmp/hello.pl" PORT 0
ends_in_time "HelloRequests"
listener hello perl "$tmp/hello.pl" PORT 0.05
ends_in_time "HelloRequests that drip"
listener updates sh "$tmp/updates.sh" PORT
ends_in_time "key updates"

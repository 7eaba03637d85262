#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Key exchange groups: which are offered, agreed on and reported, with receivers
# that accept few of them, and networks that do not transport a large ClientHello.
# OpenSSL has post-quantum groups from 3.5 on; with an older one their rows are skipped.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_pki
make_study study --objects 1

# skip TEXT
skip() {
  ok "$1 # SKIP $(openssl version | cut -d ' ' -f 1-2) has no post-quantum groups, 3.5 and later do"
}

post_quantum=no
if openssl s_client -groups X25519MLKEM768 -connect 127.0.0.1:1 2>&1 | grep -q 'onnect'; then
  post_quantum=yes
fi

# like FILE PATTERN TEXT
like() {
  if grep -q -e "$2" "$1"; then
    ok "$3"
  else
    not_ok "$3"
    echo "#   nothing like \"$2\" in:"
    sed 's/^/#   /' "$1"
  fi
}

# receiver NAME GROUPS: storescp behind stunnel, since DCMTK's own layer takes few groups.
receiver() {
  start_storescp "$1" +xi
  start_stunnel "$1-tls" "$PORT" "curves = $2"
}

# opposite NAME GROUPS [OPTION...]: openssl s_server, which takes these groups and wants our certificate.
opposite() {
  opposite_name=$1
  opposite_groups=$2
  shift 2
  listener "$opposite_name" openssl s_server -accept PORT -quiet -groups "$opposite_groups" \
    -cert "$PKI/server/server.crt" -key "$PKI/server/server.key" -CAfile "$PKI/ca/ca.crt" -Verify 3 "$@"
}

echo "# --- the group is told"
receiver scp X25519:P-256:P-384
for group in x25519 secp256r1 secp384r1; do
  scu -v --tls13 --tls-group "$group" "$tmp/study"
  is 0 "$status" "--tls-group $group: exit 0"
  has "$out" ": TLSv1.3, TLS_AES_256_GCM_SHA384, $group;" "--tls-group $group: -v tells it"
done
scu --json --tls12 --tls-group x25519 --tls-group secp256r1 "$tmp/study"
has "$out" '"group":"x25519"' "TLS 1.2: --json tells it"
scu --check --json --tls-group secp384r1
like "$out" '"type":"tls".*"group":"secp384r1"' "--check --json tells it"
scu --check --tls-group '?no-such-group' --tls-group secp384r1
is 0 "$status" "a group that OpenSSL lacks, with ?: exit 0"
has "$out" "TLS_AES_256_GCM_SHA384, secp384r1" "--check tells it"
scu --tls-group no-such-group "$tmp/study"
is 2 "$status" "a group that OpenSSL lacks: exit 2"
has "$err" "no key exchange group of this name" "and says so"
scu --plain --tls-group x25519 "$tmp/study"
is 2 "$status" "--plain with a group: exit 2"

echo "# --- receivers of one group"
opposite narrow secp256r1
scu --check --json --tls-group x25519
is 34 "$status" "no group in common: exit 34"
has "$out" '"id":"tls-no-common"' "no group in common: the finding"
has "$out" "--tls-group" "no group in common: the remedy"
scu --tls-debug --tls-group x25519 --tls-group secp256r1 --accept-timeout 1000 --retry 0 "$tmp/study"
like "$err" "wants another key share: .* group secp256r1" "the second group: asked for"
like "$err" "handshake done: .* group secp256r1" "the second group: agreed on"

if [ "$post_quantum" = yes ]; then
  receiver large X25519MLKEM768:X25519:P-256
  scu -v "$tmp/study"
  has "$out" ": TLSv1.3, TLS_AES_256_GCM_SHA384, X25519MLKEM768;" "a post-quantum group comes by itself"
  scu -v --tls-group '?X25519MLKEM768' --tls-group x25519 "$tmp/study"
  has "$out" ", X25519MLKEM768;" "?X25519MLKEM768 is offered"
  opposite hybrid X25519MLKEM768
  scu --check --json --tls-group x25519
  is 34 "$status" "a receiver of post-quantum groups alone, classical ones offered: exit 34"
  scu --tls-debug --accept-timeout 1000 --retry 0 "$tmp/study"
  like "$err" "handshake done: .* group X25519MLKEM768" "a receiver of post-quantum groups alone: agreed on"

  receiver alone X25519MLKEM768
  scu --check=full --json
  is 0 "$status" "--check=full of a receiver of post-quantum groups alone: exit 0"
  like "$out" '"name":"TLSv1.3"[^}]*"judgement":"taken"' "it takes TLS 1.3"
  like "$out" '"name":"TLS_AES_128_GCM_SHA256"[^}]*"judgement":"taken"' "it takes suites of TLS 1.3"
  has "$out" "accepts only post-quantum key exchange groups, and TLS 1.2 has none" "why it takes no TLS 1.2"
  hasnt "$out" "not as in the guide's settings" "that is not held against its settings"
else
  skip "a post-quantum group comes by itself"
  skip "a receiver of post-quantum groups alone"
fi

echo "# --- a path that bears no ClientHello of two packets"
cat >"$tmp/path.pl" <<'END'
use strict; use IO::Socket::INET; use IO::Select;
my ($port, $backend, $how) = @ARGV;
my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $port, Listen => 16, ReuseAddr => 1) or die $!;
$SIG{CHLD} = "IGNORE";
while (my $c = $s->accept) {
	next if fork;
	sysread $c, my $hello, 65536;
	if (length $hello > 1400) {
		sysread $c, $hello, 65536 if $how eq "mute"; # until it goes
		exit;
	}
	my $b = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $backend) or exit;
	syswrite $b, $hello;
	my $both = IO::Select->new($c, $b);
	while (1) {
		for my $from ($both->can_read) {
			sysread($from, my $bytes, 65536) or exit;
			syswrite $from == $c ? $b : $c, $bytes;
		}
	}
}
END
if [ "$post_quantum" != yes ]; then
  skip "the remedy"
  exit
fi
receiver behind X25519MLKEM768:X25519:P-256
behind=$PORT
for how in close mute; do
  code=35 id=tls-not-tls
  [ "$how" = mute ] && code=50 id=tls-timeout
  listener "path-$how" perl "$tmp/path.pl" PORT "$behind" "$how"
  scu --tls-timeout 2000 --retry 0 --tls-debug "$tmp/study"
  is "$code" "$status" "$how: exit $code"
  has "$err" "--tls-group x25519 --tls-group secp256r1 makes it small" "$how: the remedy"
  is 1 "$(grep -c 'we offer ' "$err")" "$how: a send does not fall back"
  scu --check --json --tls-timeout 2000
  is "$code" "$status" "$how, --check: exit $code"
  has "$out" "\"id\":\"$id\"" "$how, --check: what failed"
  has "$out" '"id":"tls-large-hello"' "$how, --check: the small one is answered"
  scu --tls-group x25519 --tls-group secp256r1 "$tmp/study"
  is 0 "$status" "$how: the remedy helps"
done

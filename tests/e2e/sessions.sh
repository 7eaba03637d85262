#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A run with several associations resumes the TLS session of the first, also with
# receivers that are not ours; everything arrives, and --check makes a full
# handshake each time.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_pki
make_study study --objects 120 --studies 6 --classes 3 --syntaxes implicit
poison=$(uid_of "$tmp/study/IM000030")

# handshakes KIND: how many of them the last run narrated (--tls-debug).
handshakes() {
  grep -c "handshake done: .* a $1 session" "$err"
}

# at_least N GOT TEXT
at_least() {
  if [ "$2" -ge "$1" ]; then
    ok "$3"
  else
    not_ok "$3"
    echo "#   wanted: $1 or more, got: $2"
  fi
}

for version in 12 13; do
  echo "# --- TLS 1.${version#1}: one association after the other"
  start_testscp_tls "scp$version" --abort-uid "$poison"
  scu "--tls$version" --tls-debug --retry-delay 0 "$tmp/study"
  is 10 "$status" "the receiver aborts on one object: exit 10"
  is 119 "$(distinct "scp$version")" "all others arrive"
  is 1 "$(handshakes new)" "one full handshake"
  at_least 2 "$(handshakes resumed)" "the others resume its session"
  is "$(associations "scp$version")" "$(($(handshakes new) + $(handshakes resumed)))" "none was made in vain"
  is 1 "$(grep -c 'we show 1 certificate' "$err")" "our certificate is shown once"

  echo "# --- TLS 1.${version#1}: side by side"
  start_testscp_tls "side$version" --concurrent --abort-uid "$poison"
  scu "--tls$version" --tls-debug --retry-delay 0 -j 4 --split-studies "$tmp/study"
  is 10 "$status" "-j 4: exit 10"
  is 119 "$(distinct "side$version")" "-j 4: all others arrive"
  at_least 1 "$(handshakes resumed)" "-j 4: sessions are resumed"
  hasnt "$err" "trying again without it" "-j 4: and none is refused"

  echo "# --- TLS 1.${version#1}: peers that are not ours"
  start_testscp "behind$version" --abort-uid "$poison"
  start_stunnel "quiet$version" "$PORT"
  sed 's/^debug = .*/debug = info/' "$tmp/quiet$version.conf.in" >"$tmp/stunnel$version.conf.in"
  # shellcheck disable=SC2016 # expanded by the inner shell
  listener "stunnel$version" sh -c 'sed "s/@PORT@/$1/" "$2.in" >"$2" && exec stunnel "$2"' sh PORT \
    "$tmp/stunnel$version.conf"
  scu "--tls$version" --tls-debug --retry-delay 0 "$tmp/study"
  is 119 "$(distinct "behind$version")" "stunnel: all others arrive"
  is 1 "$(handshakes new)" "stunnel: one full handshake"
  is "$(handshakes resumed)" "$(grep -c 'TLS accepted: previous session reused' "$tmp/stunnel$version.log")" \
    "stunnel tells the same"

  start_storescp_tls "storescp$version"
  scu "--tls$version" --tls-debug "$tmp/study"
  is 0 "$status" "storescp: exit 0"
  arrived "$tmp/study" "$tmp/storescp$version" "storescp: everything arrives"
  is 1 "$(handshakes new)" "storescp: one full handshake"
done

echo "# --- what proves all anew"
start_testscp_tls checked --concurrent
scu --check=full --tls-debug "$tmp/study"
at_least 2 "$(handshakes new)" "--check: several handshakes"
is 0 "$(handshakes resumed)" "--check: no session is resumed"
hasnt "$err" "offer to resume" "--check: nor offered"

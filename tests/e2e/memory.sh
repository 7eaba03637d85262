#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Memory stays constant: ten times the files hardly need more at the peak.
#
#   LONG=1   10,000 and 100,000 files, sent too; else only planned, 2,000 and 20,000
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# Valgrind, by a script in the program's place, and sanitizers have memory of their own.
if grep -aqE '^#!|__[at]san_init' "$MTLS_STORESCU"; then
  ok "memory stays flat # SKIP not the bare program"
  exit 0
fi

FEW=2000
[ -z "${LONG:-}" ] || FEW=10000
MANY=$((FEW * 10))
PORT=1 # nobody is there
make_pki
make_study few --nested --objects "$FEW" --studies $((FEW / 100)) --classes 5 --syntaxes implicit
make_study many --nested --objects "$MANY" --studies $((MANY / 100)) --classes 5 --syntaxes implicit
# The kernel's own account of an ended process.
${CC:-cc} -D_GNU_SOURCE -o "$tmp/stopwatch" "$TOP_SRCDIR/bench/stopwatch.c" || exit 1

# peak [OPTION...] DIR: KiB resident at most; nothing if the run fails.
peak() {
  (THROUGH="$tmp/stopwatch 1 run" && guided "$@") 2>"$tmp/peak.log" | awk '$1 == "run" { print $6 }'
}

# flat TEXT [OPTION...]: within 1.2 times for ten times the files.
flat() {
  text=$1
  shift
  few=$(peak "$@" "$tmp/few")
  many=$(peak "$@" "$tmp/many")
  echo "# $text: $few KiB for $FEW files, $many KiB for $MANY"
  is true "$([ "${few:-0}" -gt 0 ] && [ "${many:-0}" -gt 0 ] && echo true)" "$text: measured"
  is true "$([ $((${many:-0} * 10)) -le $((${few:-0} * 12)) ] && echo true || echo "$few KiB, $many KiB")" \
    "$text: flat"
}

flat "--dry-run" --dry-run

# A deflated data set is inflated for the length, and again while it is sent.
INFLATED=$((64 * 1048576))
[ -z "${LONG:-}" ] || INFLATED=3221225472
perl -MCompress::Raw::Zlib -e '
  my ($file, $size) = @ARGV;
  sub element { pack("vva2v", @_[0..2], length $_[3]) . $_[3] }
  sub put { my $out; $z->deflate($_[0], $out); print $o $out }
  open $o, ">:raw", $file or die;
  my $meta = element(2, 16, "UI", "1.2.840.10008.1.2.1.99");
  print $o "\0" x 128, "DICM", element(2, 0, "UL", pack "V", length $meta), $meta;
  ($z) = Compress::Raw::Zlib::Deflate->new(-WindowBits => -15, -Level => 1);
  put(element(8, 22, "UI", "1.2.840.10008.5.1.4.1.1.7\0") . element(8, 24, "UI", "1.2.1900"));
  put(pack("vva2vV", 0x7fe0, 16, "OW", 0, $size));
  my $zeros = "\0" x 1048576;
  put($zeros) for 1 .. $size / 1048576;
  my $out; $z->flush($out); print $o $out' "$tmp/deflated.dcm" "$INFLATED"
start_testscp_tls inflated --ignore
few=$(peak --no-progress "$tmp/deflated.dcm")
echo "# $(wc -c <"$tmp/deflated.dcm") bytes deflated, $INFLATED inflated: $few KiB"
has "$tmp/inflated.log" "ignored 1.2.1900" "a deflated object arrives"
is true "$([ "${few:-0}" -gt 0 ] && [ "$few" -le 40960 ] && echo true)" "in constant memory"

[ -n "${LONG:-}" ] || exit 0
start_testscp_tls sink --ignore --concurrent --lifetime 1800
flat "one association" --no-progress
flat "three associations, a journal" --no-progress -j 3 --resend --journal "$tmp/journal.db"

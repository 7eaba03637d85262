#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Large objects of many compressed frames, to a receiver that takes implicit VR
# only: they are decompressed while they are sent, a few frames at a time.
#
#   LONG=1   2,000 frames of 512 KiB in place of 96: takes 2 GB in $TMPDIR
# shellcheck disable=SC2016 # that is Perl
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

FRAMES=96
[ -z "${LONG:-}" ] || FRAMES=2000
DIFFERENT=8
make_pki

# raw.pl: so many frames of 512 x 512 of 16 bits, none like another.
cat >"$tmp/raw.pl" <<'END'
use strict;
binmode STDOUT;
my $seed = 1;
for my $frame (1 .. $ARGV[0]) {
	for my $row (0 .. 511) {
		print pack "v*", map { $seed = ($seed * 1103515245 + 12345) & 0x7fffffff;
			($_ + $row * $frame & 2047) + ($_ & 64 ? $seed >> 28 : 0) } 0 .. 511;
	}
}
END

# repeat.pl FILE COUNT TABLE [PERL]: the file with its fragments @f, one for each frame, over and
# over, COUNT of them; with a Basic Offset Table (basic), an extended one (extended), or in two
# fragments each without one (cut). The statements may change frame $n (from 1) in $_.
cat >"$tmp/repeat.pl" <<'END'
use strict;
my ($path, $count, $table, $code) = (@ARGV, "");
open my $file, "<:raw", $path or die;
my $d = do { local $/; <$file> };
my $at = index $d, "\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff";
my $head = substr $d, 0, $at;
my @f;
for ($at += 12; "\xfe\xff\0\xe0" eq substr $d, $at, 4; $at += 8 + length $f[-1]) {
	push @f, substr $d, $at + 8, unpack "V", substr $d, $at + 4, 4;
}
shift @f;
my (@offsets, @lengths);
my $offset = 0;
for my $i (0 .. $count - 1) {
	push @offsets, $offset;
	push @lengths, length $f[$i % @f];
	$offset += 8 + $lengths[-1];
}
binmode STDOUT;
print $head;
if ($table eq "extended") {
	print "\xe0\x7f\1\0OV\0\0", pack("V", 8 * $count), pack("Q<*", @offsets);
	print "\xe0\x7f\2\0OV\0\0", pack("V", 8 * $count), pack("Q<*", @lengths);
}
my $basic = $table eq "basic" ? pack "V*", @offsets : "";
print "\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff\xfe\xff\0\xe0", pack("V", length $basic), $basic;
for my $n (1 .. $count) {
	local $_ = $f[($n - 1) % @f];
	eval "$code; 1" or die $@;
	my @pieces = $table eq "cut" ? (substr($_, 0, 1000), substr($_, 1000)) : $_;
	print "\xfe\xff\0\xe0" . pack("V", length) . $_ for @pieces;
}
print "\xfe\xff\xdd\xe0\0\0\0\0\xfc\xff\xfc\xffOB\0\0\4\0\0\0\0\0\0\0";
END

# many NAME TOOL TABLE [PERL]: $tmp/NAME.dcm, compressed by the tool.
many() {
  "$2" "$tmp/plain.dcm" "$tmp/one.dcm" || exit 1
  dcmodify -q -nb -m "NumberOfFrames=$FRAMES" -gin "$tmp/one.dcm"
  perl "$tmp/repeat.pl" "$tmp/one.dcm" "$FRAMES" "$3" "${4:-}" >"$tmp/$1.dcm" || exit 1
}

# exact NAME: its pixels are those that were compressed, over and over; as one digest.
exact() {
  got=$(find "$tmp/implicit" -type f -name "*$(uid_of "$tmp/$1.dcm")*" | head -n 1)
  # Pixel Data, and trailing padding behind it.
  digest=$(perl -e '
    my ($size) = @ARGV;
    open my $file, "<:raw", $ARGV[1] or die;
    seek $file, -$size - 12 - 8, 2;
    read $file, my $header, 8;
    printf "%s ", unpack("H*", $header) eq "e07f1000" . unpack("H*", pack "V", $size) ? "header" : "none";
    while ($size > 0) {
      my $n = read $file, my $bytes, $size < 1048576 ? $size : 1048576 or die;
      print STDERR $bytes;
      $size -= $n;
    }' $((FRAMES * 524288)) "${got:-/dev/null}" 2>&1 >"$tmp/header" | md5sum | cut -c 1-32)
  is "header $WANTED" "$(cat "$tmp/header")$digest" "$1: the pixels arrived"
  rm -f "$got"
}

perl "$tmp/raw.pl" "$DIFFERENT" >"$tmp/raw"
cp "$TESTDATA/dicom/ct.dcm" "$tmp/plain.dcm"
dcmodify -q -nb -m Rows=512 -m Columns=512 -i "NumberOfFrames=$DIFFERENT" -if "PixelData=$tmp/raw" "$tmp/plain.dcm"
WANTED=$(for _ in $(seq $((FRAMES / DIFFERENT))); do cat "$tmp/raw"; done | md5sum | cut -c 1-32)

echo "# --- whatever tells the frames apart"
start_testscp_tls implicit --lifetime 1800
for row in "rle dcmcrle basic" "extended dcmcrle extended" "each dcmcjpls none" "cut dcmcjpls cut" "jpeg dcmcjpeg basic"; do
  # shellcheck disable=SC2086 # its words
  set -- $row
  many "$@"
  scu -v --max-object-memory 16M "$tmp/$1.dcm"
  is 0 "$status" "$row: exit 0, with less memory than all pixels would take"
  exact "$1"
  rm -f "$tmp/$1.dcm"
done

echo "# --- a frame in the middle is damaged"
for row in "rle dcmcrle" "jls dcmcjpls" "jpeg dcmcjpeg"; do
  # shellcheck disable=SC2086 # its words
  set -- $row
  many "bad-$1" "$2" basic "\$_ = substr(\$_, 0, 20000) . \"\\0\" x (length(\$_) - 20000) if \$n == $((FRAMES / 2))"
  start_testscp_tls "cut-$1" --lean --window 4 --syntax implicit
  scu "$TESTDATA/dicom/ct.dcm" "$TESTDATA/dicom/rgb.dcm" "$tmp/bad-$1.dcm" "$TESTDATA/dicom/rle.dcm" \
    "$TESTDATA/dicom/j2k-ct.dcm"
  is 10 "$status" "$1: exit 10"
  has "$out" "4 acknowledged, 1 failed" "$1: the others arrive"
  has "$err" "bad-$1.dcm: cannot be decompressed from" "$1: the sentence"
  has "$err" "frame $((FRAMES / 2)) of $FRAMES: " "$1: which frame"
  hasnt "$err" "aborts on it" "$1: the receiver is not to blame"
  is "4 0" "$(find "$tmp/cut-$1" -type f | wc -l) $(find "$tmp/cut-$1" -type f -size +1000k | wc -l)" \
    "$1: nothing of it was kept"
  is 2 "$(associations "cut-$1")" "$1: the association is aborted, and made anew"
  rm -f "$tmp/bad-$1.dcm"
done

echo "# --- a frame in the middle has a segment too many, which shows before anything is sent"
many bad-segments dcmcrle basic "substr(\$_, 0, 1) = \"\\3\" if \$n == $((FRAMES / 2))"
start_testscp_tls segments --lean --window 4 --syntax implicit
scu "$TESTDATA/dicom/ct.dcm" "$tmp/bad-segments.dcm" "$TESTDATA/dicom/rle.dcm"
is 10 "$status" "segments: exit 10"
has "$out" "2 acknowledged, 1 failed" "segments: the others arrive"
has "$err" "an RLE frame has 3 segments, but its pixels have 2 bytes" "segments: the sentence"
is 1 "$(associations segments)" "segments: the association goes on"
rm -f "$tmp/bad-segments.dcm"

echo "# --- memory"
# Valgrind, by a script in the program's place, and sanitizers have memory of their own.
if grep -aqE '^#!|__[at]san_init' "$MTLS_STORESCU"; then
  ok "memory # SKIP not the bare program"
  exit 0
fi
# peaks PID: KiB that it and its helpers have had resident at the peak of each, added up.
peaks() {
  for process in "$1" $(cat "/proc/$1/task"/*/children 2>/dev/null); do
    awk '/^VmHWM:/ { print $2 }' "/proc/$process/status" 2>/dev/null
  done | awk '{ sum += $1 } END { print sum + 0 }'
}

start_testscp_tls sink --lean --ignore --syntax implicit
for row in "rle dcmcrle" "jls dcmcjpls" "jpeg dcmcjpeg"; do
  # shellcheck disable=SC2086 # its words
  set -- $row
  many "$1" "$2" basic
  scu_start "$1" "$tmp/$1.dcm"
  most=0
  while kill -0 "$CLIENT" 2>/dev/null; do
    now=$(peaks "$CLIENT")
    [ "$now" -le "$most" ] || most=$now
  done
  scu_end
  is 0 "$status" "$1: exit 0"
  is true "$([ "$most" -gt 0 ] && [ "$most" -lt 60000 ] && echo true || echo "$most KiB")" \
    "$1: its three processes together have less than 60 MB resident ($most KiB)"
  rm -f "$tmp/$1.dcm"
done

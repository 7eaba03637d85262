#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Every fixture, unchanged if the receiver accepts its syntax, rewritten if not:
# the data set that arrives is the one that was sent.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_pki

# dump FILE OUTPUT: the data set as text, without what a change of syntax may
# change: lengths, group 2, group lengths, and the VR of private elements (which
# implicit VR does not carry). Pixel data, OB or OW, follow as bytes.
dump() {
  dcmdump -q +L "$1" 2>/dev/null |
    sed -e '/^#/d' -e '/^(0002,/d' -e '/^$/d' -e '/^ *(....,0000) /d' -e '/^ *(fffe,e0[0d]d)/d' \
      -e 's/  *#[^#]*$//' -e 's/(Sequence with .*$/SQ/' -e 's/(Item with .*$/ITEM/' \
      -e '/^(7fe0,0010)/d' -e 's/^\( *([0-9a-f]\{3\}[13579bdf],....)\) [A-Z?]\{2\} /\1 ?? /' -e 's/SQ SQ$/SQ/' -e 's/?? SQ$/SQ/' >"$2"
  rm -rf "$tmp/pixels"
  mkdir "$tmp/pixels"
  dcmdump -q +P PixelData +W "$tmp/pixels" "$1" >/dev/null 2>&1
  cat "$tmp"/pixels/*.raw 2>/dev/null | cksum >>"$2"
}

# data FILE OUTPUT: the data set's bytes, behind the meta header.
data() {
  perl -e '
    local $/; open my $f, "<:raw", $ARGV[0] or die; my $d = <$f>;
    my $o = 0;
    if (substr($d, 128, 4) eq "DICM") { $o = 132 }
    if (substr($d, $o, 4) eq "\x02\0\0\0") { $o += 12 + unpack("V", substr($d, $o + 8, 4)) }
    print substr($d, $o)' "$1" >"$2"
}

uid_of() {
  dcmdump +P SOPInstanceUID "$1" 2>/dev/null | sed -n 's/.*\[\(.*\)\].*/\1/p' | tail -n 1
}

# arrived FIXTURE DIR: the path of the object as received.
arrived() {
  find "$2" -type f -name "*$(uid_of "$1")*" | head -n 1
}

# raw FIXTURE: byte for byte; a deflated stream of odd length with its NUL (PS3.5 A.5).
raw() {
  got=$(arrived "$1" "$tmp/all")
  data "$1" "$tmp/sent.data"
  [ $(($(wc -c <"$tmp/sent.data") % 2)) -eq 0 ] || printf '\0' >>"$tmp/sent.data"
  data "${got:-/dev/null}" "$tmp/got.data"
  same "$tmp/sent.data" "$tmp/got.data" "${1##*/}: raw, byte for byte"
}

# rewritten FIXTURE DIR SYNTAX: the same data set in another syntax.
rewritten() {
  got=$(arrived "$1" "$2")
  like=$1
  # Its twin knows how the private values look when no VR tells what they are.
  [ "$1:$3" != "$dicom/private.dcm:implicit VR little endian" ] || like=$dicom/private-implicit.dcm
  dump "$like" "$tmp/sent.txt"
  dump "${got:-/dev/null}" "$tmp/got.txt"
  sed -i -e '/^(0008,0018)/d' -e '/^(0020,000e)/d' -e '/^(0020,0011)/d' "$tmp/sent.txt" "$tmp/got.txt"
  if [ -s "$tmp/got.txt" ] && diff "$tmp/sent.txt" "$tmp/got.txt" >"$tmp/diff.txt"; then
    ok "${1##*/}: the same data set in $3"
  else
    not_ok "${1##*/}: the same data set in $3"
    head -n 20 "$tmp/diff.txt" | cut -c 1-150 | sed 's/^/#   /'
  fi
}

dicom=$TESTDATA/dicom
uncompressed="$dicom/ct.dcm $dicom/implicit.dcm $dicom/bigendian.dcm $dicom/deflated.dcm $dicom/nopreamble.dcm
  $dicom/bare.dcm $dicom/sr.dcm $dicom/rgb.dcm $dicom/multiframe.dcm $dicom/private.dcm
  $dicom/private-implicit.dcm $dicom/private-un.dcm $dicom/japanese.dcm $dicom/chinese.dcm
  $TESTDATA/embeddedpdf.dcm"
mended="$dicom/odd.dcm $dicom/pdf-last.dcm"
compressed="$dicom/jpeg.dcm $dicom/rle.dcm"

echo "# --- a receiver that takes every syntax: raw"
start_testscp_tls all --syntax all
# shellcheck disable=SC2086
scu -v $uncompressed $mended $compressed
is 0 "$status" "everything acknowledged: exit 0"
has "$out" "19 acknowledged" "all of them"
for file in $uncompressed $compressed; do
  raw "$file"
done
for file in $mended; do
  rewritten "$file" "$tmp/all" "its own syntax, mended"
done
has "$out" "a value of odd length padded" "the padding is named"
has "$out" "elements put in ascending order" "the order is named"

echo "# --- a receiver like IRIS: implicit VR only"
start_testscp_tls implicit
# shellcheck disable=SC2086
scu -v $uncompressed $mended $compressed
is 10 "$status" "all but the lossy one: exit 10"
has "$out" "18 acknowledged, 1 failed" "that failed, nothing else"
has "$err" "jpeg.dcm: the receiver accepts Secondary Capture Image Storage" "the reason is told"
has "$err" "--transcode always" "and the remedy"
for file in $uncompressed $mended; do
  rewritten "$file" "$tmp/implicit" "implicit VR little endian"
done

echo "# --- a receiver of explicit VR only: implicit to explicit"
start_testscp_tls explicit --syntax explicit
# shellcheck disable=SC2086
scu -v $uncompressed $mended
is 0 "$status" "everything acknowledged: exit 0"
has "$out" "private elements sent as UN" "that no dictionary knows what they are is named"
for file in $uncompressed $mended; do
  rewritten "$file" "$tmp/explicit" "explicit VR little endian"
done

# Implicit VR leaves it to Pixel Representation whether these are signed.
ct=$tmp/signed.dcm
cp "$dicom/jls-signed.dcm" "$ct"
dcmodify -q -nb -i "(0028,0120)=-2000" "$ct"
dcmdjpls +ti "$ct" "$tmp/signed-implicit.dcm"
scu -v "$tmp/signed-implicit.dcm"
is 0 "$status" "signed pixels, implicit to explicit: exit 0"
dcmdump +P PixelPaddingValue "$(arrived "$ct" "$tmp/explicit")" >"$tmp/padding.txt" 2>&1
has "$tmp/padding.txt" "(0028,0120) SS -2000" "a padding value as signed as the pixels"

echo "# --- a receiver that takes compressed objects only"
start_testscp_tls jpeg --syntax jpeg
scu "$dicom/jpeg.dcm"
is 0 "$status" "JPEG to a receiver of JPEG: exit 0"
scu "$dicom/rle.dcm"
is 41 "$status" "RLE to a receiver of JPEG: exit 41"
has "$err" "RLE Lossless" "and its syntax is named"

echo "# --- values that DCMTK would mend if it were let"
# make.pl FILE WANTED: an object in explicit VR of rows "ggggeeee VR count byte... [pad]", and what
# its data set is in implicit VR: the value count times, the pad behind an odd one.
cat >"$tmp/make.pl" <<'END'
my ($file, $wanted) = @ARGV;
my ($explicit, $implicit) = ("", "");
sub element {
	my ($tag, $vr, $value) = @_;
	my $long = $vr =~ /^(OB|OW|UN|UT)$/;
	return pack("vva2", hex substr($tag, 0, 4), hex substr($tag, 4), $vr)
	    . ($long ? pack("vV", 0, length $value) : pack("v", length $value)) . $value;
}
while (<STDIN>) {
	my ($tag, $vr, $times, $text, $pad) = /^(\w+) (\w+) (\d+) "(.*?)"(?: "(.*)")?$/ or die $_;
	s/\\0/\0/g for $text, $pad;
	my $value = $text x $times;
	$explicit .= element($tag, $vr, $value);
	$value .= $pad // "";
	$implicit .= pack("vvV", hex substr($tag, 0, 4), hex substr($tag, 4), length $value) . $value;
}
my $meta = element("00020010", "UI", "1.2.840.10008.1.2.1\0");
open my $out, ">:raw", $file or die;
print $out "\0" x 128, "DICM", element("00020000", "UL", pack("V", length $meta)), $meta, $explicit;
open $out, ">:raw", $wanted or die;
print $out $implicit;
END
perl "$tmp/make.pl" "$tmp/values.dcm" "$tmp/values.wanted" <<'END'
00080016 UI 1 "1.2.840.10008.5.1.4.1.1.7\0"
00080018 UI 1 "2.25.700"
00080060 CS 1 "OT    "
00090010 LO 1 "OURS  "
00091000 UN 35000 "uv"
00091001 OB 4999 "b" "\0"
00091002 OW 7 "w" "\0"
00100010 PN 1 "DOE^JOHN    "
00100020 LO 1 "odd" " "
00104000 LT 1 " text    \0\0 "
0020000d UI 1 "1.2.3 "
0020000e UI 1 "1.2.4\0\0\0"
00200010 SH 1 "      "
0040a160 UT 9999 "t" " "
7fe00010 OB 9999 "p" "\0"
END
start_testscp_tls values
scu -v "$tmp/values.dcm"
is 0 "$status" "padding in excess, odd lengths of every kind: exit 0"
has "$out" "a value of odd length padded" "the padding is named"
data "$(find "$tmp/values" -type f -name '*2.25.700*' | head -n 1)" "$tmp/got.data"
same "$tmp/values.wanted" "$tmp/got.data" "every value has its bytes, and an odd one its own kind of padding"
{
  printf '%s\n' '00080016 UI 1 "1.2.840.10008.5.1.4.1.1.7\0"' '00080018 UI 1 "2.25.71\0"' \
    '00090010 LO 1 "OURS"'
  i=4096
  while [ "$i" -lt 4196 ]; do
    printf '0009%04x LO 1 "odd"\n' "$i"
    i=$((i + 1))
  done
  printf '%s\n' '00200010 SH 1 "one "' '00200010 SH 1 "two "'
} | perl "$tmp/make.pl" "$tmp/twice.dcm" /dev/null
scu "$tmp/twice.dcm"
is 11 "$status" "an element that occurs twice, behind a hundred warnings: exit 11"
has "$err" "(0020,0010) found twice" "the element is named"

perl -e '
  local $/; open my $f, "<:raw", $ARGV[0] or die; my $d = <$f>;
  my $end = rindex $d, "\xfe\xff\xdd\xe0"; my $item = rindex $d, "\xfe\xff\x00\xe0", $end;
  substr($d, $end, 0) = "\0" x 4999;
  substr($d, $item + 4, 4) = pack "V", 4999 + unpack "V", substr $d, $item + 4, 4;
  print $d' "$dicom/jpeg.dcm" >"$tmp/fragment.dcm"
start_testscp_tls fragment --syntax all
scu -v "$tmp/fragment.dcm"
is 0 "$status" "a fragment of odd length: exit 0"
has "$out" "a value of odd length padded" "its padding is named"
dcmdump "$(arrived "$dicom/jpeg.dcm" "$tmp/fragment")" >"$tmp/fragment.txt" 2>&1
has "$tmp/fragment.txt" "SequenceDelimitationItem" "the object that arrives is whole"

echo "# --- storescp takes what was mended"
start_storescp_tls storescp +xa
# shellcheck disable=SC2086
scu $uncompressed $mended $compressed
is 0 "$status" "storescp +xa: everything acknowledged"

#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Every fixture, raw where the receiver takes its syntax, rewritten where it
# does not: the data set that arrives is the one that was sent.
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
is 10 "$status" "all but the compressed ones: exit 10"
has "$out" "17 acknowledged, 2 failed" "the compressed ones failed, nothing else"
has "$err" "jpeg.dcm: the receiver accepts Secondary Capture Image Storage" "the reason is told"
has "$err" "dcmdjpeg" "and the remedy"
for file in $uncompressed $mended; do
  rewritten "$file" "$tmp/implicit" "implicit VR little endian"
done

echo "# --- a receiver of explicit VR only: implicit to explicit"
start_testscp_tls explicit --syntax explicit
# shellcheck disable=SC2086
scu -v $uncompressed $mended
is 0 "$status" "everything acknowledged: exit 0"
for file in $uncompressed $mended; do
  rewritten "$file" "$tmp/explicit" "explicit VR little endian"
done

echo "# --- a receiver that takes compressed objects only"
start_testscp_tls jpeg --syntax jpeg
scu "$dicom/jpeg.dcm"
is 0 "$status" "JPEG to a receiver of JPEG: exit 0"
scu "$dicom/rle.dcm"
is 41 "$status" "RLE to a receiver of JPEG: exit 41"
has "$err" "RLE Lossless" "and its syntax is named"

echo "# --- storescp takes what was mended"
start_storescp_tls storescp +xa
# shellcheck disable=SC2086
scu $uncompressed $mended $compressed
is 0 "$status" "storescp +xa: everything acknowledged"

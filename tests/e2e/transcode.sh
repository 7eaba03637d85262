#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Compressed objects to a receiver that accepts only implicit VR: the pixels that
# arrive are those of an independent decoder (GDCM), and the attributes describe
# them. What cannot be checked is refused, and the rest is sent.
# shellcheck disable=SC2016 # that is Perl
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_pki
dicom=$TESTDATA/dicom

# The fixtures without their ending; jpeg-frames is lossy and does not say so.
lossless="htj2k-ct htj2k-rct j2k-ct j2k-frames j2k-rct j2k-signed jls-frames jls-rgb jls-signed jpeg-lossless jpeg-sv1
  rle rle-frames rle-signed"
lossy="htj2k-ict j2k-ict j2k-rgb jls-near jpeg jpeg-extended jpeg-frames jpeg-rgb"

# paths NAME...: of fixtures
paths() {
  for name; do
    printf '%s ' "$dicom/$name.dcm"
  done
}

# value FILE KEYWORD
value() {
  dcmdump +P "$2" "$1" 2>/dev/null | sed -n 's/^[^[]*\[\([^]]*\)\].*/\1/p; s/^(....,....) US \([0-9]*\).*/\1/p' |
    head -n 1
}

# arrived FILE DIR: the path of the object as received.
arrived() {
  find "$2" -type f -name "*$(value "$1" SOPInstanceUID)*" | head -n 1
}

# pixels FILE OUTPUT: the bytes of Pixel Data, fragments one after another.
pixels() {
  rm -rf "$tmp/pixels"
  mkdir "$tmp/pixels"
  dcmdump -q +P "7fe0,0010" +W "$tmp/pixels" "$1" >/dev/null 2>&1
  find "$tmp/pixels" -name '*.raw' | sort -V | xargs cat >"$2"
}

# near.pl WANTED GOT TOLERANCE BYTES PHOTOMETRIC: are samples of so many bytes
# that near to each other? WANTED of YBR_FULL becomes RGB first (PS3.3 C.7.6.3.1.2).
cat >"$tmp/near.pl" <<'END'
use strict;
my ($wanted, $got, $tolerance, $size, $photometric) = @ARGV;
sub samples {
	open my $file, "<:raw", $_[0] or die "$_[0]: $!\n";
	local $/;
	my $bytes = <$file>;
	return unpack $size == 2 ? "v*" : "C*", $bytes;
}
my @wanted = samples($wanted);
my @got = samples($got);
@wanted == @got && @got or die @wanted . " samples wanted, " . @got . " got\n";
for (my $i = 0; $photometric eq "YBR_FULL" && $i < @wanted; $i += 3) {
	my ($y, $cb, $cr) = ($wanted[$i], $wanted[$i + 1] - 128, $wanted[$i + 2] - 128);
	my @rgb = ($y + 1.402 * $cr, $y - 0.344136 * $cb - 0.714136 * $cr, $y + 1.772 * $cb);
	@wanted[$i .. $i + 2] = map { $_ < 0 ? 0 : $_ > 255 ? 255 : int($_ + 0.5) } @rgb;
}
for my $i (0 .. $#got) {
	my $distance = abs($wanted[$i] - $got[$i]);
	$distance <= $tolerance or die "sample $i: $wanted[$i] wanted, $got[$i] got\n";
}
END

# decoded FIXTURE DIR: the pixels that arrived are those that GDCM gives. It
# leaves the colour of JPEG as it is, so there its result is converted, which may
# round otherwise; everything else is equal bit by bit. It does not know frames
# in several fragments, nor High-Throughput JPEG 2000: those are compared with what they were made of.
decoded() {
  got=$(arrived "$dicom/$1.dcm" "$2")
  pixels "${got:-/dev/null}" "$tmp/got.pixels"
  like=$tmp/gdcm.dcm
  tolerance=0
  case $1 in
    j2k-frames) like=$dicom/multiframe.dcm ;;
    htj2k-ct) like=$dicom/ct.dcm ;;
    htj2k-rct) like=$dicom/rgb.dcm ;;
    htj2k-ict) like=$dicom/rgb.dcm tolerance=12 ;;
    *) gdcmconv --raw "$dicom/$1.dcm" "$like" >"$tmp/gdcm.log" 2>&1 ;;
  esac
  photometric=$(value "$like" PhotometricInterpretation)
  [ "$photometric" != YBR_FULL ] || tolerance=1
  pixels "$like" "$tmp/wanted.pixels"
  if perl "$tmp/near.pl" "$tmp/wanted.pixels" "$tmp/got.pixels" "$tolerance" \
    $(($(value "$like" BitsAllocated) / 8)) "$photometric" 2>"$tmp/near.err"; then
    ok "$1: the pixels arrived"
  else
    not_ok "$1: the pixels arrived"
    sed 's/^/#   /' "$tmp/near.err"
  fi
}

# like_source FIXTURE DIR SOURCE: and they are those that were once compressed.
like_source() {
  pixels "$(arrived "$dicom/$1.dcm" "$2")" "$tmp/got.pixels"
  pixels "$dicom/$3.dcm" "$tmp/wanted.pixels"
  same "$tmp/wanted.pixels" "$tmp/got.pixels" "$1: nothing was lost since $3"
}

# described FIXTURE DIR PHOTOMETRIC LOSSY: the attributes say what the pixels are.
described() {
  got=$(arrived "$dicom/$1.dcm" "$2")
  is "$3 $4" "$(value "$got" PhotometricInterpretation) $(value "$got" LossyImageCompression)" \
    "$1: photometric interpretation and lossiness"
}

echo "# --- lossless objects are decompressed without being asked to"
start_testscp_tls implicit
# shellcheck disable=SC2046,SC2086
scu -v $(paths $lossless)
is 0 "$status" "everything acknowledged: exit 0"
for name in $lossless; do
  decoded "$name" "$tmp/implicit"
done
for name in j2k-ct jpeg-sv1; do
  like_source "$name" "$tmp/implicit" ct
done
for name in j2k-frames jls-frames rle-frames; do
  like_source "$name" "$tmp/implicit" multiframe
done
for name in jls-rgb jpeg-lossless rle; do
  like_source "$name" "$tmp/implicit" rgb
done
described j2k-rct "$tmp/implicit" RGB ""
described htj2k-rct "$tmp/implicit" RGB ""
described jls-rgb "$tmp/implicit" RGB ""
described j2k-signed "$tmp/implicit" MONOCHROME2 ""
is "12 11 1" "$(for word in BitsStored HighBit PixelRepresentation; do
  value "$(arrived "$dicom/j2k-signed.dcm" "$tmp/implicit")" $word
done | paste -s -d ' ' -)" "signed pixels: 12 bits of 16, and signed"
is 6 "$(value "$(arrived "$dicom/rle-frames.dcm" "$tmp/implicit")" NumberOfFrames)" "six frames are six frames"
has "$out" "JPEG 2000 Image Compression (Lossless Only) to Implicit VR Little Endian" "the change is named"
has "$out" "colour converted from YBR_RCT to RGB" "and that of the colours"

echo "# --- lossy ones are not"
for name in j2k-ict jls-near jpeg jpeg-extended; do
  scu "$dicom/$name.dcm"
  is 41 "$status" "$name: exit 41"
  has "$err" "lossy compressed objects are decompressed only on request" "$name: the reason"
  has "$err" "--transcode always" "$name: the remedy"
done
scu "$dicom/rgb.dcm" "$dicom/jpeg.dcm" "$dicom/rle.dcm"
is 10 "$status" "among others: exit 10"
has "$out" "2 acknowledged, 1 failed" "the others arrive"
has "$err" "jpeg.dcm: the receiver accepts Secondary Capture Image Storage" "what is wrong with the one"

echo "# --- unless they are to be"
start_testscp_tls always
# shellcheck disable=SC2046,SC2086
scu -v --transcode always $(paths $lossy)
is 0 "$status" "--transcode always: exit 0"
for name in $lossy; do
  decoded "$name" "$tmp/always"
done
described jpeg "$tmp/always" RGB 01
described jpeg-rgb "$tmp/always" RGB 01
described j2k-ict "$tmp/always" RGB 01
described htj2k-ict "$tmp/always" RGB 01
described jls-near "$tmp/always" MONOCHROME2 01
described jpeg-frames "$tmp/always" MONOCHROME2 01
described j2k-rgb "$tmp/always" RGB "" # reversible, though its syntax would allow otherwise
has "$out" "colour converted from YBR_FULL_422 to RGB" "the change of colour is named"
has "$out" "Lossy Image Compression set to 01" "and that lossiness is told now"

echo "# --- --transcode never, --no-ivrle, --no-evrle"
scu --transcode never "$dicom/ct.dcm"
is 41 "$status" "never, explicit VR to a receiver of implicit VR: exit 41"
has "$err" "--transcode never forbids the conversion" "and why"
scu --transcode never "$dicom/implicit.dcm"
is 0 "$status" "never, in the file's own syntax: exit 0"
scu --no-ivrle "$dicom/ct.dcm"
is 41 "$status" "--no-ivrle, explicit VR to a receiver of implicit VR: exit 41"
has "$err" "--no-ivrle or --no-evrle leaves no transfer syntax to convert it to" "and why"
scu --no-ivrle "$dicom/rle.dcm"
is 41 "$status" "--no-ivrle, RLE to a receiver of implicit VR: exit 41"
scu --no-evrle "$dicom/rle.dcm"
is 0 "$status" "--no-evrle: exit 0"
start_testscp_tls explicit --syntax explicit
scu --no-ivrle "$dicom/rle.dcm" "$dicom/implicit.dcm"
is 0 "$status" "--no-ivrle to a receiver of explicit VR: exit 0"
like_source rle "$tmp/explicit" rgb

echo "# --- a receiver that takes them as they are gets them so"
start_testscp_tls all --syntax all
# shellcheck disable=SC2046,SC2086
scu --transcode always $(paths $lossless $lossy)
is 0 "$status" "everything acknowledged: exit 0"
for name in j2k-frames jpeg rle jls-near; do
  pixels "$dicom/$name.dcm" "$tmp/wanted.pixels"
  pixels "$(arrived "$dicom/$name.dcm" "$tmp/all")" "$tmp/got.pixels"
  same "$tmp/wanted.pixels" "$tmp/got.pixels" "$name: still compressed, byte for byte"
done

echo "# --- what contradicts itself is refused"
# bad FIXTURE TEXT OPTION...: changed by dcmodify's options it is refused, with the text.
bad() {
  fixture=$1
  text=$2
  shift 2
  cp "$dicom/$fixture.dcm" "$tmp/bad.dcm"
  dcmodify -q -nb "$@" "$tmp/bad.dcm"
  refused "$fixture, $*" "$text"
}

# refused WHAT TEXT: bad.dcm is, and a good object beside it is not.
refused() {
  rm -f "$tmp"/bad/*
  scu --transcode always "$tmp/bad.dcm" "$dicom/bare.dcm"
  is "10 1" "$status $(find "$tmp/bad" -type f | wc -l | tr -d ' ')" "$1: exit 10, the other arrives"
  has "$err" "$2" "$1: the reason"
}

# cut FIXTURE PERCENT: bad.dcm with so much of the last fragment.
cut() {
  perl -e '
    local $/; open my $f, "<:raw", $ARGV[0] or die; my $d = <$f>;
    my $item = rindex $d, "\xfe\xff\x00\xe0", rindex $d, "\xfe\xff\xdd\xe0";
    my $size = unpack "V", substr $d, $item + 4, 4;
    my $left = 2 * int $size * $ARGV[1] / 200;
    substr($d, $item + 4, 4 + $size) = pack("V", $left) . substr $d, $item + 8, $left;
    print $d' "$dicom/$1.dcm" "$2" >"$tmp/bad.dcm"
}

start_testscp_tls bad --lifetime 900
bad jpeg "Photometric Interpretation is RGB, but its JPEG frames say YBR" -m PhotometricInterpretation=RGB
bad jpeg-rgb "is YBR_FULL_422, but its JPEG frames say RGB" -m PhotometricInterpretation=YBR_FULL_422
bad jpeg "YBR_PARTIAL_422 does not go with this compression" -m PhotometricInterpretation=YBR_PARTIAL_422
bad j2k-rct "YBR_FULL does not go with the colour transformation" -m PhotometricInterpretation=YBR_FULL
bad j2k-rgb "YBR_RCT does not go with this compression" -m PhotometricInterpretation=YBR_RCT
bad rle "MONOCHROME2 does not go with" -m PhotometricInterpretation=MONOCHROME2
bad rle "Photometric Interpretation is missing" -e PhotometricInterpretation
bad j2k-ct "a frame has 64 rows, 64 columns" -m Rows=63
bad jpeg "a frame has 64 rows, 64 columns" -m Columns=65
bad jls-rgb "3 samples per pixel, but its attributes say 64, 64 and 1" -m SamplesPerPixel=1
bad j2k-frames "it has 6 compressed frames, but its Number of Frames says 7" -m NumberOfFrames=7
bad jpeg-frames "it has 6 compressed frames, but its Number of Frames says 5" -m NumberOfFrames=5
bad rle-frames "it has 6 RLE fragments, but its Number of Frames says 7" -m NumberOfFrames=7
bad jls-frames "it has 6 compressed frames, but its Number of Frames says 5" -m NumberOfFrames=5
bad rle-frames "its Number of Frames is not a positive number" -m NumberOfFrames=-1
bad j2k-signed "Pixel Representation is 0, but its frames are signed" -m PixelRepresentation=0
bad j2k-signed "a pixel is out of the range of its 10 Bits Stored" -m BitsStored=10 -m HighBit=9
bad jpeg-extended "its frames have 12 bits per sample" -m BitsAllocated=8 -m BitsStored=8 -m HighBit=7
bad rle-signed "an RLE frame has 2 segments, but its pixels have 1 bytes" -m BitsAllocated=8 -m BitsStored=8 -m HighBit=7
bad rle "more than an element can hold" -m Rows=65535 -m Columns=65535
bad j2k-ct "contradict each other" -m HighBit=16
for name in j2k-ct j2k-ict jls-rgb jpeg jpeg-sv1 jpeg-extended rle rle-signed j2k-frames jpeg-frames; do
  cut $name 60
  refused "$name, cut short" "cannot be decompressed"
done
cut j2k-ct 0
refused "j2k-ct, an empty fragment" "it has 0 compressed frames"
sed 's/\(1\.2\.840\.10008\.1\.2\.4\.9\)1/\10/' "$dicom/j2k-ict.dcm" >"$tmp/bad.dcm"
refused "j2k-ict as lossless" "a frame is compressed lossily"

echo "# --- damaged ones among others, whose decoding begins before they are sent"
mkdir "$tmp/mixed"
for name in j2k-ct jpeg-sv1; do
  cut "$name" 60
  mv "$tmp/bad.dcm" "$tmp/mixed/$name.dcm"
done
start_testscp_tls among
scu "$dicom/rle.dcm" "$tmp/mixed/jpeg-sv1.dcm" "$dicom/j2k-signed.dcm" "$tmp/mixed/j2k-ct.dcm" "$dicom/jls-signed.dcm" \
  "$dicom/rle-frames.dcm" "$dicom/rle-signed.dcm" "$dicom/ct.dcm" "$dicom/jls-rgb.dcm"
is 10 "$status" "two of nine are damaged: exit 10"
has "$out" "7 acknowledged, 2 failed" "the others arrive"
for name in j2k-ct jpeg-sv1; do
  has "$err" "mixed/$name.dcm: cannot be decompressed from" "$name: why not"
done
for name in rle j2k-signed jls-signed rle-frames rle-signed jls-rgb; do
  decoded "$name" "$tmp/among"
done
start_testscp_tls bad --lifetime 900

# remake FIXTURE PERL: bad.dcm is it, the fragments in @f changed by the statements.
cat >"$tmp/remake.pl" <<'END'
use strict;
our @f;
sub box { my ($type, $bytes) = @_; return pack("N", 8 + length $bytes) . $type . $bytes }
sub boxes {
	return box("jP  ", "\r\n\x87\n") . box("ftyp", "jp2 \0\0\0\0jp2 ") . box("jp2h",
		box("ihdr", pack "NNnCCCC", 64, 64, 1, 15, 7, 0, 0) . box("colr", "\1\0\0\0\0\0\x11")) . box("free", "\0"); # even
}
sub end_tile_part { $f[0] =~ s/(\xff\x90\0\x0a\0\0)....(\0\x01)/$1\0\0\0\0$2/s or die }
sub no_end { $f[-1] =~ s/\xff\xd9\0?\z// or die }
open my $file, "<:raw", $ARGV[0] or die;
my $d = do { local $/; <$file> };
my $at = 12 + index $d, "\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff";
my $head = substr $d, 0, $at;
while ("\xfe\xff\0\xe0" eq substr $d, $at, 4) {
	push @f, substr $d, $at + 8, unpack "V", substr $d, $at + 4, 4;
	$at += 8 + length $f[-1];
}
shift @f;
eval "$ARGV[1]; 1" or die $@;
print $head, map({ $_ .= "\0" if length() % 2; "\xfe\xff\0\xe0" . pack("V", length) . $_ } "", @f),
	"\xfe\xff\xdd\xe0\0\0\0\0";
END
remake() {
  perl "$tmp/remake.pl" "$dicom/$1.dcm" "$2" >"$tmp/bad.dcm" || not_ok "$1: $2"
}

# exact WHAT SOURCE: bad.dcm arrives, its pixels are those that were compressed.
exact() {
  rm -f "$tmp"/bad/*
  scu -v --transcode always "$tmp/bad.dcm"
  is 0 "$status" "$1: exit 0"
  pixels "$(find "$tmp/bad" -type f)" "$tmp/got.pixels"
  pixels "$dicom/$2.dcm" "$tmp/wanted.pixels"
  same "$tmp/wanted.pixels" "$tmp/got.pixels" "$1: nothing was lost since $2"
}

# compressed TOOL OPTION...: bad.dcm is the CT, changed by dcmodify's options, compressed by the tool.
compressed() {
  tool=$1
  shift
  cp "$dicom/ct.dcm" "$tmp/plain.dcm"
  dcmodify -q -nb "$@" "$tmp/plain.dcm"
  "$tool" "$tmp/plain.dcm" "$tmp/bad.dcm"
}

echo "# --- what is unusual, and loses nothing"
remake jpeg-extended '$f[0] =~ s/(\xff\xda\0\x08\x01..\0)\x3f\0/$1\0\0/s or die'
pixels "$(arrived "$dicom/jpeg-extended.dcm" "$tmp/always")" "$tmp/always.pixels"
for text in "Se 0, as NEMA's samples have it" "a revision of JFIF that is to come"; do
  rm -f "$tmp"/bad/*
  scu --transcode always "$tmp/bad.dcm"
  is 0 "$status" "JPEG Extended, $text: exit 0"
  pixels "$(find "$tmp/bad" -type f)" "$tmp/got.pixels"
  same "$tmp/always.pixels" "$tmp/got.pixels" "JPEG Extended, $text: the same pixels"
  remake jpeg-extended '$f[0] =~ s/JFIF\0\x01/JFIF\0\x03/ or die'
done
remake jpeg-extended '$f[0] =~ s/(\xff\xda\0\x08\x01..\0)\x3f\0/$1\0\0/s or die; substr($f[0], -200) = "\xff\xd9"'
refused "Se 0, and cut short" "the decoder warned: Corrupt JPEG data"
for sign in 0 1; do
  compressed dcmcrle -m Columns=32 -m BitsAllocated=32 -m BitsStored=32 -m HighBit=31 -m PixelRepresentation=$sign
  exact "RLE of 32 bits, sign $sign" ct
  gdcmconv --raw "$tmp/bad.dcm" "$tmp/gdcm.dcm" >"$tmp/gdcm.log" 2>&1
  pixels "$tmp/gdcm.dcm" "$tmp/wanted.pixels"
  same "$tmp/wanted.pixels" "$tmp/got.pixels" "RLE of 32 bits, sign $sign: as GDCM has them"
done
bad rle-signed "an RLE frame has 2 segments, but its pixels have 4 bytes" -m BitsAllocated=32
bad j2k-ct "Bits Allocated is 32, which only RLE supports" -m BitsAllocated=32
bad rle-signed "its Bits Allocated is 1, which this program does not decode" -m BitsAllocated=1 -m BitsStored=1 -m HighBit=0
has "$err" "this program decompresses pixels of 8, 16 and 32 bits" "pixels of one bit: what to do"
hasnt "$err" "repair the file" "pixels of one bit: the file is not to blame"
# GDCM takes 12 of the 16 bits as the lower ones: no help here.
for name in jpeg-sv1 j2k-ct; do
  for high in 13 15; do
    cp "$dicom/$name.dcm" "$tmp/bad.dcm"
    dcmodify -q -nb -m BitsStored=12 -m HighBit=$high "$tmp/bad.dcm"
    exact "$name, 12 bits up to High Bit $high of 16" ct
    is "12 $high" "$(value "$(find "$tmp/bad" -type f)" BitsStored) $(value "$(find "$tmp/bad" -type f)" HighBit)" \
      "$name, High Bit $high: the attributes stay"
  done
done
for tool in dcmcjpls dcmcrle; do
  compressed "$tool"
  dcmodify -q -nb -m BitsStored=12 -m HighBit=15 "$tmp/bad.dcm"
  exact "$tool, 12 bits up to High Bit 15 of 16" ct
done
bad jpeg-extended "its High Bit is 12, which does not match frames with 12 bits per sample" -m HighBit=12
remake j2k-ct '$f[0] = boxes() . box("jp2c", $f[0])'
exact "JP2 boxes" ct
remake j2k-ct '$f[0] = boxes() . "\0\0\0\0jp2c" . $f[0]'
exact "JP2 boxes, up to the end" ct
remake j2k-ct '$f[0] = boxes() . pack("NA4NN", 1, "jp2c", 0, 16 + length $f[0]) . $f[0] . box("xml ", "<a/>")'
exact "JP2 boxes, a long length, one behind" ct
remake j2k-frames 'for (@f) { $_ = boxes() . "\0\0\0\0jp2c" . $_ if /^\xff\x4f/ }'
exact "JP2 boxes, six frames in several fragments" multiframe
remake j2k-ct '$f[0] = boxes()'
refused "JP2 boxes without a code stream" "the start of a compressed frame is invalid"
remake j2k-ct '$f[0] =~ s/\xff\xd9\0?\z/\xff\x90\0\x0a\0\0\0\0\0\x0e\x01\x01\xff\x93\xff\xd9/ or die'
exact "a JPEG 2000 tile that has one part more than it says" ct
remake j2k-ct 'no_end()'
exact "JPEG 2000 without EOC" ct
remake j2k-ct '$f[0] = boxes() . "\0\0\0\0jp2c" . $f[0]; no_end()'
exact "JPEG 2000 in boxes, without EOC" ct
remake j2k-frames 'for (@f) { s/\xff\xd9\0?\z// }'
exact "JPEG 2000, six frames without EOC" multiframe
remake j2k-ct 'end_tile_part()'
exact "JPEG 2000, a tile-part up to EOC" ct
remake j2k-ct 'end_tile_part(); no_end()'
refused "JPEG 2000, a tile-part up to an EOC that is missing" "a JPEG 2000 frame is cut short"
remake j2k-ct 'no_end(); substr($f[-1], -8) = ""'
refused "JPEG 2000 without EOC, and cut short" "a JPEG 2000 frame is cut short"
for end in "" '. "\xff\xd9"'; do
  remake j2k-signed "@f = (join '', @f); @f = (substr(\$f[0], 0, rindex \$f[0], \"\\xff\\x90\\0\\x0a\") $end)"
  refused "JPEG 2000, a tile is missing" "a JPEG 2000 frame is cut short, or lacks a tile"
done
remake jpeg-sv1 'no_end()'
exact "lossless JPEG without EOI" ct
remake jpeg-frames 'for (@f) { s/\xff\xd9\0?\z// }'
rm -f "$tmp"/bad/*
scu --transcode always "$tmp/bad.dcm"
is 0 "$status" "JPEG, six frames without EOI: exit 0"
pixels "$(find "$tmp/bad" -type f)" "$tmp/got.pixels"
pixels "$(arrived "$dicom/jpeg-frames.dcm" "$tmp/always")" "$tmp/wanted.pixels"
same "$tmp/wanted.pixels" "$tmp/got.pixels" "JPEG, six frames without EOI: the same pixels"
remake jls-rgb 'no_end()'
exact "JPEG-LS without EOI" rgb
for name in jpeg-sv1 jpeg jls-rgb; do
  remake $name 'no_end(); substr($f[-1], -8) = ""'
  refused "$name without EOI, and cut short" "cannot be decompressed"
done
bad jpeg-lossless "YBR_FULL_422, but its frames" -m PhotometricInterpretation=YBR_FULL_422
bad jls-rgb "do not say whether these are RGB or YBR" -m PhotometricInterpretation=YBR_FULL_422
remake jpeg-lossless '$f[0] =~ s/^\xff\xd8/\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0/ or die'
dcmodify -q -nb -m PhotometricInterpretation=YBR_FULL_422 "$tmp/bad.dcm"
exact "lossless JPEG that says YBR, with all samples" rgb
has "$out" "Photometric Interpretation changed from YBR_FULL_422 to YBR_FULL" "and what it is called then"

echo "# --- what would take too much memory"
for name in $lossless $lossy; do
  frames=$(value "$dicom/$name.dcm" NumberOfFrames)
  rows=$((frames > 1 ? 26000 : 30000))
  # dcmodify does not know every transfer syntax.
  perl -0777 -pe 's/(\x28\0[\x10\x11]\0US\x02\0)../$1 . pack("v", '$rows')/ges' "$dicom/$name.dcm" >"$tmp/bad.dcm"
  refused "$name, $rows rows and columns" "bytes of memory, more than the 536870912 of --max-object-memory"
done
bad j2k-ct "that would need 11025006972 bytes of memory" -m Rows=30000 -m Columns=30000
bad rle-frames "over 18446744073709551615 bytes, more than an element can hold, which is 4294967294" \
  -m Rows=65535 -m Columns=65535 -m BitsAllocated=32 -m SamplesPerPixel=3 -m NumberOfFrames=2147483647
bad rle-frames "would have 4294967296 bytes, more than an element can hold, which is 4294967294" \
  -m Rows=65535 -m Columns=1 -m NumberOfFrames=65537 -m Rows=32768 -m Columns=32768 -m NumberOfFrames=4
has "$err" "repair the file" "and what to do"
scu --max-object-memory 77468 "$dicom/j2k-ct.dcm"
is 0 "$status" "as much as is needed: exit 0"
scu --max-object-memory 77467 "$dicom/j2k-ct.dcm"
is 11 "$status" "a byte less: exit 11"
has "$err" "that would need 77468 bytes of memory, more than the 77467 of --max-object-memory" "both numbers"
has "$err" "or raise --max-object-memory" "and what to do"
# Code blocks of 4 x 4, which OpenJPEG keeps account of one by one.
remake j2k-ct '$f[0] =~ s/(\xff\x52\0\x0c\0....\x03)\x04\x04/$1\0\0/s or die'
scu --max-object-memory 512k "$tmp/bad.dcm"
has "$err" "that would need 760892 bytes of memory, more than the 524288" "a JPEG 2000 frame in many small parts"
scu --max-object-memory 500 "$dicom/deflated.dcm"
is 11 "$status" "a deflated data set that becomes more than 16 times that: exit 11"
has "$err" "its deflated data set becomes 9" "both numbers"
has "$err" "more than 16 times the 500 of --max-object-memory" "both numbers"
scu --max-object-memory 4k "$dicom/deflated.dcm"
is 0 "$status" "up to 16 times that: exit 0"
# A stream of 64-bit zeros, and of empty items.
deflated() {
  perl -MCompress::Raw::Zlib -e '
    my ($file, $tag, $vr, $unit, $count, $end) = @ARGV;
    sub element { pack("vva2v", @_[0..2], length $_[3]) . $_[3] }
    sub put { my $out; $z->deflate($_[0], $out); print $o $out }
    open $o, ">:raw", $file or die;
    my $meta = element(2, 16, "UI", "1.2.840.10008.1.2.1.99");
    print $o "\0" x 128, "DICM", element(2, 0, "UL", pack "V", length $meta), $meta;
    ($z) = Compress::Raw::Zlib::Deflate->new(-WindowBits => -15, -Level => 1);
    put(element(8, 22, "UI", "1.2.840.10008.5.1.4.1.1.7\0") . element(8, 24, "UI", "1.2.1900"));
    put(pack("vva2vV", hex substr($tag, 0, 4), hex substr($tag, 4), $vr, 0, $count * 8));
    my $many = pack("H16", $unit) x 131072;
    put($many) for 1 .. $count / 131072;
    put(pack "H*", $end);
    my $out; $z->flush($out); print $o $out' "$@"
}
deflated "$tmp/strange.dcm" 00081140 LO 0000000000000000 131072 ''
scu --max-object-memory 500 "$tmp/strange.dcm"
has "$err" "becomes over 8000 bytes, more than 16 times the 500" "one that the walk did not come to the end of"
deflated "$tmp/items.dcm" 00081140 SQ feff00e000000000 1048576 ''
scu --max-object-memory 64M "$tmp/items.dcm"
is 11 "$status" "more elements than fit: exit 11"
has "$err" "the elements of its deflated data set take more memory than the 67108864 bytes" "why"

echo "# --- attributes that are settled, and what became meaningless"
settled() {
  fixture=$1
  text=$2
  shift 2
  cp "$dicom/$fixture.dcm" "$tmp/bad.dcm"
  dcmodify -q -nb "$@" "$tmp/bad.dcm"
  scu -v --transcode always "$tmp/bad.dcm"
  is 0 "$status" "$fixture, $*: exit 0"
  has "$out" "$text" "$fixture, $*: named"
}

settled jls-rgb "Planar Configuration changed from 1 to 0" -m PlanarConfiguration=1
settled rle "Planar Configuration 0 added" -e PlanarConfiguration
settled jls-near "Lossy Image Compression set to 01" -m LossyImageCompression=00
settled j2k-frames "extended offset table removed" -i "(7fe0,0001)=0"

#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Data sets arrive unchanged, which digests prove: of their bytes if they are sent
# unchanged, of their elements if the receiver accepts only implicit VR. They are
# created and digested by Perl, so that an error in the program or in DCMTK cannot
# be in both.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_pki

# digest.pl bytes|elements FILE: SHA-256 of the data set behind group 2, of its
# bytes or element by element: tags, values and items in their order, without
# what differs between explicit and implicit VR: VRs, the form of lengths,
# delimiters. Group lengths, retired since PS3.5-2008, are left out.
cat >"$tmp/digest.pl" <<'END'
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);

use constant { ITEM => 0xFFFEE000, END_OF_ITEM => 0xFFFEE00D, END_OF_SEQUENCE => 0xFFFEE0DD };
use constant OPEN => 0xFFFFFFFF; # a length that only delimiters tell
my ($data, $at); # the file, where we are

sub take {
  my ($n) = @_;
  $at + $n <= length $data or die "cut short at byte $at\n";
  return substr $data, ($at += $n) - $n, $n;
}

sub tag { my ($group, $element) = unpack 'vv', take(4); return $group << 16 | $element }

sub head {
  my ($explicit) = @_;
  my $tag = tag();
  return ($tag, '', unpack 'V', take(4)) if !$explicit || $tag >> 16 == 0xFFFE;
  my $vr = take(2);
  my $long = $vr =~ /^(?:O[BDFLVW]|S[QV]|U[CNRTV])$/;
  return ($tag, $vr, $long ? unpack 'x2V', take(6) : unpack 'v', take(2));
}

# Items up to $end, or to the delimiter.
sub items {
  my ($explicit, $end) = @_;
  my $items = '';
  while (!defined $end || $at < $end) {
    my ($tag, undef, $length) = head(0);
    return $items if $tag == END_OF_SEQUENCE && !defined $end;
    $tag == ITEM or die "no item at byte $at\n";
    $items .= '{' . elements($explicit, $length == OPEN ? undef : $at + $length) . '}';
  }
  $at == $end or die "an item is longer than its sequence\n";
  return $items;
}

# Implicit VR tells no sequence of defined length from bytes, UN neither: it is
# one if it can be read as one. Nor an empty one from an empty value.
sub content {
  my ($explicit, $vr, $length) = @_;
  my $inner = $explicit && $vr ne 'UN'; # PS3.5 6.2.2
  return '' if $length == 0;
  return items($inner, $length == OPEN ? undef : $at + $length) if $vr eq 'SQ' || $length == OPEN;
  my $from = $at;
  if (($vr eq '' || $vr eq 'UN') && substr($data, $at, 4) eq "\xFE\xFF\x00\xE0") {
    my $items = eval { items($inner, $at + $length) };
    return $items if defined $items;
    $at = $from;
  }
  return $length . ':' . take($length);
}

sub elements {
  my ($explicit, $end) = @_;
  my $elements = '';
  while (!defined $end || $at < $end) {
    my ($tag, $vr, $length) = head($explicit);
    return $elements if $tag == END_OF_ITEM && !defined $end;
    my $content = content($explicit, $vr, $length);
    $elements .= sprintf('%08X', $tag) . "=$content;" if $tag & 0xFFFF;
  }
  return $elements;
}

my ($what, $file) = @ARGV;
open my $in, '<:raw', $file or die "$file: $!\n";
$data = do { local $/; <$in> };
substr($data, 128, 4) eq 'DICM' or die "$file: no DICOM file\n";
$at = 144 + unpack 'V', substr $data, 140, 4;
my ($syntax) = substr($data, 0, $at) =~ /\x02\0\x10\0UI..([0-9.]+)/s;
my $explicit = $syntax ne '1.2.840.10008.1.2';
print sha256_hex($what eq 'bytes' ? substr $data, $at : elements($explicit, length $data)), "\n";
END

# objects.pl DIR PDF: the objects, each in explicit and in implicit VR.
cat >"$tmp/objects.pl" <<'END'
use strict;
use warnings;

my ($dir, $pdf) = @ARGV;
my $root = '2.25.29384611873645';
my ($ct, $rtstruct) = ('1.2.840.10008.5.1.4.1.1.2', '1.2.840.10008.5.1.4.1.1.481.3');

# [tag, VR, value]; of sequences the value is a list of items, and `open` gives
# it, and every other one of them, no length but delimiters.
sub el { return [@_] }
sub sq { my ($tag, @items) = @_; return [$tag, 'SQ', \@items] }
sub open_sq { my ($tag, @items) = @_; return [$tag, 'SQ', \@items, 'open'] }

sub mark { my ($tag, $length) = @_; return pack 'vvV', $tag >> 16, $tag & 0xFFFF, $length }

sub encode_items {
  my ($explicit, $items, $open) = @_;
  my ($bytes, $n) = ('', 0);
  for (@$items) {
    my $item = encode($explicit, @$_);
    $bytes .= $open && $n++ % 2 == 0
      ? mark(0xFFFEE000, 0xFFFFFFFF) . $item . mark(0xFFFEE00D, 0)
      : mark(0xFFFEE000, length $item) . $item;
  }
  return $bytes;
}

sub encode {
  my ($explicit, @elements) = @_;
  my $bytes = '';
  for (sort { $a->[0] <=> $b->[0] } @elements) {
    my ($tag, $vr, $value, $open) = @$_;
    # Whatever its surroundings, UN has items in implicit VR (PS3.5 6.2.2).
    $value = encode_items($explicit && $vr ne 'UN', $value, $open) if ref $value;
    $value .= $vr =~ /^(?:O|U[IN])/ ? "\0" : ' ' if length($value) % 2;
    my $length = $open ? 0xFFFFFFFF : length $value;
    $value .= mark(0xFFFEE0DD, 0) if $open;
    my $form = $vr =~ /^(?:O[BDFLVW]|S[QV]|U[CNRTV])$/ ? 'vva2x2V' : 'vva2v';
    $bytes .= $explicit ? pack $form, $tag >> 16, $tag & 0xFFFF, $vr, $length : mark($tag, $length);
    $bytes .= $value;
  }
  return $bytes;
}

sub write_file {
  my ($name, $syntax, $explicit, $class, $uid, @elements) = @_;
  my $meta = encode(1, el(0x00020001, 'OB', "\0\1"), el(0x00020002, 'UI', $class),
    el(0x00020003, 'UI', $uid), el(0x00020010, 'UI', $syntax), el(0x00020012, 'UI', "$root.1"));
  open my $out, '>:raw', "$dir/$name" or die "$dir/$name: $!\n";
  print $out "\0" x 128, 'DICM', encode(1, el(0x00020000, 'UL', pack 'V', length $meta)), $meta;
  print $out encode($explicit, @elements);
  close $out or die "$dir/$name: $!\n";
}

my $count = 0;

# object(NAME, SOP class, element...): its own elements, in any order.
sub object {
  my ($name, $class, @elements) = @_;
  $count++;
  push @elements, el(0x00080016, 'UI', $class), el(0x00080018, 'UI', "$root.5.$count"),
    el(0x00080020, 'DA', '20240229'), el(0x0020000D, 'UI', "$root.3"),
    el(0x0020000E, 'UI', "$root.4.$count");
  write_file("explicit/$name", '1.2.840.10008.1.2.1', 1, $class, "$root.5.$count", @elements);
  write_file("implicit/$name", '1.2.840.10008.1.2', 0, $class, "$root.5.$count", @elements);
}

sub reference {
  my ($class, $n) = @_;
  return (el(0x00081150, 'UI', $class), el(0x00081155, 'UI', "$root.6.$n"));
}

# Items that refer to as many CT images.
sub images {
  my ($n) = @_;
  return map { [reference($ct, $_)] } 1 .. $n;
}

sub code {
  my ($value, $scheme, $meaning) = @_;
  return [el(0x00080100, 'SH', $value), el(0x00080102, 'SH', $scheme), el(0x00080104, 'LO', $meaning)];
}

sub content_item {
  my ($relation, $type, @rest) = @_;
  return [el(0x0040A010, 'CS', $relation), el(0x0040A040, 'CS', $type), @rest];
}

# ISO 2022 (PS3.5 6.1.2.5, H.3): among the bytes between escapes are those of
# backslash, caret and equals sign, which delimit nothing there: "\e\$B;3K\\\e(B" is
# Yamamoto. Half-width katakana without escapes, JIS X 0212, trailing spaces.
object('japanese', '1.2.840.10008.5.1.4.1.1.7',
  el(0x00080005, 'CS', 'ISO 2022 IR 13\ISO 2022 IR 87\ISO 2022 IR 159'),
  el(0x00081030, 'LO', "\e\$B9=I=G=M=\e(J  "),
  el(0x00081080, 'LO', "\e\$BK\\\e(J\\\e\$B=%=\e(J\\\xB1\xB2"),
  sq(0x00081140, [el(0x00080005, 'CS', '\ISO 2022 IR 87'), reference($ct, 1),
    el(0x0040A160, 'UT', "\e\$BK\\\e(B")]),
  el(0x00100010, 'PN', "\xD4\xCF\xD3\xC4^\xC0\xDB\xB3=\e\$B;3K\\\e(J^\e\$BB\@O:\e(J="
    . "\e\$B\$d\$^\$b\$H\e(J^\e\$B\$?\$m\$&\e(J"),
  el(0x00100020, 'LO', 'P2'),
  el(0x00104000, 'LT', "\e\$B;3K\\\e(J\r\n\e\$(D0!\"7\e(J\f\tend  "));

# GB18030 (PS3.5 J.3): a character whose second byte is that of a backslash, one of four bytes.
object('chinese', '1.2.840.10008.5.1.4.1.1.7',
  el(0x00080005, 'CS', 'GB18030'),
  el(0x00081030, 'LO', "\xD5\x5C\x81\x39\xEE\x39\\\xCD\xF5"),
  el(0x00100010, 'PN', "Wang^XiaoDong=\xCD\xF5^\xD0\xA1\xB6\xAB="),
  el(0x00100020, 'LO', "\xD5\x5C"),
  el(0x00104000, 'LT', "\xD5\x5C" x 700));

# Private: two owners of one group and a block without one; every VR; nothing;
# items in items, in UN and in public sequences; behind the pixels' group.
object('private', '1.2.840.10008.5.1.4.1.1.66',
  sq(0x00081140, [reference($ct, 1), el(0x00290010, 'LO', 'SIEMENS CSA HEADER'),
    el(0x00291010, 'OB', "SV10\4\3\2\1" x 2000)]),
  el(0x00090010, 'LO', 'ACME 1.0'),
  el(0x000900FE, 'LO', 'ACME 2'),
  el(0x00091001, 'AE', 'AE'),
  el(0x00091002, 'AS', '047Y'),
  el(0x00091003, 'AT', pack 'v4', 8, 0x18, 9, 0x1001),
  el(0x00091004, 'DS', '1.50 \ -0\+1E3'),
  el(0x00091005, 'FD', pack 'd<', 0.1),
  el(0x00091006, 'FL', pack 'f<2', 0.1, -0.0),
  el(0x00091007, 'IS', '007\-1'),
  el(0x00091008, 'OD', pack 'd<2', 1, 2),
  el(0x00091009, 'OF', pack 'f<2', 1, 2),
  el(0x0009100A, 'OL', pack 'V2', 1, 2),
  el(0x0009100B, 'OB', join '', map { chr } 0 .. 255),
  el(0x0009100C, 'OW', 'word' x 20000),
  el(0x0009100D, 'SL', pack 'l<', -2),
  el(0x0009100E, 'SS', pack 's<', -2),
  el(0x0009100F, 'UC', 'a\b' x 9),
  el(0x00091010, 'UR', 'http://a/b '),
  el(0x00091011, 'UT', "  text\\ \n " x 8000),
  el(0x00091012, 'UI', '1.2\1.3'),
  el(0x00091013, 'UN', "\0\1\2\3" x 20000),
  el(0x00091014, 'UN', ''),
  el(0x00091015, 'LO', ''),
  el(0x00091016, 'TM', '010203.000  '),
  el(0x00091017, 'OV', pack 'Q<', 1),
  el(0x00091018, 'SV', pack 'q<', -1),
  el(0x0009FE01, 'LO', '  left\ right  '),
  sq(0x0009FE02),
  open_sq(0x0009FE03),
  sq(0x0009FE04, [], []),
  open_sq(0x0009FE05, [], [el(0x00090010, 'LO', 'ACME 1.0'),
    open_sq(0x00091020, [el(0x00091001, 'US', pack 'v', 7)], [])]),
  [0x0009FE06, 'UN', [[el(0x00090010, 'LO', 'ACME 1.0'), el(0x00091001, 'AE', 'IN UN'),
    sq(0x00091002, [reference($ct, 1)])]], 'open'],
  el(0x00111101, 'LO', "nobody's"),
  el(0x00111102, 'UN', "nobody's"),
  el(0x7FE10010, 'LO', 'BEHIND'),
  el(0x7FE11010, 'OB', "\0" x 100),
  el(0xFFFCFFFC, 'OB', "\0" x 126));

# A structured report: its evidence, content by reference, a text over 64 KiB.
object('sr', '1.2.840.10008.5.1.4.1.1.88.33',
  el(0x00080005, 'CS', 'ISO_IR 192'),
  el(0x0040A040, 'CS', 'CONTAINER'),
  sq(0x0040A043, code('126000', 'DCM', 'Imaging Measurement Report')),
  el(0x0040A050, 'CS', 'SEPARATE'),
  open_sq(0x0040A375, [el(0x0020000D, 'UI', "$root.8"),
    sq(0x00081115, [el(0x0020000E, 'UI', "$root.7"), open_sq(0x00081199, images(40))])]),
  el(0x0040A491, 'CS', 'COMPLETE'),
  el(0x0040A493, 'CS', 'UNVERIFIED'),
  open_sq(0x0040A730,
    content_item('HAS OBS CONTEXT', 'UIDREF', el(0x0040A124, 'UI', "$root.9")),
    content_item('CONTAINS', 'IMAGE', sq(0x00081199, [reference($ct, 3), el(0x00081160, 'IS', '1\2\3')])),
    [el(0x0040A010, 'CS', 'INFERRED FROM'), el(0x0040DB73, 'UL', pack 'V3', 1, 2, 1)],
    content_item('CONTAINS', 'CONTAINER', sq(0x0040A043, code('125007', 'DCM', 'Measurement Group')),
      open_sq(0x0040A730,
        content_item('CONTAINS', 'TEXT', el(0x0040A160, 'UT', "gr\xC3\xB6\xC3\x9Fer\n" x 8000)),
        content_item('CONTAINS', 'NUM', sq(0x0040A300, [el(0x0040A30A, 'DS', '1.20 '),
          sq(0x004008EA, code('mm', 'UCUM', 'mm'))]))))));

# Radiotherapy: structures drawn on slices, and a plan for them with dose and beams.
sub contour {
  my ($n) = @_;
  return [sq(0x30060016, [reference($ct, $n)]), el(0x30060042, 'CS', 'CLOSED_PLANAR'),
    el(0x30060046, 'IS', 3), el(0x30060050, 'DS', "-1.50\\2.00\\$n\\1e1\\+.5\\$n\\ 3\\-0\\$n ")];
}
object('rtstruct', $rtstruct,
  el(0x30060002, 'SH', 'STRUCT'),
  sq(0x30060010, [el(0x00200052, 'UI', "$root.10"),
    sq(0x30060012, [reference('1.2.840.10008.3.1.2.3.1', 8),
      sq(0x30060014, [el(0x0020000E, 'UI', "$root.7"), open_sq(0x30060016, images(40))])])]),
  open_sq(0x30060020, map { [el(0x30060022, 'IS', $_), el(0x30060024, 'UI', "$root.10"),
    el(0x30060026, 'LO', "ROI $_")] } 1 .. 3),
  sq(0x30060039, map { [el(0x3006002A, 'IS', '255\0\0'), open_sq(0x30060040, map { contour($_) } 1 .. 9),
    el(0x30060084, 'IS', $_)] } 1 .. 3));
object('rtplan', '1.2.840.10008.5.1.4.1.1.481.5',
  el(0x300A0002, 'SH', 'PLAN'),
  el(0x300A000C, 'CS', 'PATIENT'),
  sq(0x300A0010, [el(0x300A0012, 'IS', 1), el(0x300A0016, 'LO', 'ISO'),
    el(0x300A0018, 'DS', '0.00\-0\1E-3')]),
  sq(0x300A0070, [el(0x300A0071, 'IS', 1),
    sq(0x300C0004, [el(0x300A0084, 'DS', '2.0'), el(0x300C0006, 'IS', 1)])]),
  open_sq(0x300A00B0, [el(0x300A00C0, 'IS', 1), el(0x300C006A, 'IS', 1),
    sq(0x300A00B6, [el(0x300A00B8, 'CS', 'MLCX'), el(0x300A00BE, 'DS', join '\\', -20 .. 20)]),
    open_sq(0x300A0111, map { [el(0x300A0112, 'IS', $_), el(0x300A0134, 'DS', "$_.000")] } 0 .. 20)]),
  sq(0x300C0060, [reference($rtstruct, 5)]),
  sq(0x300C0080, [reference('1.2.840.10008.5.1.4.1.1.481.2', 6)]));

open my $in, '<:raw', $pdf or die "$pdf: $!\n";
my $document = do { local $/; <$in> };
object('pdf', '1.2.840.10008.5.1.4.1.1.104.1',
  el(0x00280301, 'CS', 'YES'),
  el(0x00420010, 'ST', 'signed'),
  el(0x00420011, 'OB', $document),
  el(0x00420012, 'LO', 'application/pdf'),
  el(0x00420015, 'UL', pack 'V', length $document));
END

# sign.pl PDF KEY CERTIFICATE OUTPUT: an incremental update with a signature
# (ISO 32000-1 7.5.6, 12.8) and, as people fill in forms afterwards, one more.
cat >"$tmp/sign.pl" <<'END'
use strict;
use warnings;

my ($from, $key, $certificate, $output) = @ARGV;
my $room = 8192; # hexadecimal digits for the signature

sub slurp {
  my ($file) = @_;
  open my $in, '<:raw', $file or die "$file: $!\n";
  local $/;
  return <$in>;
}

sub spew {
  my ($file, $bytes) = @_;
  open my $out, '>:raw', $file or die "$file: $!\n";
  print $out $bytes;
  close $out or die "$file: $!\n";
}

# Append these objects (number => text) and where they are.
sub update {
  my ($pdf, $size, %objects) = @_;
  my ($previous) = $pdf =~ /startxref\s+(\d+)\s+%%EOF\s*\z/ or die "no cross-reference table\n";
  my $table = "xref\n";
  for my $number (sort { $a <=> $b } keys %objects) {
    $table .= sprintf "%d 1\n%010d 00000 n \n", $number, length $pdf;
    $pdf .= "$number 0 obj\n$objects{$number}\nendobj\n";
  }
  my $start = length $pdf;
  return "$pdf${table}trailer\n<< /Size $size /Root 1 0 R /Prev $previous >>\nstartxref\n$start\n%%EOF\n";
}

my $hole = '<' . '0' x $room . '>';
my $range = '/ByteRange [0 0000000000 0000000000 0000000000]';
my $signature = "/Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached $range /Contents $hole";
my $pdf = update(slurp($from), 17,
  1 => '<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [15 0 R] /SigFlags 3 >> >>',
  15 => '<< /Type /Annot /Subtype /Widget /FT /Sig /T (S) /Rect [0 0 0 0] /P 7 0 R /V 16 0 R >>',
  16 => "<< /Type /Sig $signature >>");
my $begin = index $pdf, $hole;
my $end = $begin + length $hole;
substr($pdf, index($pdf, $range), length $range) =
  sprintf '/ByteRange [0 %010d %010d %010d]', $begin, $end, length($pdf) - $end;
spew("$output.part", substr($pdf, 0, $begin) . substr $pdf, $end);
system('openssl', 'cms', '-sign', '-binary', '-md', 'sha256', '-outform', 'DER',
  '-signer', $certificate, '-inkey', $key, '-in', "$output.part", '-out', "$output.sig") == 0
  or die "openssl cms fails\n";
my $digits = unpack 'H*', slurp("$output.sig");
length $digits <= $room or die "there is no room for the signature\n";
substr($pdf, $begin + 1, length $digits) = $digits;
spew($output, update($pdf, 18, 17 => '(a remark)'));
END

# digest bytes|elements FILE
digest() {
  perl "$tmp/digest.pl" "$@" 2>&1
}

# got OBJECT DIR: the path of what arrived of it.
got() {
  find "$2" -type f -name "*$(uid_of "$1")*" | head -n 1
}

# unchanged bytes|elements DIR TEXT: each object, from $tmp/$sent.
unchanged() {
  for name in $names; do
    is "$(digest "$1" "$tmp/$sent/$name")" "$(digest "$1" "$(got "$tmp/$sent/$name" "$2")")" "$name: $3"
  done
}

# signed FILE TEXT: its signature is valid.
signed() {
  if command -v pdfsig >/dev/null; then
    pdfsig "$1" >"$tmp/pdfsig.out" 2>&1
    has "$tmp/pdfsig.out" "Signature is Valid" "$2: the signature is valid"
  else
    ok "$2: the signature is valid # SKIP no pdfsig"
  fi
}

# intact FILE TEXT: the document in it is the one that was signed.
intact() {
  dcm2pdf "$1" "$tmp/arrived.pdf" >"$tmp/dcm2pdf.log" 2>&1
  same "$tmp/signed.pdf" "$tmp/arrived.pdf" "$2: the document, byte for byte"
  signed "$tmp/arrived.pdf" "$2"
}

echo "# --- the objects"
names="japanese chinese private sr rtstruct rtplan pdf"
mkdir "$tmp/explicit" "$tmp/implicit"
scu1=$PKI/clients/dcm1/scu1
perl "$tmp/sign.pl" "$TESTDATA/embeddedpdf.pdf" "$scu1.key" "$scu1.crt" "$tmp/signed.pdf" || exit 1
perl "$tmp/objects.pl" "$tmp" "$tmp/signed.pdf" || exit 1
is 3 "$(grep -ac '^%%EOF' "$tmp/signed.pdf")" "the PDF has several ends"
signed "$tmp/signed.pdf" "before it goes"
for name in $names; do
  is "$(digest elements "$tmp/explicit/$name")" "$(digest elements "$tmp/implicit/$name")" \
    "$name: a digest of elements that sees through the syntax"
done
LC_ALL=C sed 's/IN UN/IN XX/' "$tmp/explicit/private" >"$tmp/changed"
digest elements "$tmp/explicit/private" >"$tmp/before"
digest elements "$tmp/changed" >"$tmp/after"
is 1 "$(cmp -s "$tmp/before" "$tmp/after" || echo $?)" "and sees a byte of a difference"

for sent in explicit implicit; do
  echo "# --- raw, in $sent VR"
  start_testscp_tls "raw-$sent" --syntax all
  scu -v "$tmp/$sent"
  is 0 "$status" "testscp, raw, $sent VR: exit 0"
  hasnt "$out" "changed" "testscp, raw, $sent VR: nothing was changed"
  unchanged bytes "$tmp/raw-$sent" "testscp, raw, $sent VR"
  intact "$(got "$tmp/$sent/pdf" "$tmp/raw-$sent")" "testscp, raw, $sent VR"
  start_storescp_tls "bits-$sent" +xa --bit-preserving
  scu "$tmp/$sent"
  is 0 "$status" "storescp, raw, $sent VR: exit 0"
  unchanged bytes "$tmp/bits-$sent" "storescp, raw, $sent VR"
done

echo "# --- through implicit VR"
sent=explicit
start_testscp_tls implicit-only --syntax implicit
scu "$tmp/explicit"
is 0 "$status" "implicit only: exit 0"
unchanged elements "$tmp/implicit-only" "implicit only"
intact "$(got "$tmp/explicit/pdf" "$tmp/implicit-only")" "implicit only"
start_storescp standin +xi --bit-preserving # or it would mend trailing spaces
start_stunnel standin-tls "$PORT"
scu "$tmp/explicit"
is 0 "$status" "stand-in: exit 0"
unchanged elements "$tmp/standin" "stand-in"
intact "$(got "$tmp/explicit/pdf" "$tmp/standin")" "stand-in"

echo "# --- and back to explicit VR"
sent=implicit
start_testscp_tls explicit-only --syntax explicit
scu -v "$tmp/implicit"
is 0 "$status" "explicit only: exit 0"
unchanged elements "$tmp/explicit-only" "explicit only"
intact "$(got "$tmp/implicit/pdf" "$tmp/explicit-only")" "explicit only"

echo "# --- a signed PDF straight in"
start_storescp_tls straight
scu --encapsulate "$tmp/signed.pdf" --like "$tmp/explicit/japanese"
is 0 "$status" "--encapsulate: exit 0"
intact "$(find "$tmp/straight" -type f | head -n 1)" "--encapsulate"

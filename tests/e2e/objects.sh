#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Objects as found in practice: what arrives, byte for byte, or why the object is
# refused.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_pki

# make.pl FILE SYNTAX ENCODING: a file of rows 'ggggeeee VR "text"', or '"bytes"' as they are, with the
# usual escapes. Syntax -: no header. META names other rows for group 2.
cat >"$tmp/make.pl" <<'END'
use strict;
my ($file, $syntax, $encoding) = @ARGV;
sub plain {
	my ($text) = @_;
	$text =~ s/\\x([0-9a-f]{2})|\\0|\\\\/defined $1 ? chr hex $1 : $& eq "\\0" ? "\0" : "\\"/ge;
	return $text;
}
sub element {
	my ($tag, $vr, $value, $implicit) = @_;
	my ($group, $number) = (hex substr($tag, 0, 4), hex substr($tag, 4));
	my $size = length $value;
	return pack("vvV", $group, $number, $size) . $value if $implicit;
	return pack("vva2vV", $group, $number, $vr, 0, $size) . $value if $vr =~ /^(O.|SQ|U[CNRTV]|SV)$/;
	return pack("vva2v", $group, $number, $vr, $size) . $value;
}
sub rows {
	my ($implicit, @rows) = @_;
	my $bytes = "";
	for (@rows) {
		if (/^"(.*)"$/s) { $bytes .= plain($1); next }
		my ($tag, $vr, $text) = /^([0-9a-f]{8}) (..) "(.*)"$/s or die "row $_";
		$bytes .= element($tag, $vr, plain($text), $implicit);
	}
	return $bytes;
}
chomp(my @rows = <STDIN>);
open my $out, ">:raw", $file or die;
if ($syntax ne "-") {
	my $meta = rows(0, '00020001 OB "\0\x01"', split(/\n/, $ENV{META} // ""), "00020010 UI \"$syntax\"");
	$meta = rows(0, "00020010 UI \"$syntax\\0\"") if length($syntax) % 2 && !$ENV{META};
	print $out "\0" x 128, "DICM", element("00020000", "UL", pack("V", length $meta)), $meta;
}
print $out rows($encoding eq "implicit", grep { $_ ne "" } @rows);
END

explicit=1.2.840.10008.1.2.1
implicit=1.2.840.10008.1.2
htj2k=1.2.840.10008.1.2.4.201
class='00080016 UI "1.2.840.10008.5.1.4.1.1.7\0"'
patient='00100010 PN "Doe^Jane"
00100020 LO "ID1 "'
study='0020000d UI "1.2.300 "
0020000e UI "1.2.301 "'
pixels='7fe00010 OW "0123456789"'

# make NAME SYNTAX [ENCODING]: the rows on standard input to $tmp/NAME.dcm
make() {
  perl "$tmp/make.pl" "$tmp/$1.dcm" "$2" "${3:-explicit}"
}

# want ENCODING: the rows on standard input are the data set that has to arrive
want() {
  perl "$tmp/make.pl" "$tmp/want" - "$1"
}

# arrived DIR UID: its data set, without the record of replacements, to $tmp/got.
arrived() {
  # shellcheck disable=SC2016 # perl's variables
  perl -e '
    local $/; open my $f, "<:raw", $ARGV[0] or exit; my $d = <$f>;
    $d = substr $d, 144 + unpack "V", substr $d, 140, 4;
    $d =~ s/\x00\x04\x61\x05.*?(?=\xe0\x7f)//s;
    print $d' "$(find "$tmp/$1" -type f \( -name "*.$2" -o -name "*.$2.dcm" \) | head -n 1)" >"$tmp/got"
}

# received DIR UID TEXT: it is what was wanted.
received() {
  arrived "$1" "$2"
  same "$tmp/want" "$tmp/got" "$3"
}

start_testscp_tls any --syntax all
any=$PORT
start_testscp_tls implicit
only_implicit=$PORT

# to any|implicit OPTION...
to() {
  PORT=$any
  [ "$1" = any ] || PORT=$only_implicit
  shift
  scu -v "$@"
}

echo "# --- group lengths: dropped from what is written anew (PS3.5 7.2)"
group_length() {
  cat <<END
00080000 $1 "$2"
$class
00080018 UI "1.2.$3"
$patient
00100000 UL "\0\0\0\0"
$study
$pixels
END
}
group_length UN '\x7a\0\0\0' 1001 | sed '/^00100000/d' | make group-un $explicit
group_length UL '\x7a\0\0\0' 1002 | sed '/^00100000/d' | make group-ul $explicit
group_length LO 'odd' 1003 | sed '/^00100000/d' | make group-odd $explicit
for row in un:1001 ul:1002 odd:1003; do
  to any -s PatientID=N "$tmp/group-${row%:*}.dcm"
  is 0 "$status" "a group length (${row%:*}), a replacement: exit 0"
  has "$out" "group lengths dropped" "it is named"
  group_length X X "${row#*:}" | sed -e '/^....0000/d' -e 's/"ID1 "/"N "/' | want explicit
  received any "${row#*:}" "the data set without it"
  to implicit "$tmp/group-${row%:*}.dcm"
  is 0 "$status" "implicit VR: exit 0"
  has "$out" "group lengths dropped" "it is named there"
  group_length X X "${row#*:}" | sed -e '/^....0000/d' | want implicit
  received implicit "${row#*:}" "in implicit VR without it"
done

echo "# --- encapsulated syntaxes, known to DCMTK or not, are explicit VR little endian (PS3.5 A.4)"
fragments() {
  cat <<END
$class
00080018 UI "1.2.$1"
$patient
$study
"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\0\0\0\0"
"\xfe\xff\0\xe0\x$2\0\0\0abcdef$3"
"\xfe\xff\xdd\xe0\0\0\0\0"
END
}
number=1100
for syntax in $htj2k 1.2.840.10008.1.2.4.203 1.2.840.10008.1.2.4.110 1.2.840.10008.1.2.8.1 1.2.840.10008.1.2.5 1.2.3.4.5; do
  number=$((number + 1))
  fragments $number 06 '' | make fragments "$syntax"
  to any -s PatientID=N "$tmp/fragments.dcm"
  is 0 "$status" "$syntax, a replacement: exit 0"
  fragments $number 06 '' | sed 's/"ID1 "/"N "/' | want explicit
  received any $number "it arrives, replaced"
  fragments $number 07 g | make fragments "$syntax"
  to any "$tmp/fragments.dcm"
  is 0 "$status" "$syntax, an odd fragment: exit 0"
  has "$out" "a value of odd length padded" "which is named"
  fragments $number 08 'g\0' | want explicit
  received any $number "it arrives padded"
  to any --uid-suffix .7 --dry-run "$tmp/fragments.dcm"
  is 0 "$status" "$syntax, --uid-suffix, --dry-run: exit 0"
  to any --uid-suffix .7 "$tmp/fragments.dcm"
  is 0 "$status" "and the run: exit 0"
  fragments $number 08 'g\0' | sed -e 's/"1.2.300 "/"1.2.300.7\\0"/' -e 's/"1.2.301 "/"1.2.301.7\\0"/' \
    -e "s/1.2.$number/&.7/" | want explicit
  received any $number.7 "with its UIDs"
done

echo "# --- values of odd length in items are padded, whatever way it goes"
# Two of them, so that the item is even: with lengths, and with delimiters.
odd_items() {
  printf '%s\n' "$class" '00080018 UI "1.2.1150"' "$1" "$patient" "$study" "$pixels"
}
items='"\x08\0\x40\x11SQ\0\0'
open='\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff\x08\0\x50\0'
close='\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"'
odd_items "$items\\x1a\\0\\0\\0\\xfe\\xff\\0\\xe0\\x12\\0\\0\\0\\x08\\0\\x50\\0SH\\x01\\0a\\x08\\0\\x80\\0LO\\x01\\0b\"" |
  make odd-lengths $explicit
odd_items "$items${open}SH\\x01\\0a\\x08\\0\\x80\\0LO\\x01\\0b$close" | make odd-ends $explicit
odd_items '"\x08\0\x40\x11\x1a\0\0\0\xfe\xff\0\xe0\x12\0\0\0\x08\0\x50\0\x01\0\0\0a\x08\0\x80\0\x01\0\0\0b"' |
  make odd-implicit $implicit implicit
for row in lengths:any lengths:implicit ends:any ends:implicit implicit:any; do
  to "${row#*:}" "$tmp/odd-${row%:*}.dcm"
  is 0 "$status" "odd values in an item ($row): exit 0"
  has "$out" "a value of odd length padded" "it is named"
  case $row in
    *implicit*)
      odd_items "\"\\x08\\0\\x40\\x11$open\\x02\\0\\0\\0a \\x08\\0\\x80\\0\\x02\\0\\0\\0b $close" | want implicit ;;
    *) odd_items "$items${open}SH\\x02\\0a \\x08\\0\\x80\\0LO\\x02\\0b $close" | want explicit ;;
  esac
  received "${row#*:}" 1150 "they arrive padded"
done

echo "# --- Pixel Data as UN"
un_pixels() {
  cat <<END
$class
00080018 UI "1.2.1200"
$patient
$study
7fe00010 UN "0123456789"
END
}
un_pixels | make un-pixels $explicit
to any -s PatientID=N "$tmp/un-pixels.dcm"
is 0 "$status" "a replacement: exit 0"
un_pixels | sed 's/"ID1 "/"N "/' | want explicit
received any 1200 "replaced, the pixels as they are"

echo "# --- reading fails while it is converted: never taken for the end"
make whole $implicit implicit <<END
$class
00080018 UI "1.2.1300"
$patient
$study
$pixels
END
THROUGH_AS_IT_IS=${THROUGH:-}
for fault in lseek:error=EIO read:error=EIO; do
  # A leak cannot be looked for under ptrace.
  THROUGH="$THROUGH_AS_IT_IS env ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 strace -f -qq -o /dev/null
    -P $tmp/whole.dcm -e trace=${fault%%:*} -e inject=$fault"
  to any -s PatientID=N "$tmp/whole.dcm"
  is 11 "$status" "$fault: exit 11"
  has "$err" "cannot be read" "the file is named for what it is"
  hasnt "$tmp/any.log" "stored 1.2.1300" "nothing of it is stored"
done
THROUGH=$THROUGH_AS_IT_IS

echo "# --- a header unlike the data set, which is used"
mismatched() {
  printf '%s\n' "$class" "00080018 UI \"1.2.1400\"" "$patient" "$study" "$pixels"
}
for meta in '00020003 UI "1.2.1499"' '00020002 UI "1.2.840.10008.5.1.4.1.1.2\0"'; do
  mismatched | META=$meta make mismatched $explicit
  to any "$tmp/mismatched.dcm"
  is 0 "$status" "header unlike the data set: exit 0"
  has "$out" "1 acknowledged, 1 whose header differs from the data set" "it is counted"
  has "$err" "$(echo "$meta" | sed 's/[^"]*"\([0-9.]*\).*/\1/'), but its data set" "both are named"
  mismatched | want explicit
  received any 1400 "the data set arrives under its own UID"
  to any --strict "$tmp/mismatched.dcm"
  is 11 "$status" "--strict: exit 11"
  to any --json "$tmp/mismatched.dcm"
  is 1 "$(count_events "$out" summary mismatched=1)" "--json counts it"
done

echo "# --- equal elements twice, zeros at the end"
twice() {
  printf '%s\n' "$class" "00080018 UI \"1.2.1500\"" "$patient" "$1" "$study" "$pixels" "$2"
}
twice '00100020 LO "ID1 "' '' | make twice $explicit
twice '00100020 LO "ID2 "' '' | make unlike $explicit
twice '' '"\0\0\0\0\0\0\0\0\0\0"' | make zeros $explicit
for row in "twice:equal second elements dropped" "zeros:zero padding at the end dropped"; do
  for receiver in any implicit; do
    to $receiver "$tmp/${row%%:*}.dcm"
    is 0 "$status" "${row%%:*}, $receiver: exit 0"
    has "$out" "${row#*:}" "it is named"
    encoding=explicit
    [ $receiver = any ] || encoding=implicit
    twice '' '' | want $encoding
    received $receiver 1500 "the rest arrives"
  done
done
to any "$tmp/unlike.dcm"
is 11 "$status" "an element twice, unlike: exit 11"
has "$err" "(0010,0020) found twice" "which"
hasnt "$err" "have the receiver accept" "no receiver can help"
to any -s PatientName=N "$tmp/zeros.dcm"
is 0 "$status" "zeros, a replacement: exit 0"
has "$out" "zero padding at the end dropped" "they are named"

echo "# --- an error that is not fatal is not the run's"
printf '%s\n' "$class" '00080018 UI "1.2.1600"' "$patient" '"\x18\0\x30\x10  \x08\0PROTOCOL"' "$study" "$pixels" |
  make blank $explicit
to any --encapsulate "$TESTDATA/embeddedpdf.pdf" --like "$tmp/blank.dcm"
is 0 "$status" "--encapsulate --like an object with a VR of blanks: exit 0"
hasnt "$err" "error" "no error is told"

echo "# --- attributes of the dictionary as UN (PS3.5 6.2.2)"
unknown() {
  cat <<END
00080016 $1 "1.2.840.10008.5.1.4.1.1.7\0"
00080018 $1 "1.2.1700"
00081140 UN "\xfe\xff\0\xe0\x10\0\0\0\x08\0\x55\x11\x08\0\0\0$2"
00100010 $1 "Doe^Jane"
00100020 LO "$3"
0020000d $1 "$4"
0020000e $1 "1.2.301 "
$pixels
END
}
unknown UN '1.2.5\0\0\0' 'ID1 ' '1.2.300 ' | make unknown $explicit
to any "$tmp/unknown.dcm"
is 0 "$status" "UN: exit 0"
unknown UN '1.2.5\0\0\0' 'ID1 ' '1.2.300 ' | want explicit
received any 1700 "as they are"
to any -s PatientID=N -s StudyInstanceUID=1.2.9 "$tmp/unknown.dcm"
is 0 "$status" "UN, replacements: exit 0"
has "$out" "elements of VR UN sent with the VR that the dictionary has" "it is named"
file=$(find "$tmp/any" -type f -name '*.1700*' | head -n 1)
dcmdump "$file" >"$tmp/dump" 2>&1
has "$tmp/dump" "(0020,000d) UI [1.2.9]" "the study is replaced"
has "$tmp/dump" "(0010,0010) PN [Doe^Jane]" "the name has its VR"
to any --uid-suffix .7 "$tmp/unknown.dcm"
is 0 "$status" "UN, --uid-suffix: exit 0"
dcmdump "$(find "$tmp/any" -type f -name '*.1700.7*' | head -n 1)" >"$tmp/dump" 2>&1
has "$tmp/dump" "(0008,1155) UI [1.2.5.7]" "a reference in a sequence follows"
has "$tmp/dump" "(0020,000d) UI [1.2.300.7]" "the study does"

echo "# --- the VR and the dictionary disagree on what is a sequence"
misread() {
  printf '%s\n' "$class" '00080018 UI "1.2.1800"' "$patient" "$1" "$study" "$pixels"
}
number=0
for row in '00120064 LO "Anonymizer"' '00181030 SQ "\xfe\xff\0\xe0\0\0\0\0"' '00120064 LO ""' '00120064 UN ""'; do
  number=$((number + 1))
  misread "$row" | make misread $explicit
  to any "$tmp/misread.dcm"
  is 0 "$status" "$row, any syntax: exit 0"
  to implicit "$tmp/misread.dcm"
  if [ $number -le 2 ]; then
    is 11 "$status" "$row, implicit VR: exit 11"
    has "$err" "in implicit VR it would be misread" "why"
  else
    is 0 "$status" "$row, implicit VR: exit 0"
    misread "$row" | want implicit
    received implicit 1800 "it arrives"
  fi
done

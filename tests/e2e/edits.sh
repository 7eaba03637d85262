#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# --set and --uid-suffix: the attributes named are replaced, in the object's own
# character set, and recorded; references follow, and nothing else changes.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_pki
dicom=$TESTDATA/dicom

# value FILE KEYWORD [PARENTS]: of one attribute, of the data set itself or of
# the first item of sequences given by their tags, joined by dots.
value() {
  dcmdump -q +p +P "$2" "$1" 2>/dev/null | awk -v parents="${3:-}" '{
    path = $1
    sub(/[.]?[(][0-9a-f,]*[)]$/, "", path)
    if (path == parents) print
  }' | LC_ALL=C sed -n 's/^[^[]*\[\(.*\)\].*/\1/p' | head -n 1
}

# got DIR UID: the path of the object as received.
got() {
  find "$tmp/$1" -type f \( -name "*$2" -o -name "*$2.dcm" \) | head -n 1
}

# rest FILE OUTPUT: its data set without the record of replacements and the attributes named.
rest() {
  rest_from=$1
  rest_to=$2
  shift 2
  cp "$rest_from" "$tmp/rest.dcm"
  for attribute in OriginalAttributesSequence "$@"; do
    dcmodify -nb -imt -ea "$attribute" "$tmp/rest.dcm" >/dev/null 2>&1
  done
  dcmdump -q +L "$tmp/rest.dcm" 2>/dev/null | sed -e '/^#/d' -e '/^(0002,/d' -e '/^$/d' \
    -e '/^ *(....,0000) /d' -e 's/  *#[^#]*$//' -e 's/(Sequence with .*$/SQ/' -e 's/(Item with .*$/ITEM/' \
    -e '/^ *(fffe,e0[0d]d)/d' >"$rest_to"
}

ct=$(value "$dicom/ct.dcm" SOPInstanceUID)
study=$(value "$dicom/ct.dcm" StudyInstanceUID)
before='(0400,0561).(0400,0550)' # what was replaced

echo "# --- values replaced, made and emptied"
start_testscp_tls edits --syntax all
scu -v -s 'PatientName=Roe^Jane' -s '(0008,1030)=Study of a=b' -s 00100040= \
  -s 'RequestAttributesSequence.RequestedProcedureID=7' -s 'ImageType=DERIVED\SECONDARY' "$dicom/ct.dcm"
is 0 "$status" "replacements: exit 0"
has "$out" "PatientName replaced" "what was replaced is named"
has "$out" "PatientSex emptied" "and what was emptied"
file=$(got edits "$ct")
is 'Roe^Jane' "$(value "$file" PatientName)" "a keyword names an attribute"
is 'Study of a=b' "$(value "$file" StudyDescription)" "a tag in parentheses does, and the first = parts"
is '' "$(value "$file" PatientSex)" "a bare tag empties"
is 'DERIVED\SECONDARY' "$(value "$file" ImageType)" "several values"
is 7 "$(value "$file" RequestedProcedureID '(0040,0275)')" "a sequence and its item are made"
is 'Phantom^Anna' "$(value "$file" PatientName "$before")" "the old name is on record"
is O "$(value "$file" PatientSex "$before")" "the old sex is"
is mtls-storescu "$(value "$file" ModifyingSystem '(0400,0561)')" "and who replaced them"
is '' "$(value "$file" PatientID "$before")" "what was not replaced is not on record"
set -- PatientName StudyDescription PatientSex ImageType RequestAttributesSequence
rest "$dicom/ct.dcm" "$tmp/sent.txt" "$@"
rest "$file" "$tmp/got.txt" "$@"
same "$tmp/sent.txt" "$tmp/got.txt" "all other attributes are as they were"
for object in "$dicom/ct.dcm" "$file"; do
  rm -rf "$tmp/pixels"
  mkdir "$tmp/pixels"
  dcmdump -q +P PixelData +W "$tmp/pixels" "$object" >/dev/null 2>&1
  cksum <"$(find "$tmp/pixels" -type f)"
done | uniq >"$tmp/sums"
is 1 "$(wc -l <"$tmp/sums")" "the pixels are the same bytes"

echo "# --- compressed pixels pass through"
scu -s PatientID=new "$dicom/jpeg.dcm" "$dicom/rle.dcm"
is 0 "$status" "JPEG and RLE: exit 0"
for name in jpeg rle; do
  file=$(got edits "$(value "$dicom/$name.dcm" SOPInstanceUID)")
  is new "$(value "$file" PatientID)" "$name: replaced"
  rest "$dicom/$name.dcm" "$tmp/sent.txt" PatientID
  rest "$file" "$tmp/got.txt" PatientID
  same "$tmp/sent.txt" "$tmp/got.txt" "$name: all else is as it was, fragments too"
done

echo "# --- and a change of syntax besides"
start_testscp_tls implicit
scu -v -s PatientName=Roe "$dicom/ct.dcm"
is 0 "$status" "implicit VR only: exit 0"
has "$out" "PatientName replaced" "the replacement is named"
has "$out" "Implicit VR Little Endian" "and the syntax"
is Roe "$(value "$(got implicit "$ct")" PatientName)" "and it arrives"

echo "# --- UIDs"
start_testscp_tls uids --syntax all
cp "$dicom/sr.dcm" "$tmp/ref.dcm"
evidence='(0040,a375)[0]'
dcmodify -nb -i "$evidence.(0020,000d)=$study" -i "$evidence.(0008,1115)[0].(0020,000e)=1.2.3" \
  -i "$evidence.(0008,1115)[0].(0008,1199)[0].(0008,1150)=1.2.840.10008.5.1.4.1.1.2" \
  -i "$evidence.(0008,1115)[0].(0008,1199)[0].(0008,1155)=$ct" "$tmp/ref.dcm"
sr=$(value "$tmp/ref.dcm" SOPInstanceUID)
scu -v --uid-suffix .5 "$dicom/ct.dcm" "$tmp/ref.dcm"
is 0 "$status" "--uid-suffix: exit 0"
file=$(got uids "$ct.5")
is "$ct.5" "$(value "$file" SOPInstanceUID)" "the instance has it"
is "$study.5" "$(value "$file" StudyInstanceUID)" "the study"
is "$(value "$dicom/ct.dcm" FrameOfReferenceUID)" "$(value "$file" FrameOfReferenceUID)" \
  "the frame of reference has not"
is "$ct" "$(value "$file" SOPInstanceUID "$before")" "the old UID is on record"
file=$(got uids "$sr.5")
evidence='(0040,a375)'
sop="$evidence.(0008,1115).(0008,1199)"
is "$ct.5" "$(value "$file" ReferencedSOPInstanceUID "$sop")" "a reference leads to the instance as sent"
is "$study.5" "$(value "$file" StudyInstanceUID "$evidence")" "and to its study"
is "$ct" "$(value "$file" ReferencedSOPInstanceUID "$before.$sop")" "the old reference is on record"
scu -s StudyInstanceUID=1.2.99 "$tmp/ref.dcm"
is 0 "$status" "another study by --set: exit 0"
is 1.2.99 "$(value "$(got uids "$sr")" StudyInstanceUID "$evidence")" "a reference to the old one follows"
scu -s SOPInstanceUID=1.2.98 "$dicom/ct.dcm"
is 0 "$status" "another instance: exit 0"
is 1.2.98 "$(value "$(got uids 1.2.98)" SOPInstanceUID)" "request and data set agree"
cp "$dicom/ct.dcm" "$tmp/short.dcm"
dcmodify -nb -m SOPInstanceUID=1.2.97 -m StudyInstanceUID=1.2.96 -m SeriesInstanceUID=1.2.95 "$tmp/short.dcm"
scu --uid-suffix .123456789012345678901 "$dicom/ct.dcm" "$tmp/short.dcm"
is 10 "$status" "a UID that would be too long: exit 10"
has "$err" "$study.123456789012345678901 would be a UID of 66 characters" "which, and how long"
long=1.2.97.123456789012345678901
is $long "$(value "$(got uids $long)" SOPInstanceUID)" "the other object arrives"

echo "# --- characters"
start_testscp_tls characters --syntax all
japanese=$(value "$dicom/japanese.dcm" SOPInstanceUID)
chinese=$(value "$dicom/chinese.dcm" SOPInstanceUID)
scu -s 'PatientName=Suzuki=鈴木' "$dicom/japanese.dcm" "$dicom/chinese.dcm"
is 0 "$status" "a name that both have the characters for: exit 0"
for name in japanese chinese; do
  value "$(got characters "$(value "$dicom/$name.dcm" SOPInstanceUID)")" PatientName >"$tmp/$name.name"
done
# shellcheck disable=SC2016 # an escape sequence, not a variable
printf 'Suzuki=\033$BNkLZ\033(B\n' >"$tmp/japanese.want"
printf 'Suzuki=鈴木\n' | iconv -f UTF-8 -t GB18030 >"$tmp/chinese.want"
same "$tmp/japanese.want" "$tmp/japanese.name" "in ISO 2022 IR 87 for the one"
same "$tmp/chinese.want" "$tmp/chinese.name" "in GB18030 for the other"
is '\ISO 2022 IR 87' "$(value "$(got characters "$japanese")" SpecificCharacterSet)" "the set is not touched"
rm -f "$tmp"/characters/*
scu -v -s 'PatientName=Müller' "$dicom/japanese.dcm" "$dicom/chinese.dcm" "$dicom/ct.dcm"
is 10 "$status" "a name that one has no characters for: exit 10"
has "$out" "2 acknowledged, 1 failed" "that one fails, the others arrive"
has "$err" "japanese.dcm: PatientName: the character \"ü\" is not in its character set" "which, and why"
has "$err" "holds text in it that is not ASCII" "and why its set is kept"
is "" "$(got characters "$japanese")" "nothing of it was sent"
is "GB18030" "$(value "$(got characters "$chinese")" SpecificCharacterSet)" "one has them in its set"

echo "# --- text that is all ASCII is in any character set"
# ascii SET NAME WANTED-SET WANTED-NAME: by both ways of writing, the record telling what was there
ascii() {
  cp "$dicom/ct.dcm" "$tmp/set.dcm"
  [ -z "$1" ] || dcmodify -nb -i "SpecificCharacterSet=$1" "$tmp/set.dcm"
  for receiver in characters implicit; do
    PORT=$characters
    [ $receiver = characters ] || PORT=$implicit
    scu -v -s "PatientName=$2" -s "RequestAttributesSequence.RequestedProcedureID=7" "$tmp/set.dcm"
    is 0 "$status" "$2 to an object in ${1:-no set} ($receiver): exit 0"
    has "$out" "PatientName replaced, RequestAttributesSequence.RequestedProcedureID replaced, SpecificCharacterSet set to $3" \
      "it is named"
    is "$3" "$(value "$(got $receiver "$ct")" SpecificCharacterSet)" "the set"
    is "$1" "$(value "$(got $receiver "$ct")" SpecificCharacterSet "$before")" "the old one is on record"
    value "$(got $receiver "$ct")" PatientName >"$tmp/name.got"
    printf '%s\n' "$2" | iconv -f UTF-8 -t "$4" >"$tmp/name.want"
    same "$tmp/name.want" "$tmp/name.got" "the name"
  done
}
characters=$PORT
start_testscp_tls implicit
implicit=$PORT
ascii '' Müller 'ISO_IR 100' ISO-8859-1
ascii 'ISO_IR 6' Wałęsa 'ISO_IR 192' UTF-8
ascii 'ISO_IR 144' 'Wang^XiaoDong=王^小東' 'ISO_IR 192' UTF-8
ascii '\ISO 2022 IR 87' 'Müller^Jürgen' 'ISO_IR 100' ISO-8859-1
PORT=$characters
cp "$dicom/ct.dcm" "$tmp/undeclared.dcm"
dcmodify -nb -i "PatientComments=$(printf 'M\374ller')" "$tmp/undeclared.dcm"
scu -s PatientName=Müller "$tmp/undeclared.dcm"
is 11 "$status" "bytes beyond ASCII in no set: exit 11"
has "$err" "(0010,4000) holds bytes that are not ASCII, of no set that is named" "where"
rm -f "$tmp"/characters/*
scu --encapsulate "$TESTDATA/embeddedpdf.pdf" --like "$dicom/ct.dcm" -s PatientName=Müller -s 'DocumentTitle=Ærø'
is 0 "$status" "a PDF like an object without a set: exit 0"
is 'ISO_IR 100' "$(value "$(find "$tmp/characters" -type f)" SpecificCharacterSet)" "it gets one"
scu --encapsulate "$TESTDATA/embeddedpdf.pdf" --like "$dicom/japanese.dcm" -s DocumentTitle=Ærø
has "$err" "DocumentTitle: the character \"Æ\" is not in its character set, \\ISO 2022 IR 87" "like a Japanese one: why not"

echo "# --- what the command line may not say: exit 2 before anything is dialled"
refused() {
  is 2 "$status" "$1: exit 2"
  has "$err" "$2" "$1: why"
}
PORT=1
scu -s PatientNam=x "$dicom/ct.dcm"
refused "an unknown keyword" "Did you mean PatientName?"
scu -s PatientBirthDate=1974-06-01 "$dicom/ct.dcm"
refused "no date" "a date, YYYYMMDD"
scu -s 'PixelSpacing=1' "$dicom/ct.dcm"
refused "one value of two" "has 2 values, not 1"
scu -s SOPClassUID=1.2.840.10008.5.1.4.1.1.7 "$dicom/ct.dcm"
refused "another class" "is the kind of object"
scu -s TransferSyntaxUID=1.2.840.10008.1.2 "$dicom/ct.dcm"
refused "group 2" "belongs to the file"
scu -s SpecificCharacterSet=ISO_IR\ 192 "$dicom/ct.dcm"
refused "another character set" "is the encoding of the object's texts"
has "$err" "gets ISO_IR 100 or ISO_IR 192 where they need it" "and what to do"
scu -s PixelData= "$dicom/ct.dcm"
refused "no pixels" "is sent unchanged"
scu -s RequestAttributesSequence=x "$dicom/ct.dcm"
refused "a sequence's value" "has no value"
scu -s PatientID=1 -s 00100020=2 "$dicom/ct.dcm"
refused "one attribute twice" "is set twice"
scu --uid-suffix .a "$dicom/ct.dcm"
refused "letters in a suffix" "is not a valid end of a UID"

#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# --encapsulate: a PDF arrives as a valid instance of the right patient, from which
# it can be extracted byte for byte.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_pki
pdf=$TESTDATA/embeddedpdf.pdf
like=$TESTDATA/dicom/ct.dcm

# value FILE KEYWORD: the first there is.
value() {
  dcmdump -q +P "$2" "$1" 2>/dev/null | LC_ALL=C sed -n 's/^[^[]*\[\(.*\)\].*/\1/p' | head -n 1
}

# received DIR: the only object there.
received() {
  find "$tmp/$1" -type f | head -n 1
}

# whole DIR PDF TEXT: what arrived holds the PDF and is valid by dicom3tools.
whole() {
  file=$(received "$1")
  # dcm2pdf leaves the NUL behind an odd one: the length that the object states is what counts.
  dcm2pdf -q "${file:-/dev/null}" "$tmp/out.padded" 2>/dev/null
  head -c "$(wc -c <"$2")" "$tmp/out.padded" >"$tmp/out.pdf"
  same "$2" "$tmp/out.pdf" "$3: the PDF comes out of it"
  is "$(wc -c <"$2")" "$(dcmdump -q +P EncapsulatedDocumentLength "$file" | sed 's/.* UL \([0-9]*\) .*/\1/')" \
    "$3: its length is stated"
  dciodvfy "$file" >"$tmp/verify" 2>&1
  hasnt "$tmp/verify" "Error" "$3: dciodvfy finds no error"
}

echo "# --- the patient and the study of another object"
start_storescp_tls explicit
scu -v --encapsulate "$pdf" --like "$like"
is 0 "$status" "storescp +tls: exit 0"
has "$out" "1 acknowledged" "it is acknowledged"
whole explicit "$pdf" "storescp +tls"
for attribute in PatientName PatientID PatientBirthDate StudyInstanceUID StudyDate AccessionNumber; do
  is "$(value "$like" $attribute)" "$(value "$file" $attribute)" "$attribute is that of --like"
done
is DOC "$(value "$file" Modality)" "it is a document"
uid=$(value "$file" SOPInstanceUID)
rm -f "$tmp"/explicit/*
cp "$pdf" "$tmp/later.pdf"
scu --encapsulate "$tmp/later.pdf" --like "$like"
is "$uid" "$(value "$(received explicit)" SOPInstanceUID)" "the same PDF again is the same instance"
rm -f "$tmp"/explicit/*
scu --encapsulate "$pdf" --like "$like" -s 'DocumentTitle=Report'
is Report "$(value "$(received explicit)" DocumentTitle)" "--set gives it a title"
is '' "$(value "$(received explicit)" ModifyingSystem)" "which replaces nothing"
run test "$uid" != "$(value "$(received explicit)" SOPInstanceUID)"
is 0 "$status" "and makes it another instance"

echo "# --- a receiver like IRIS: implicit VR only"
start_testscp_tls implicit
scu --encapsulate "$pdf" --like "$TESTDATA/dicom/chinese.dcm"
is 0 "$status" "implicit VR only, a Chinese patient: exit 0"
whole implicit "$pdf" "implicit VR only"
is GB18030 "$(value "$file" SpecificCharacterSet)" "the characters are those of --like"

echo "# --- the patient and the study by --set"
start_storescp_tls set
scu --encapsulate "$pdf" -s 'PatientName=Doe^Jane' -s PatientID=7 -s StudyInstanceUID=1.2.3 \
  -s 'DocumentTitle=Überweisung'
is 0 "$status" "complete values: exit 0"
whole set "$pdf" "complete values"
is 'Doe^Jane' "$(value "$file" PatientName)" "the patient is the one named"
is 'ISO_IR 192' "$(value "$file" SpecificCharacterSet)" "other characters than ASCII: UTF-8"

echo "# --- beside the study that it belongs to"
start_storescp_tls study
scu --uid-suffix .5 --encapsulate "$pdf" --like "$like" "$like"
is 0 "$status" "with a suffix: exit 0"
is 2 "$(find "$tmp/study" -type f | wc -l)" "both arrive"
for file in "$tmp"/study/*; do
  is "$(value "$like" StudyInstanceUID).5" "$(value "$file" StudyInstanceUID)" "in one study"
done

echo "# --- signed, odd and several"
start_storescp_tls signed
{
  cat "$pdf"
  printf 'xref\n%%%%EOF\n'
} >"$tmp/signed.pdf"
scu --encapsulate "$tmp/signed.pdf" --like "$like"
is 0 "$status" "a signed one: exit 0"
has "$err" "2 end-of-file marks" "with a warning"
whole signed "$tmp/signed.pdf" "signed"
start_storescp_tls odd
cp "$pdf" "$tmp/odd.pdf"
[ $(($(wc -c <"$tmp/odd.pdf") % 2)) -ne 0 ] || printf '\n' >>"$tmp/odd.pdf"
scu --encapsulate "$tmp/odd.pdf" --like "$like"
is 0 "$status" "an odd one: exit 0"
whole odd "$tmp/odd.pdf" "odd"
start_storescp_tls several
printf 'GIF89a' >"$tmp/no.pdf"
scu --encapsulate "$tmp/no.pdf" --encapsulate "$pdf" --encapsulate "$tmp/odd.pdf" --like "$like"
is 10 "$status" "one that is not a complete PDF among others: exit 10"
has "$err" "no.pdf: is not a complete PDF" "which, and why"
is 2 "$(find "$tmp/several" -type f | wc -l)" "the others arrive"

echo "# --- what is refused"
scu --encapsulate "$pdf"
is 2 "$status" "nothing says whose it is: exit 2"
has "$err" "--like" "and what would"
scu --encapsulate "$pdf" -s 'PatientName=Doe^Jane' -s StudyInstanceUID=1.2.3
is 2 "$status" "half of it does not do: exit 2"
has "$err" "PatientID missing" "and which half is missing"
scu --encapsulate "$pdf" --like "$like" -s MIMETypeOfEncapsulatedDocument=text/plain
is 2 "$status" "a value that follows from the document: exit 2"
scu --encapsulate "$tmp/no.pdf" --like "$like"
is 3 "$status" "no PDF at all: exit 3"
scu --encapsulate "$tmp/nowhere.pdf" --like "$like"
is 3 "$status" "no file: exit 3"
has "$err" "nowhere.pdf" "which"
scu --encapsulate "$pdf" --like "$pdf"
is 3 "$status" "--like is no object: exit 3"
has "$err" "is not a DICOM file" "and why"
is 2 "$(find "$tmp/several" -type f | wc -l)" "nothing of these arrived"

echo "# --- the journal knows it by its own name"
start_testscp_tls journalled --syntax all
scu --journal "$tmp/pdf.db" --encapsulate "$TESTDATA/embeddedpdf.pdf" --like "$TESTDATA/dicom/ct.dcm"
is 0 "$status" "with a journal: exit 0"
is "$TESTDATA/embeddedpdf.pdf" "$(sqlite3 "$tmp/pdf.db" 'SELECT CAST(path AS TEXT) FROM instance')" \
  "it has the PDF's path, not that of what was made of it"
scu --journal "$tmp/pdf.db" --encapsulate "$TESTDATA/embeddedpdf.pdf" --like "$TESTDATA/dicom/ct.dcm"
has "$out" "1 acknowledged (1 from the journal)" "the same call again makes the same instance, which is not sent again"

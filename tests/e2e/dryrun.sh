#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# --dry-run reports for every object what a run would do: which fail, and why.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_pki
mkdir "$tmp/objects"
cp "$TESTDATA"/dicom/*.dcm "$TESTDATA/embeddedpdf.dcm" "$tmp/objects"
# A sequence by the dictionary, but not by its VR; an element twice; text in no character set.
cp "$TESTDATA/dicom/ct.dcm" "$tmp/objects/misread.dcm"
dcmodify -nb -m SOPInstanceUID=1.2.31 -i '(0008,1030)=12345678' "$tmp/objects/misread.dcm"
perl -0777 -pi -e 's/\x08\0\x30\x10LO/\x08\0\x32\x10LO/ or die' "$tmp/objects/misread.dcm"
cp "$TESTDATA/dicom/ct.dcm" "$tmp/objects/twice.dcm"
dcmodify -nb -m SOPInstanceUID=1.2.32 -m PatientID=1234 "$tmp/objects/twice.dcm"
perl -0777 -pi -e 's/(\x10\0\x20\0LO\x04\0)1234/${1}1234${1}5678/ or die' "$tmp/objects/twice.dcm"
cp "$TESTDATA/dicom/ct.dcm" "$tmp/objects/undeclared.dcm"
dcmodify -nb -m SOPInstanceUID=1.2.33 -i "PatientComments=$(printf 'M\374ller')" "$tmp/objects/undeclared.dcm"
dcmodify -nb -m SOPInstanceUID=1.2.34 -m Columns=7 "$tmp/objects/rle.dcm"

# failures: the paths of those that failed in $out, with their reasons, to the file
failures() {
  perl -MJSON::PP -ne '
    my $event = decode_json($_);
    print "$event->{path}: $event->{meaning}\n" if $event->{type} eq "instance" && $event->{class} eq "failure"' \
    "$out" | sort >"$1"
}

# agree TEXT LEAST [OPTION...]: at least so many fail, the same ones, for the same reasons
agree() {
  text=$1
  least=$2
  shift 2
  scu --json --dry-run "$@" "$tmp/objects"
  dry=$status
  failures "$tmp/dry.txt"
  scu --json "$@" "$tmp/objects"
  failures "$tmp/run.txt"
  is "$status" "$dry" "$text: exit $status of both"
  is true "$([ "$(wc -l <"$tmp/run.txt")" -ge "$least" ] && echo true)" "$text: some fail"
  same "$tmp/run.txt" "$tmp/dry.txt" "$text: the same ones, for the same reasons"
}

start_testscp_tls any --syntax all
agree "any syntax" 1
agree "any syntax, a name" 3 -s PatientName=Müller
agree "any syntax, UIDs" 1 --uid-suffix .1234567890123456
start_testscp_tls implicit
agree "implicit VR" 8 --propose implicit
agree "implicit VR, all" 2 --propose implicit --transcode always
start_testscp_tls explicit --syntax explicit
agree "explicit VR, all, a name" 3 --propose explicit --transcode always -s PatientName=Müller
agree "explicit VR, little memory" 5 --propose explicit --transcode always --max-object-memory 20k

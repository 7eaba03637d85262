#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Whole studies: everything given arrives, once, with an equal data set, for any
# class, syntax and name, and however it is listed, split and distributed.
#
#   OBJECTS=2000   how many
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

OBJECTS=${OBJECTS:-2000}
# Else storescp's answers take 40 ms each behind stunnel.
TCP_NODELAY=1
export TCP_NODELAY
make_pki

# many OPTION...: more output than can be shown if something is wrong.
many() {
  scu --json "$@"
  grep -v '"class":"success"' "$out" | tail -n 3 >"$tmp/last.log"
}

echo "# --- $OBJECTS objects of 20 SOP classes and 6 transfer syntaxes, in nested directories"
make_study all --objects "$OBJECTS" --studies 20 --nested
start_storescp_tls storescp +xa
many --dry-run "$tmp/all"
is 0 "$status" "--dry-run: exit 0"
is "$OBJECTS" "$(events "$out" plan files)" "--dry-run: all files are in the plan"
is 20 "$(events "$out" plan studies)" "--dry-run: and all studies"
is 0 "$(find "$tmp/storescp" -type f | wc -l)" "--dry-run: nothing is sent"
many "$tmp/all"
is 0 "$status" "storescp +tls: exit 0"
is "acknowledged=$OBJECTS" "$(totals "$out")" "storescp +tls: all acknowledged"
arrived "$tmp/all" "$tmp/storescp" "storescp +tls: all of it arrives"
is 20 "$(count_events "$out" study)" "a line for each study"

start_standin
many "$tmp/all"
is 0 "$status" "stand-in, +xi: exit 0"
arrived "$tmp/all" "$tmp/standin" "stand-in, +xi: all of it arrives, decompressed" --ignore-pixels

start_testscp_tls iris --calling DCM_PDF_SCP --called IRIS_PDF_SCU
many "$tmp/all"
is 0 "$status" "a receiver like IRIS: exit 0"
arrived "$tmp/all" "$tmp/iris" "a receiver like IRIS: all of it arrives, decompressed" --ignore-pixels
is "$OBJECTS" "$(stored iris)" "a receiver like IRIS: each object once"

if has_dcmjs; then
  start_dcmjs dcmjs
  many "$tmp/all"
  is 0 "$status" "dcmjs-dimse: exit 0"
  arrived "$tmp/all" "$tmp/dcmjs" "dcmjs-dimse: all of it arrives, decompressed" --ignore-pixels
  is "$OBJECTS" "$(stored dcmjs)" "dcmjs-dimse: each object once"
fi

echo "# --- 300 pairs of SOP class and transfer syntax"
make_study pairs --pairs 300
start_testscp_tls got-pairs --syntax all
many "$tmp/pairs"
is 0 "$status" "300 pairs in one study: exit 0"
arrived "$tmp/pairs" "$tmp/got-pairs" "300 pairs in one study: all of it arrives"
is 300 "$(stored got-pairs)" "300 pairs in one study: each object once"
is "" "$(events "$out" association contexts | awk '$1 > 128')" "no association has more than 128 contexts"
is true "$([ "$(associations got-pairs)" -ge 3 ] && echo true)" "they are split over associations"
make_study morepairs --pairs 300 --studies 30 --seed 2
start_testscp_tls got-morepairs --syntax all --concurrent
many -j 3 "$tmp/morepairs"
is 0 "$status" "300 pairs in 30 studies, -j 3: exit 0"
arrived "$tmp/morepairs" "$tmp/got-morepairs" "300 pairs in 30 studies, -j 3: all of it arrives"

echo "# --- associations at a time"
make_study some --objects 400 --studies 10 --classes 5
for n in 1 4; do
  start_testscp_tls "serial$n" --calling DCM_PDF_SCP --called IRIS_PDF_SCU
  many -j "$n" "$tmp/some"
  is 0 "$status" "-j $n, a receiver that serves one at a time: exit 0"
  arrived "$tmp/some" "$tmp/serial$n" "-j $n, a receiver that serves one at a time: all of it arrives" --ignore-pixels
  start_testscp_tls "busy$n" --reject-when-busy --delay 1
  many -j "$n" "$tmp/some"
  is 0 "$status" "-j $n, a receiver that rejects a second one: exit 0"
  arrived "$tmp/some" "$tmp/busy$n" "-j $n, a receiver that rejects a second one: all of it arrives" --ignore-pixels
  start_storescp_tls "fork$n" --fork +xa
  many -j "$n" "$tmp/some"
  is 0 "$status" "-j $n, storescp --fork: exit 0"
  arrived "$tmp/some" "$tmp/fork$n" "-j $n, storescp --fork: all of it arrives"
  is 10 "$(events "$out" instance study | sort -u | wc -l)" "-j $n: all studies are told of"
  is "" "$(perl -MJSON::PP -ne '
    my $event = decode_json($_);
    $on{ $event->{study} }{ $event->{assoc} } = 1 if $event->{type} eq "instance";
    END { print join " ", grep { keys %{ $on{$_} } > 1 } keys %on }' "$out")" "-j $n: each stays on one association"
done
make_study one --objects 300 --classes 3 --syntaxes implicit
start_testscp_tls idle --concurrent
idle="associations had nothing to do"
for call in "-j 3 $tmp/some" "-j 1 $tmp/one" "-j 2 $tmp/one/IM000001" "-j 3 --dry-run $tmp/one" "-q -j 3 $tmp/one"; do
  # shellcheck disable=SC2086 # words
  many $call
  hasnt "$err" "$idle" "${call%% /*}: none without work is told of"
done
many -j 3 "$tmp/one"
has "$err" "warning: 2 of 3 $idle: 1 study; --split-studies shares it" "one study, -j 3: two without work are told of"
start_testscp_tls split --concurrent
many -j 3 --split-studies "$tmp/one"
is 0 "$status" "--split-studies: exit 0"
hasnt "$err" "$idle" "--split-studies: all have work"
arrived "$tmp/one" "$tmp/split" "--split-studies: all of it arrives"
is 300 "$(stored split)" "--split-studies: each object once"

echo "# --- order"
make_study order --objects 60
start_testscp_tls got-order
many "$tmp/order"
is 3 "$(events "$out" instance sop_class | tail -n 3 | grep -cx 1.2.840.10008.5.1.4.1.1.88.11)" \
  "objects that refer to others come last in their study"
is 3 "$(events "$out" instance sop_class | grep -cx 1.2.840.10008.5.1.4.1.1.88.11)" "all of them"

echo "# --- shards"
start_testscp_tls shards
found=
for i in 1 2 3; do
  many --shard "$i/3" "$tmp/some"
  is 0 "$status" "--shard $i/3: exit 0"
  found="$found$(($(events "$out" summary acknowledged) + $(events "$out" summary elsewhere))) "
done
arrived "$tmp/some" "$tmp/shards" "the three shards together cover everything" --ignore-pixels
is 400 "$(stored shards)" "each object once"
is "400 400 400 " "$found" "each says what is for the others"

echo "# --- lists"
make_study strange --objects 60 --nested --syntaxes explicit
find "$tmp/strange" -type f -print0 >"$tmp/strange.list"
start_testscp_tls list0
many -0 --files-from "$tmp/strange.list"
is 0 "$status" "--files-from -0, names of every kind: exit 0"
arrived "$tmp/strange" "$tmp/list0" "--files-from -0: all of it arrives"
start_testscp_tls stdin0
out=$tmp/stdout
status=0
(guided --json --from0 --files-from -) <"$tmp/strange.list" >"$out" 2>"$tmp/stderr" || status=$?
is 0 "$status" "--files-from - --from0: exit 0"
arrived "$tmp/strange" "$tmp/stdin0" "--files-from - --from0: all of it arrives"
start_testscp_tls lines
find "$tmp/some" -type f >"$tmp/lines.list"
many --files-from "$tmp/lines.list"
is 0 "$status" "--files-from, lines: exit 0"
arrived "$tmp/some" "$tmp/lines" "--files-from, lines: all of it arrives" --ignore-pixels
many --files-from "$tmp/no such list"
is 2 "$status" "a list that is not there: exit 2"

make_study cd --objects 40 --studies 4 --classes 3 --syntaxes explicit
(cd "$tmp/cd" && dcmmkdir --output-file DICOMDIR IM* >"$tmp/dcmmkdir.log" 2>&1) || sed 's/^/# /' "$tmp/dcmmkdir.log"
start_testscp_tls dicomdir
many "$tmp/cd/DICOMDIR"
is 0 "$status" "a DICOMDIR: exit 0"
is 40 "$(distinct dicomdir)" "a DICOMDIR: all that it refers to arrives"
rm "$tmp/cd/IM000007"
scu "$tmp/cd/DICOMDIR"
is 10 "$status" "a file that it refers to is gone: exit 10"
has "$err" "IM000007" "and it is named"

echo "# --- the same object twice"
mkdir "$tmp/twice"
cp "$tmp/one/IM000001" "$tmp/twice/first.dcm"
cp "$tmp/one/IM000001" "$tmp/twice/second.dcm"
cp "$tmp/one/IM000002" "$tmp/twice/third.dcm"
start_testscp_tls got-twice
many "$tmp/twice"
is 0 "$status" "equal data sets: exit 0"
is "acknowledged=2 duplicates=1" "$(totals "$out")" "one of them is a duplicate"
is 2 "$(stored got-twice)" "and is not sent"
is "$tmp/twice/second.dcm" "$(events "$out" instance path class=duplicate)" "it is named"
dcmodify -nb -i "(0010,0010)=SOMEBODY^ELSE" "$tmp/twice/second.dcm"
start_testscp_tls contradiction
scu "$tmp/twice"
is 10 "$status" "different data sets: exit 10"
has "$err" "$tmp/twice/first.dcm" "the one is named"
has "$err" "$tmp/twice/second.dcm" "and the other"
is 2 "$(distinct contradiction)" "the rest arrives"
has "$err" "--uid-conflict send" "and what can be done"

echo "# --- --uid-conflict send: different objects under one UID"
uid=$(uid_of "$tmp/twice/first.dcm")
dcmconv -q +te "$tmp/twice/first.dcm" "$tmp/twice/fourth.dcm"
cp "$tmp/twice/second.dcm" "$tmp/twice/sixth.dcm"
touch -r "$tmp/twice/first.dcm" "$tmp/twice"/*
start_testscp_tls both
many --uid-conflict send --journal "$tmp/both.db" --done-to "$tmp/both.list" "$tmp/twice"
is 0 "$status" "all go: exit 0"
is "acknowledged=4 duplicates=1" "$(totals "$out")" "what is equal to one that went is a duplicate"
is "3 4" "$(sightings both "$uid") $(stored both)" "three go by one UID, and one by its own"
is "$tmp/twice/third.dcm" "$(cat "$tmp/both.list")" "--done-to has none of them: the receiver may have kept any one"
many --uid-conflict send --journal "$tmp/both.db" "$tmp/twice"
is "0 4" "$status $(stored both)" "with a journal the second run sends nothing"
is "acknowledged=4 recorded=4 duplicates=1" "$(totals "$out")" "and knows each"
many --uid-conflict send --journal "$tmp/both.db" "$tmp/twice/fourth.dcm" "$tmp/twice/second.dcm" \
  "$tmp/twice/first.dcm"
is "0 4 acknowledged=3 recorded=3" "$status $(stored both) $(totals "$out")" "in another order too"
many --journal "$tmp/both.db" "$tmp/twice/fourth.dcm"
is "0 4" "$status $(stored both)" "and without the option, one alone"
mkdir "$tmp/twice/before"
dcmodify -nb -i "(0010,0010)=OTHER" "$tmp/twice/sixth.dcm"
mv "$tmp/twice/sixth.dcm" "$tmp/twice/before/sixth.dcm"
many --uid-conflict send --journal "$tmp/both.db" "$tmp/twice/before" "$tmp/twice"
is "0 5 acknowledged=5 recorded=4 duplicates=1" "$status $(stored both) $(totals "$out")" "a new one before them goes alone"
many --uid-conflict send --journal "$tmp/both.db" "$tmp/twice/before" "$tmp/twice"
is "0 5" "$status $(stored both)" "and once"
run_status() { run "$MTLS_STORESCU" --status --json --journal "$tmp/both.db"; }
run_status
is "acknowledged=5 recorded=5" "$(totals "$out")" "--status counts each"
run "$MTLS_STORESCU" --dry-run --json --uid-conflict send --plain -c A@localhost "$tmp/twice"
is "0 not_sent=5 duplicates=0" "$status $(totals "$out") duplicates=$(count_events "$out" instance class=duplicate)" \
  "--dry-run plans the same"
start_testscp_tls refuses-others --status "0111@once-uid:$uid"
scu --json --uid-conflict send --journal "$tmp/refused.db" "$tmp/twice/first.dcm" "$tmp/twice/second.dcm"
is "10 acknowledged=1 failed=1" "$status $(totals "$out")" "one of two is refused"
run "$MTLS_STORESCU" --status --json --journal "$tmp/refused.db"
is "$uid" "$(events "$out" instance sop_instance)" "--status names it by its UID"
scu --json --uid-conflict send --journal "$tmp/refused.db" "$tmp/twice/first.dcm" "$tmp/twice/second.dcm"
is "0 acknowledged=2 recorded=1" "$status $(totals "$out")" "and it alone is sent the second time"

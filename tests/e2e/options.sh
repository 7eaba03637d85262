#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Options that no other script touches, end to end: as the receiver sees them.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

ct=$TESTDATA/dicom/ct.dcm
sr=$TESTDATA/dicom/sr.dcm
make_pki
make_study few --objects 20 --studies 2 --classes 2 --syntaxes implicit --size 9000

# told TEXT WANTED: what the summary of --json counts.
told() {
  is "$2" "$(totals "$out")" "$1: the summary"
}

echo "# --- priority"
start_storescp_tls scp --log-level debug
scu "$ct"
scu --prior-high "$ct"
scu --prior-low "$ct"
is "medium high low" "$(sed -n 's/^D: Priority *: //p' "$tmp/scp.log" | xargs)" \
  "of C-STORE: by default, high, low"

echo "# --- lengths of PDUs"
# longest NAME: of the P-DATA PDUs that storescp got.
longest() {
  sed -n 's/^T: Read PDU HEAD TCP: type: 04, length: \([0-9]*\).*/\1/p' "$tmp/$1.log" | sort -n | tail -n 1
}

# pdus TEXT NAME MIN MAX: all of it arrived, in PDUs as long as they may be.
pdus() {
  is 0 "$status" "$1: exit 0"
  arrived "$tmp/few" "$tmp/$2" "$1: all of it arrives"
  length=$(longest "$2")
  is true "$([ "$length" -gt "$3" ] && [ "$length" -le "$4" ] && echo true || echo "$length")" \
    "$1: PDUs of at most $4 bytes"
}
start_storescp_tls takes-8192 --log-level trace --bit-preserving --max-pdu 8192
scu --max-pdulen-rcv 5000 --max-pdulen-snd 60000 "$tmp/few"
pdus "the receiver's limit is the lower" takes-8192 8000 8192
has "$tmp/takes-8192.log" "Their Max PDU Receive Size:  5000" "--max-pdulen-rcv: the receiver is told"
start_storescp_tls takes-all --log-level trace --bit-preserving
scu --max-pdulen-snd 4500 "$tmp/few"
pdus "--max-pdulen-snd" takes-all 4400 4500

echo "# --- related general SOP classes"
# request NAME: the association request that storescp got last, 512 bytes of it, in hexadecimal digits.
request() {
  awk '/^D: PDU Type: Associate Request/ { digits = "" }
    /^D:   [0-9a-f][0-9a-f] / { digits = digits substr($0, 3) }
    END { gsub(" ", "", digits); print digits }' "$tmp/$1.log"
}

# item UID UID...: of a SOP class, the Storage Service and those it is related to (PS3.7 D.3.3.6).
item() {
  perl -e '
    my ($class, @related) = @ARGV;
    my $related = join "", map { pack "n/a", $_ } @related;
    my $item = pack "n/a n/a n/a", $class, "1.2.840.10008.4.2", $related;
    print unpack "H*", pack "H2 x n/a", "57", $item' "$@"
}
# announced TEXT WANTED [OPTION...] FILE
announced() {
  text=$1
  wanted=$2
  shift 2
  scu "$@"
  is 0 "$status" "$text: exit 0"
  request related >"$tmp/request"
  has "$tmp/request" "$wanted" "$text"
}
start_storescp_tls related --log-level debug
scu "$ct"
request related >"$tmp/request"
hasnt "$tmp/request" "$(item 1.2.840.10008.5.1.4.1.1.2)" "nothing is announced unasked"
announced "--rel-ext-neg: CT, of the Storage Service" "$(item 1.2.840.10008.5.1.4.1.1.2)" --rel-ext-neg "$ct"
reports=1.2.840.10008.5.1.4.1.1.88
announced "--rel-ext-neg: Basic Text SR, related to the richer ones" \
  "$(item $reports.11 $reports.22 $reports.33 $reports.34 $reports.35)" --rel-ext-neg "$sr"
cat >"$tmp/related.properties" <<'END'
# as dcm4che has them
1.2.840.10008.5.1.4.1.1.2 = 1.2.840.10008.5.1.4.1.1.2.1, \
  1.2.3.4
END
announced "--rel-sop-classes: those that the file says" \
  "$(item 1.2.840.10008.5.1.4.1.1.2 1.2.840.10008.5.1.4.1.1.2.1 1.2.3.4)" \
  --rel-sop-classes "$tmp/related.properties" "$ct"
echo "no UID" >"$tmp/bad.properties"
scu --rel-sop-classes "$tmp/bad.properties" "$ct"
is 2 "$status" "--rel-sop-classes, no such list: exit 2"
has "$err" "bad.properties, line 1" "and where it is wrong"
start_testscp_tls related-iris
scu --rel-ext-neg "$tmp/few"
is 0 "$status" "--rel-ext-neg, a receiver like IRIS: exit 0"
arrived "$tmp/few" "$tmp/related-iris" "--rel-ext-neg, a receiver like IRIS: all of it arrives"

echo "# --- a limited rate"
start_testscp_tls limited --concurrent
scu -j 2 --limit-rate 200k "$tmp/few"
is 0 "$status" "--limit-rate, pauses within objects: exit 0"
arrived "$tmp/few" "$tmp/limited" "--limit-rate, pauses within objects: all of it arrives"

echo "# --- a list that comes slowly"
# slowly NAME LINE [OPTION...]: one path of the list, the other one after that line of the receiver's log.
slowly() {
  slowly_name=$1
  line=$2
  shift 2
  start_testscp_tls "$slowly_name"
  mkfifo "$tmp/$slowly_name.list"
  (guided --json --files-from - "$@" <"$tmp/$slowly_name.list") \
    >"$tmp/$slowly_name.out" 2>"$tmp/$slowly_name.err" &
  CLIENT=$!
  pids="$pids $CLIENT"
  client_name=$slowly_name
  exec 9>"$tmp/$slowly_name.list"
  echo "$tmp/few/IM000001" >&9
  wait_line "$tmp/$slowly_name.log" "$line" "$PID" >/dev/null
  echo "$tmp/few/IM000003" >&9
  exec 9>&-
  scu_end
}
slowly idle released --idle-timeout 300
is 0 "$status" "nothing to send for --idle-timeout: exit 0"
told "nothing to send for --idle-timeout" "acknowledged=2"
is "2 2" "$(associations idle) $(count_events "$out" association)" \
  "nothing to send for --idle-timeout: released, and opened anew"
is 2 "$(grep -c '^released' "$tmp/idle.log")" "nothing to send for --idle-timeout: both in order"
slowly patient stored
is 0 "$status" "nothing to send for less: exit 0"
is "1 1" "$(associations patient) $(count_events "$out" association)" \
  "nothing to send for less: one association"

echo "# --- the whole run's time is over"
muted=$(uid_of "$tmp/few/IM000005")
start_testscp_tls overtime --mute-uid "$muted"
seconds=3
! grep -aq '^#!' "$MTLS_STORESCU" || seconds=20 # valgrind takes longer until there
scu --json --max-time $seconds --failed-to "$tmp/overtime.list" "$tmp/few"
is 10 "$status" "--max-time in the middle: exit 10"
told "--max-time in the middle" "acknowledged=4 uncertain=1 not_sent=15"
is 16 "$(wc -l <"$tmp/overtime.list")" "--max-time in the middle: what is left is listed"
has "$err" "--max-time" "--max-time in the middle: it is told"
start_testscp_tls rest
scu --json --files-from "$tmp/overtime.list"
is 0 "$status" "the list goes afterwards: exit 0"
told "the list goes afterwards" "acknowledged=16"

echo "# --- retries end"
PORT=$(free_port)
scu --json --retry 50 --retry-delay 1 --retry-max-time 1 "$ct"
is 21 "$status" "--retry-max-time, nobody is there: exit 21"
is true "$([ "$(count_events "$out" retry)" -le 2 ] && echo true)" "--retry-max-time: the retries end with it"

echo "# --- a named destination"
start_testscp_tls named
echo changeit >"$tmp/password"
cat >"$tmp/mine.conf" <<END
; two of them
[iris]
connect = NAMED@localhost:$PORT
bind = FROMFILE
tls-host = iris
key-store = $PKI/clients/dcm1/scu1.p12
key-store-pass = file:$tmp/password
trust-store = $PKI/clients/dcm1/truststore.p12
trust-store-pass = file:$tmp/password
retry = 0

[elsewhere]
connect = OTHER@elsewhere:104
END
run "$MTLS_STORESCU" --config "$tmp/mine.conf" --to
is 0 "$status" "--to without a name: exit 0"
is "elsewhere iris" "$(awk '{ print $1 }' "$out" | xargs)" "--to without a name: the list"
run "$MTLS_STORESCU" --config "$tmp/mine.conf" --to iris "$ct"
is 0 "$status" "--config, --to: exit 0"
run "$MTLS_STORESCU" --config "$tmp/mine.conf" --to iris --bind MINE "$sr"
is 0 "$status" "the command line wins: exit 0"
is "FROMFILE NAMED MINE NAMED" "$(sed -n 's/^association //p' "$tmp/named.log" | xargs)" "AE titles as told"
is 2 "$(stored named)" "both arrive"
run "$MTLS_STORESCU" --config "$tmp/mine.conf" --to nowhere "$ct"
is 2 "$status" "no such destination: exit 2"
has "$err" "nowhere" "which"
sed -e 's/file:.*/changeit/' "$tmp/mine.conf" >"$tmp/open.conf"
chmod 644 "$tmp/open.conf"
run "$MTLS_STORESCU" --config "$tmp/open.conf" --to iris "$ct"
is 2 "$status" "secrets in a file that others can read: exit 2"
hasnt "$err" changeit "which is not shown"

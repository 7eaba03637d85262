# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
# What the end-to-end tests share: TAP, a temporary directory that goes away,
# and real peers on free ports of the loopback, ended by their process id.
#
# A test sources this, calls `is`, `has` and the like, and ends; the plan is
# printed on the way out.
set -u

TOP_SRCDIR=${TOP_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
TOP_BUILDDIR=${TOP_BUILDDIR:-$TOP_SRCDIR/build/gcc}
MTLS_STORESCU=${MTLS_STORESCU:-$TOP_BUILDDIR/mtls-storescu}
MTLS_PKI=${MTLS_PKI:-$TOP_BUILDDIR/mtls-pki}
TESTSCP=${TESTSCP:-$TOP_BUILDDIR/tests/peer/testscp}
MAKESTUDY=${MAKESTUDY:-$TOP_BUILDDIR/tests/peer/makestudy}
DCMJS_DIR=${DCMJS_DIR:-$TOP_SRCDIR/build/dcmjs}
TESTDATA=$TOP_SRCDIR/testdata
export TESTDATA

tests=0
failures=0
pids=
tmp=$(mktemp -d "${TMPDIR:-/tmp}/mtls-e2e.XXXXXX")
LC_ALL=C.UTF-8
export LC_ALL
unset NO_COLOR SSLKEYLOGFILE || true

cleanup() {
  status=$?
  trap - EXIT INT TERM
  for pid in $pids; do
    kill "$pid" 2>/dev/null
  done
  for pid in $pids; do
    wait "$pid" 2>/dev/null
  done
  if [ "$failures" -gt 0 ]; then
    for log in "$tmp"/*.log; do
      [ -s "$log" ] || continue
      echo "# --- ${log##*/}"
      tail -n 30 "$log" | sed 's/^/#   /'
    done
  fi
  rm -rf "$tmp"
  if [ "$status" -ne 0 ]; then
    tests=$((tests + 1))
    failures=$((failures + 1))
    echo "not ok $tests - the script ended with status $status"
  fi
  echo "1..$tests"
  [ "$failures" -eq 0 ] || exit 1
  exit 0
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

ok() {
  tests=$((tests + 1))
  echo "ok $tests - $*"
}

not_ok() {
  tests=$((tests + 1))
  failures=$((failures + 1))
  echo "not ok $tests - $*"
}

# is WANTED GOT TEXT
is() {
  if [ "$1" = "$2" ]; then
    ok "$3"
  else
    not_ok "$3"
    printf '%s\n' "wanted: $1" "got:    $2" | sed 's/^/#   /'
  fi
}

# has FILE TEXT DESCRIPTION: the file contains the text (a fixed string).
has() {
  if grep -qF -e "$2" "$1"; then
    ok "$3"
  else
    not_ok "$3"
    echo "#   no \"$2\" in:"
    sed 's/^/#   /' "$1"
  fi
}

hasnt() {
  if grep -qF -e "$2" "$1"; then
    not_ok "$3"
    echo "#   \"$2\" stands in:"
    sed 's/^/#   /' "$1"
  else
    ok "$3"
  fi
}

# same A B TEXT: two files are equal, byte for byte.
same() {
  if cmp "$1" "$2" >"$tmp/cmp.out" 2>&1; then
    ok "$3"
  else
    not_ok "$3"
    sed 's/^/#   /' "$tmp/cmp.out"
  fi
}

# run COMMAND...: its exit status in $status, its output in $out and $err.
run() {
  out=$tmp/stdout
  err=$tmp/stderr
  status=0
  "$@" >"$out" 2>"$err" </dev/null || status=$?
}

free_port() {
  perl -MIO::Socket::INET -e \
    'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}

# Is a socket of this machine listening on the port? Without connecting to it:
# some peers here serve one connection only.
listening() {
  awk -v port="$(printf ':%04X' "$1")" \
    '$4 == "0A" && substr($2, length($2) - 4) == port { found = 1 } END { exit !found }' \
    /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# wait_port PORT PID: until the peer listens; fails if it ends or takes two minutes.
wait_port() {
  tries=0
  until listening "$1"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 2400 ] || ! kill -0 "$2" 2>/dev/null; then
      return 1
    fi
    sleep 0.05
  done
}

# wait_line FILE PREFIX PID: print the first line that begins so, without the prefix.
wait_line() {
  tries=0
  until grep -q "^$2" "$1" 2>/dev/null; do
    tries=$((tries + 1))
    if [ "$tries" -gt 2400 ] || ! kill -0 "$3" 2>/dev/null; then
      return 1
    fi
    sleep 0.05
  done
  sed -n "s/^$2//p" "$1" | head -n 1
}

# stop PID [SIGNAL]: end a process that was started here.
stop() {
  kill -s "${2:-TERM}" "$1" 2>/dev/null
  wait "$1" 2>/dev/null
  pids=$(for pid in $pids; do [ "$pid" = "$1" ] || echo "$pid"; done)
  return 0
}

# listener NAME COMMAND...: start a peer that listens on a port of our choice;
# the word PORT among its arguments becomes the port. Sets PORT and PID. A port
# that was taken meanwhile is retried.
listener() {
  listener_name=$1
  shift
  listener_try=0
  while [ "$listener_try" -lt 5 ]; do
    listener_try=$((listener_try + 1))
    PORT=$(free_port)
    start_with_port "$@"
    if wait_port "$PORT" "$PID"; then
      pids="$pids $PID"
      return 0
    fi
    kill "$PID" 2>/dev/null
    wait "$PID" 2>/dev/null
  done
  echo "# $listener_name does not start"
  sed 's/^/#   /' "$tmp/$listener_name.log"
  exit 1
}

start_with_port() {
  i=$#
  while [ "$i" -gt 0 ]; do
    word=$1
    shift
    [ "$word" = PORT ] && word=$PORT
    set -- "$@" "$word"
    i=$((i - 1))
  done
  "$@" >>"$tmp/$listener_name.log" 2>&1 </dev/null &
  PID=$!
}

# The guide's PKI, once per test: $PKI, for the server name iris.
make_pki() {
  PKI=$tmp/pki
  "$MTLS_PKI" init "$PKI" --host iris --client dcm1 >"$tmp/pki.log" 2>&1 || {
    cat "$tmp/pki.log"
    exit 1
  }
}

# start_storescp NAME [OPTION...]: DCMTK's receiver; objects land in $tmp/NAME.
start_storescp() {
  name=$1
  shift
  mkdir -p "$tmp/$name"
  listener "$name" storescp --output-directory "$tmp/$name" "$@" PORT
}

# start_storescp_tls NAME [OPTION...]: the same, with mutual TLS.
start_storescp_tls() {
  name=$1
  shift
  start_storescp "$name" +tls "$PKI/server/server.key" "$PKI/server/server.crt" \
    --add-cert-file "$PKI/ca/ca.crt" --require-peer-cert "$@"
}

# start_stunnel NAME BACKEND-PORT [LINE...]: the guide's settings for IRIS, in
# front of a plain receiver. Further lines go into its configuration.
start_stunnel() {
  name=$1
  backend=$2
  shift 2
  {
    cat <<END
foreground = yes
pid =
debug = 5
[dicom]
accept = ${STUNNEL_ACCEPT:-127.0.0.1}:@PORT@
connect = 127.0.0.1:$backend
cert = ${STUNNEL_CERT:-$PKI/server/server.crt}
key = ${STUNNEL_KEY:-$PKI/server/server.key}
CAfile = ${STUNNEL_CA:-$PKI/ca/ca.crt}
requireCert = yes
verifyChain = yes
sslVersionMin = ${STUNNEL_MIN:-TLSv1.2}
sslVersionMax = ${STUNNEL_MAX:-TLSv1.3}
ciphers = ${STUNNEL_CIPHERS:-ALL:!aNULL:!eNULL:!EXP:!SSLv2}
ciphersuites = TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256
END
    for line in "$@"; do
      printf '%s\n' "$line"
    done
  } >"$tmp/$name.conf.in"
  # shellcheck disable=SC2016 # expanded by the inner shell
  listener "$name" sh -c 'sed "s/@PORT@/$1/" "$2.in" >"$2" && exec stunnel "$2"' sh PORT "$tmp/$name.conf"
}

# start_standin: stunnel before storescp +xi, like the guide's IRIS. Objects
# land in $tmp/standin.
start_standin() {
  start_storescp standin +xi
  start_stunnel standin-tls "$PORT"
}

# start_testscp NAME [OPTION...]: the receiver that behaves like IRIS, and
# misbehaves by option. Objects land in $tmp/NAME.
start_testscp() {
  name=$1
  shift
  mkdir -p "$tmp/$name"
  : >"$tmp/$name.log" # not by the child: what an earlier one said would be read
  "$TESTSCP" --port 0 --out "$tmp/$name" "$@" >>"$tmp/$name.log" 2>&1 </dev/null &
  PID=$!
  pids="$pids $PID"
  PORT=$(wait_line "$tmp/$name.log" 'port ' "$PID") || {
    cat "$tmp/$name.log"
    exit 1
  }
}

# start_testscp_tls NAME [OPTION...]: the same, with mutual TLS.
start_testscp_tls() {
  name=$1
  shift
  start_testscp "$name" --tls --key "$PKI/server/server.key" --cert "$PKI/server/server.crt" \
    --ca "$PKI/ca/ca.crt" "$@"
}

# has_dcmjs: is the JavaScript peer installed? If not, that is a test skipped.
has_dcmjs() {
  command -v node >/dev/null && [ -d "$DCMJS_DIR/node_modules" ] && return
  ok "dcmjs-dimse # SKIP not installed: scripts/test does it"
  return 1
}

# start_dcmjs NAME: dcmjs-dimse, with mutual TLS.
start_dcmjs() {
  name=$1
  shift
  mkdir -p "$tmp/$name"
  node "$DCMJS_DIR/scp.mjs" --key "$PKI/server/server.key" --cert "$PKI/server/server.crt" \
    --ca "$PKI/ca/ca.crt" --out "$tmp/$name" "$@" >"$tmp/$name.log" 2>&1 </dev/null &
  PID=$!
  pids="$pids $PID"
  PORT=$(wait_line "$tmp/$name.log" 'port ' "$PID") || {
    cat "$tmp/$name.log"
    exit 1
  }
}

# start_cutproxy NAME PORT [OPTION...]: cuts connections to that port (tests/peer/cutproxy.pl).
start_cutproxy() {
  name=$1
  backend=$2
  shift 2
  perl "$TOP_SRCDIR/tests/peer/cutproxy.pl" "$@" "$backend" >"$tmp/$name.log" 2>&1 </dev/null &
  PID=$!
  pids="$pids $PID"
  PORT=$(wait_line "$tmp/$name.log" 'port ' "$PID") || {
    cat "$tmp/$name.log"
    exit 1
  }
}

# stored NAME: how many objects testscp or dcmjs kept, those that came twice counted twice.
stored() {
  grep -c '^stored ' "$tmp/$1.log"
}

# distinct NAME: how many different ones.
distinct() {
  sed -n 's/^stored \([^ ]*\).*/\1/p' "$tmp/$1.log" | sort -u | wc -l
}

# sightings NAME UID: how often the receiver got it, whatever it answered.
sightings() {
  grep -cE "^(stored|refused|aborted|dropped|mute) $2( |\$)" "$tmp/$1.log"
}

# associations NAME: how many it was asked for.
associations() {
  grep -c '^association ' "$tmp/$1.log"
}

# make_study NAME [OPTION...]: objects in $tmp/NAME (tests/peer/makestudy.cc).
make_study() {
  study=$tmp/$1
  shift
  "$MAKESTUDY" "$@" "$study" || exit 1
}

# uid_of FILE: its SOP Instance UID.
uid_of() {
  dcmdump +P SOPInstanceUID "$1" 2>/dev/null | sed -n 's/.*\[\(.*\)\].*/\1/p' | tail -n 1
}

# arrived SENTDIR RECEIVEDDIR TEXT [OPTION]: all of it, nothing else, data sets equal.
arrived() {
  if "$MAKESTUDY" --compare ${4:+"$4"} "$1" "$2" >"$tmp/compare.out" 2>&1; then
    ok "$3"
  else
    not_ok "$3"
    tail -n 1 "$tmp/compare.out" | sed 's/^/#   /'
    head -n 5 "$tmp/compare.out" | sed 's/^/#   /'
  fi
}

# events FILE TYPE KEY [KEY=VALUE...]: that member of all such events of --json, one a line.
events() {
  perl -MJSON::PP -e '
    my ($file, $type, $key, @wanted) = @ARGV;
    open my $in, "<:raw", $file or die "$file: $!";
    binmode STDOUT, ":utf8";
    while (<$in>) {
      my $event = decode_json($_);
      next if $event->{type} ne $type;
      next if grep { my ($name, $value) = split /=/, $_, 2; ($event->{$name} // "null") ne $value } @wanted;
      print $event->{$key} // "null", "\n";
    }' "$@"
}

# count_events FILE TYPE [KEY=VALUE...]
count_events() {
  events_file=$1
  events_type=$2
  shift 2
  events "$events_file" "$events_type" type "$@" | wc -l
}

# totals FILE: the counts of its summary that are not 0: "acknowledged=3 failed=1".
totals() {
  perl -MJSON::PP -e '
    my $last;
    while (<>) { my $event = decode_json($_); $last = $event if $event->{type} eq "summary" }
    my @keys = grep { $last->{$_} } qw(acknowledged warned recorded failed uncertain not_sent duplicates skipped elsewhere left);
    print join(" ", map { "$_=$last->{$_}" } @keys), "\n"' "$1"
}

# guided [OPTION...] FILE...: the program with the guide's stores, to $PORT, in
# place of this shell; through the command $THROUGH, if there is one.
guided() {
  # shellcheck disable=SC2086 # its words
  exec ${THROUGH:-} "$MTLS_STORESCU" -b DCM_PDF_SCP -c "IRIS_PDF_SCU@localhost:$PORT" --tls-host iris \
    --key-store "$PKI/clients/dcm1/scu1.p12" --key-store-pass changeit \
    --trust-store "$PKI/clients/dcm1/truststore.p12" --trust-store-pass changeit "$@"
}

in_subshell() {
  ("$@")
}

# scu [OPTION...] FILE...
scu() {
  run in_subshell guided "$@"
}

# scu_start NAME [OPTION...] FILE...: the same in the background; sets CLIENT, its
# process id. What it says goes to $tmp/NAME.out and $tmp/NAME.err.
scu_start() {
  client_name=$1
  shift
  guided "$@" >"$tmp/$client_name.out" 2>"$tmp/$client_name.err" </dev/null &
  CLIENT=$!
  pids="$pids $CLIENT"
}

# scu_early NAME [OPTION...] FILE...: the same, to be ended by `scu_late NAME` much later: a shell forgets the
# status of a child whose process id another has got since.
scu_early() {
  client_name=$1
  shift
  (
    status=0
    in_subshell guided "$@" >"$tmp/$client_name.out" 2>"$tmp/$client_name.err" </dev/null || status=$?
    echo "$status" >"$tmp/$client_name.part"
    mv "$tmp/$client_name.part" "$tmp/$client_name.status"
  ) &
  pids="$pids $!"
}

# scu_late NAME: until it has ended; as after `run`.
scu_late() {
  out=$tmp/$1.out
  err=$tmp/$1.err
  until [ -e "$tmp/$1.status" ]; do
    sleep 0.1
  done
  read -r status <"$tmp/$1.status"
}

# scu_end: until it has ended; as after `run`.
scu_end() {
  out=$tmp/$client_name.out
  err=$tmp/$client_name.err
  status=0
  wait "$CLIENT" || status=$?
  pids=$(for pid in $pids; do [ "$pid" = "$CLIENT" ] || echo "$pid"; done)
}

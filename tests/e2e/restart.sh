#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A receiver that is restarted, or not running yet, behind a TCP forwarder or a TLS
# terminator. While the receiver is not running, these close connections without a
# TLS alert, before the handshake or after it. All objects arrive, and none that was
# acknowledged is sent again.
#
#   RESTART_OBJECTS=200     how many objects are sent (40)
#   RESTART_OUTAGE=20       for how many seconds the receiver is away (until the second try failed)
#   RESTART_RATE=100k       send at that rate, and stop the receiver in the middle of it
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

objects=${RESTART_OBJECTS:-40}
make_pki
make_study study --objects "$objects" --studies 4 --classes 2 --syntaxes implicit
cat "$PKI/server/server.crt" "$PKI/server/server.key" >"$tmp/server.pem"
mute=$(uid_of "$tmp/study/IM$(printf '%06d' $((objects / 2)))")

# receiver NAME [OPTION...]: at $back, plain, or with TLS of its own where $kind says so.
receiver() {
  case $kind in
    *-tcp) start_testscp_tls "$@" --port "$back" ;;
    *) start_testscp "$@" --port "$back" ;;
  esac
  backend=$PID
}

# configured NAME COMMAND...: a front end on a free port, told by $tmp/NAME.in, where @PORT@ becomes it.
configured() {
  conf=$tmp/$1
  shift
  # shellcheck disable=SC2016 # expanded by the inner shell
  listener front sh -c 'sed "s/@PORT@/$1/" "$2.in" >"$2.conf"; conf=$2.conf; shift 2; exec "$@" "$conf"' \
    sh PORT "$conf" "$@"
}

start_socat() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  listener front sh -c 'exec socat "TCP-LISTEN:$1,fork,bind=127.0.0.1" "TCP:127.0.0.1:$2"' sh PORT "$back"
}

start_haproxy() {
  cat >"$tmp/haproxy.in" <<END
defaults
  mode tcp
  retries 0
  timeout connect 2s
  timeout client 60s
  timeout server 60s
listen dicom
  bind 127.0.0.1:@PORT@ $1
  server receiver 127.0.0.1:$back
END
  configured haproxy haproxy -db -f
}

start_nginx() {
  cat >"$tmp/nginx.in" <<END
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
master_process off;
pid $tmp/nginx.pid;
error_log stderr;
events { }
stream {
  server {
    listen 127.0.0.1:@PORT@ $1;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate $PKI/server/server.crt;
    ssl_certificate_key $PKI/server/server.key;
    ssl_client_certificate $PKI/ca/ca.crt;
    ssl_verify_client on;
    proxy_pass 127.0.0.1:$back;
  }
}
END
  if [ -z "$1" ]; then
    sed -i '/ssl_/d' "$tmp/nginx.in"
  fi
  configured nginx nginx -e stderr -c
}

# front KIND: before what will listen at $back. Sets PORT.
front() {
  case $1 in
    socat-tcp) start_socat ;;
    stunnel) start_stunnel stunnel "$back" ;;
    haproxy-tcp) start_haproxy "" ;;
    haproxy) start_haproxy "ssl crt $tmp/server.pem ca-file $PKI/ca/ca.crt verify required" ;;
    nginx-tcp) start_nginx "" ;;
    nginx) start_nginx ssl ;;
  esac
  front_pid=$PID
}

# wait_count NUMBER PATTERN FILE: until so many lines are like that, or the client has ended.
wait_count() {
  tries=0
  until [ "$(grep -c -e "$2" "$3")" -ge "$1" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 1200 ] || ! kill -0 "$CLIENT" 2>/dev/null; then
      return 1
    fi
    sleep 0.05
  done
}

# outage RUN: until the second try has failed, or for as long as told.
outage() {
  wait_count 2 '"type":"retry"' "$tmp/$1.out" || echo "# $1: there were no two retries"
  [ -z "${RESTART_OUTAGE:-}" ] || sleep "$RESTART_OUTAGE"
}

# Objects that came twice although the client had an answer the first time.
twice() {
  events "$out" instance sop_instance again=1 | sort >"$tmp/again"
  sed -n 's/^stored \([^ ]*\).*/\1/p' "$tmp/$1.log" | sort | uniq -d | comm -23 - "$tmp/again"
}

# arrives RUN TEXT
arrives() {
  is 0 "$status" "$2: exit 0"
  is "acknowledged=$objects" "$(totals "$out")" "$2: all are acknowledged"
  is "$objects" "$(distinct "$1")" "$2: all have arrived"
  is "" "$(twice "$1")" "$2: none came again that was acknowledged"
  [ "$status" -eq 0 ] || sed 's/^/#   /' "$err"
}

# restarted KIND OPTION: in the middle of a study.
restarted() {
  kind=$1
  run=$1$2
  text="$1, $2"
  back=$(free_port)
  front "$kind"
  at=$PORT
  if [ -n "${RESTART_RATE:-}" ]; then
    receiver "$run"
  else
    receiver "$run" --mute-uid "$mute"
  fi
  PORT=$at
  scu_start "$run" --json "$2" --retry 6 ${RESTART_RATE:+--limit-rate "$RESTART_RATE"} "$tmp/study"
  if [ -n "${RESTART_RATE:-}" ]; then
    wait_count 20 '^stored ' "$tmp/$run.log"
  else
    wait_count 1 '^mute ' "$tmp/$run.log"
  fi
  stop "$backend" KILL
  outage "$run"
  cp "$tmp/$run.log" "$tmp/$run.before"
  receiver "$run"
  cat "$tmp/$run.before" >>"$tmp/$run.log"
  scu_end
  arrives "$run" "restarted behind $text"
  is "" "$(events "$out" error message)" "restarted behind $text: nothing is told as the run's end"
  stop "$backend"
  stop "$front_pid"
}

# cold KIND OPTION: the front end is up, the receiver comes later.
cold() {
  kind=$1
  run=cold-$1$2
  back=$(free_port)
  front "$kind"
  : >"$tmp/$run.out"
  scu_start "$run" --json "$2" --retry 6 "$tmp/study"
  outage "$run"
  receiver "$run"
  scu_end
  arrives "$run" "up after us behind $1, $2"
  stop "$backend"
  stop "$front_pid"
}

# never KIND OPTION STATUS TEXT...: the receiver does not come; what is told in the end.
never() {
  kind=$1
  back=$(free_port)
  front "$kind"
  scu --json "$2" --retry 2 --retry-delay 0 "$tmp/study"
  is "$3" "$status" "never up behind $1, $2: exit $3"
  is 2 "$(count_events "$out" retry)" "never up behind $1, $2: after as many repetitions as told"
  is "$3" "$(events "$out" error code)" "never up behind $1, $2: the error has that code"
  shift 3
  for text in "$@"; do
    has "$err" "$text" "never up behind $kind: it says \"$text\""
  done
  stop "$front_pid"
}

fronts='socat-tcp stunnel haproxy-tcp haproxy nginx-tcp nginx'
for kind in $fronts; do
  case $kind in
    nginx*) [ -e /usr/lib/nginx/modules/ngx_stream_module.so ] ;;
    *) command -v "${kind%-tcp}" >/dev/null ;;
  esac || {
    ok "$kind # SKIP not installed"
    continue
  }
  for protocol in --tls12 --tls13; do
    restarted "$kind" "$protocol"
    cold "$kind" "$protocol"
  done
  case $kind in
    *-tcp) never "$kind" --tls13 35 "closed the connection" "(3 times in a row)" ;;
    *) never "$kind" --tls13 33 "closed the connection" "(3 times in a row)" ;;
  esac
done

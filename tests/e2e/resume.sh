#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# --journal: a run that was killed, or whose receiver or connections were, continues
# where it stopped. In the end nothing is missing, nothing is recorded as acknowledged
# that did not arrive, and hardly anything is sent twice. Journals that cannot be used.
#
#   KILLS=3 OBJECTS=200 SEED=1   how often, of how many, where
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

KILLS=${KILLS:-3}
OBJECTS=${OBJECTS:-200}
SEED=${SEED:-1}
associations=3
lifetime=1800
make_pki
make_study all --objects "$OBJECTS" --studies 10 --classes 5 --syntaxes implicit

# moments: at how many arrivals something is killed, ascending.
moments() {
  awk -v n="$KILLS" -v max="$OBJECTS" -v seed="$SEED" \
    'BEGIN { srand(seed); for (i = 0; i < n; i++) print 1 + int(rand() * (max - 1)) }' | sort -n
}

# await NAME COUNT: until so many arrived, or the client has ended, or two minutes are over.
await() {
  tries=0
  until [ "$(stored "$1")" -ge "$2" ] || ! kill -0 "$CLIENT" 2>/dev/null || [ "$tries" -gt 6000 ]; do
    tries=$((tries + 1))
    sleep 0.02
  done
}

# known JOURNAL: what it has as acknowledged, sorted.
known() {
  sqlite3 "$1" "SELECT uid FROM instance WHERE state = 'acknowledged'" | sort
}

# uids NAME [LINE]: what that receiver stored, from that line of its log on, sorted.
uids() {
  tail -n "+${2:-1}" "$tmp/$1.log" | sed -n 's/^stored \([^ ]*\).*/\1/p' | sort -u
}

# honest JOURNAL NAME TEXT: what the journal has as acknowledged has arrived.
honest() {
  known "$1" >"$tmp/known"
  uids "$2" >"$tmp/uids"
  is "" "$(comm -23 "$tmp/known" "$tmp/uids" | head -n 3)" "$3: what the journal has as acknowledged has arrived"
}

echo "# --- the client is killed $KILLS times, of $OBJECTS objects, -j $associations"
start_testscp_tls kills --concurrent --delay 3 --lifetime $lifetime
killed=0
line=1
: >"$tmp/known"
twice=
for moment in $(moments); do
  scu_start client -j $associations --journal "$tmp/kills.db" "$tmp/all"
  await kills "$moment"
  kill -0 "$CLIENT" 2>/dev/null && killed=$((killed + 1))
  stop "$CLIENT" KILL
  twice="$twice$(uids kills "$line" | comm -12 - "$tmp/known")"
  line=$(($(wc -l <"$tmp/kills.log") + 1))
  if [ -e "$tmp/kills.db" ]; then
    honest "$tmp/kills.db" kills "killed at $moment arrivals"
  fi
done
scu --json -j $associations --journal "$tmp/kills.db" "$tmp/all"
twice="$twice$(uids kills "$line" | comm -12 - "$tmp/known")"
is 0 "$status" "killed $killed times, and resumed: exit 0"
is "$OBJECTS" "$(events "$out" summary acknowledged)" "all are acknowledged, now or from the journal"
arrived "$tmp/all" "$tmp/kills" "all of it arrives"
is "" "$twice" "nothing that the journal had as acknowledged was sent again"
surplus=$(($(stored kills) - $(distinct kills)))
most=$((killed * 2 * associations))
is true "$([ "$surplus" -le "$most" ] && echo true || echo "$surplus")" "at most $most were sent twice"
echo "# sent twice: $surplus"
is 600 "$(stat -c %a "$tmp/kills.db")" "nobody else may read the journal"

echo "# --- nothing is left to do"
stop "$PID"
scu --json -j $associations --journal "$tmp/kills.db" "$tmp/all"
is 0 "$status" "all acknowledged from the journal, no receiver: exit 0"
is "acknowledged=$OBJECTS recorded=$OBJECTS" "$(totals "$out")" "and all are counted so"

echo "# --- the receiver is killed and started again"
# victim [OPTION...]: its events of all its lives go to one log.
victim() {
  start_testscp_tls victim --concurrent --delay 3 --lifetime $lifetime --log "$tmp/lives.log" "$@"
}
victim
scu_start client -j $associations --retry 10 --journal "$tmp/victim.db" "$tmp/all"
for moment in $(moments); do
  await lives "$moment"
  stop "$PID" KILL
  victim --port "$PORT"
done
scu_end
tries=0
while [ "$status" -ne 0 ] && [ $tries -lt 5 ]; do
  tries=$((tries + 1))
  scu -j $associations --retry 10 --journal "$tmp/victim.db" "$tmp/all"
done
is 0 "$status" "a receiver killed $KILLS times, and $tries runs more: exit 0"
rm -f "$tmp"/victim/*.part
arrived "$tmp/all" "$tmp/victim" "all of it arrives"
honest "$tmp/victim.db" lives "a receiver killed"
stop "$PID"

echo "# --- connections are cut"
start_testscp_tls behind --concurrent --lifetime $lifetime
back=$PORT
start_cutproxy cut "$back" --min 4000 --max 40000 --cuts $((KILLS * 4)) --seed "$SEED" --lifetime $lifetime
scu -j $associations --retry 10 --retry-delay 0 --journal "$tmp/cut.db" "$tmp/all"
tries=0
while [ "$status" -ne 0 ] && [ $tries -lt 5 ]; do
  tries=$((tries + 1))
  scu -j $associations --retry 10 --retry-delay 0 --journal "$tmp/cut.db" "$tmp/all"
done
is 0 "$status" "connections cut $(grep -c '^cut' "$tmp/cut.log") times, and $tries runs more: exit 0"
rm -f "$tmp"/behind/*.part
arrived "$tmp/all" "$tmp/behind" "all of it arrives"
honest "$tmp/cut.db" behind "connections cut"

echo "# --- what is sent anew"
make_study few --objects 30 --studies 2 --classes 3 --syntaxes implicit --seed 2
start_testscp_tls anew
# again TEXT WANTED [OPTION...]: how many more arrive now.
again() {
  text=$1
  wanted=$2
  shift 2
  before=$(stored anew)
  scu --journal "$tmp/anew.db" "$@" "$tmp/few"
  is "0:$wanted" "$status:$(($(stored anew) - before))" "$text: $wanted are sent"
}
again "the first run" 30
again "the second run" 0
touch -d "1 hour ago" "$tmp/few/IM000003"
dcmodify -nb -i "(0010,0010)=SOMEBODY^ELSE" "$tmp/few/IM000004"
again "two files have changed" 2
again "--resend" 30 --resend
again "another edit is another matter" 30 -s PatientName=OTHER
again "the same edit again" 0 -s PatientName=OTHER
again "another calling AE title too" 30 -b OTHER
again "the third run" 0
mv "$tmp/few/IM000005" "$tmp/few/moved"
again "a file that has moved" 0
bad=$(uid_of "$tmp/few/IM000010")
start_testscp_tls refuses --status "C000@once-uid:$bad"
scu --journal "$tmp/refuses.db" "$tmp/few"
is 10 "$status" "one is refused: exit 10"
scu --json --journal "$tmp/refuses.db" "$tmp/few"
is 0 "$status" "and taken the second time: exit 0"
is "2:31" "$(sightings refuses "$bad"):$(grep -cE '^(stored|refused) ' "$tmp/refuses.log")" "that one alone is sent"

echo "# --- what may go, and what the journal forgets"
make_study due --objects 12 --studies 2 --classes 2 --syntaxes implicit --seed 3
cp "$tmp/due/IM000001" "$tmp/due/copy"
start_testscp_tls ripe --status "C000@once-uid:$(uid_of "$tmp/due/IM000004")"
scu --journal "$tmp/due.db" --done-to "$tmp/due.list" --failed-to "$tmp/due.failed" "$tmp/due"
is 10 "$status" "--done-to: one is refused: exit 10"
is "$tmp/due/IM000004" "$(cat "$tmp/due.failed")" "--done-to: that one is in the other list"
find "$tmp/due" -type f ! -name IM000004 | LC_ALL=C sort >"$tmp/due.wanted"
same "$tmp/due.wanted" "$tmp/due.list" "--done-to: all others are listed, each once, duplicates too"
echo "changed" >>"$tmp/due/IM000005"
scu --journal "$tmp/due.db" --done-to "$tmp/due-%s.list" "$tmp/due/IM000001" "$tmp/due/IM000005" "$tmp/due/IM000001"
is "$tmp/due/IM000001" "$(head -n 1 "$tmp/due-1-1.list")" "--done-to: what the journal has as acknowledged is listed"
is 1 "$(grep -c IM000001 "$tmp/due-1-1.list")" "--done-to: each file once"
scu --dry-run --done-to "$tmp/dry.list" "$tmp/due"
is "" "$(cat "$tmp/dry.list")" "--done-to: a dry run has none"
scu --done-to "$tmp/none/list" "$tmp/due"
is 61 "$status" "--done-to: no such directory: exit 61"
PORT=1
scu --retry 0 --done-to "$tmp/due.list" "$tmp/due"
is "21:" "$status:$(cat "$tmp/due.list")" "--done-to: no receiver, an empty list in place of the old one"
start_testscp_tls forgets
scu --journal "$tmp/prune.db" "$tmp/few"
sqlite3 "$tmp/prune.db" "UPDATE instance SET time = time - 86400 * 11 WHERE path LIKE '%IM00000%'"
scu --journal "$tmp/prune.db" --journal-prune 11 --dry-run "$tmp/few"
is 30 "$(sqlite3 "$tmp/prune.db" 'SELECT count(*) FROM instance')" "--journal-prune: not by a dry run"
old=$(sqlite3 "$tmp/prune.db" "SELECT count(*) FROM instance WHERE path LIKE '%IM00000%'")
: >"$tmp/forgets.log"
scu --journal "$tmp/prune.db" --journal-prune 12 "$tmp/few"
is "0:0" "$status:$(stored forgets)" "--journal-prune: nothing is older than that"
scu --journal "$tmp/prune.db" --journal-prune 10 "$tmp/few"
is "0:$old" "$status:$(stored forgets)" "--journal-prune: what is older is forgotten, and sent again"

echo "# --- a journal of 0.1.0, and what a journal holds"
make_study old --objects 30 --studies 3 --classes 2 --syntaxes implicit --seed 4
start_testscp_tls gone-by --delay 30 --lifetime $lifetime
scu_start client --journal "$tmp/old.db" "$tmp/old"
await gone-by 10
stop "$CLIENT" KILL
# As that release left it: it had no more columns.
sqlite3 "$tmp/old.db" "ALTER TABLE instance DROP COLUMN study; ALTER TABLE instance DROP COLUMN comment"
is 9 "$(sqlite3 "$tmp/old.db" "SELECT count(*) FROM pragma_table_info('instance')")" "0.1.0: as it made it"
known "$tmp/old.db" >"$tmp/known"
line=$(($(wc -l <"$tmp/gone-by.log") + 1))
cp "$tmp/old.db" "$tmp/before.db"
run "$MTLS_STORESCU" --status --journal "$tmp/old.db"
has "$out" "of studies that were not recorded" "0.1.0: --status reads it"
same "$tmp/before.db" "$tmp/old.db" "0.1.0: and leaves it as it is"
scu --journal "$tmp/old.db" "$tmp/old"
is 0 "$status" "0.1.0: the same command goes on: exit 0"
is "" "$(uids gone-by "$line" | comm -12 - "$tmp/known")" "0.1.0: nothing that it had as acknowledged is sent again"
arrived "$tmp/old" "$tmp/gone-by" "0.1.0: all of it arrives"
is 1 "$(sqlite3 "$tmp/old.db" 'PRAGMA user_version')" "0.1.0: that release could go on with it"
stop "$PID"
bad=$(uid_of "$tmp/old/IM000010")
start_testscp_tls shown --delay 30 --status "A700@uid:$bad" --lifetime $lifetime
scu_start client --journal "$tmp/shown.db" "$tmp/old"
await shown 5
run "$MTLS_STORESCU" --status --journal "$tmp/shown.db"
is true "$([ "$(sed -n 's/.* holds \([0-9]*\) objects.*/\1/p' "$out")" -ge 4 ] && echo true)" \
  "--status: while a run is writing"
scu_end
is 10 "$status" "--status: the run is not disturbed"
# holds [OPTION...]: it is left as it is, with nothing beside it.
holds() {
  cp "$tmp/shown.db" "$tmp/before.db"
  run "$MTLS_STORESCU" --status --journal "$tmp/shown.db" "$@"
  same "$tmp/before.db" "$tmp/shown.db" "--status $*: the journal is left as it is"
  is "$tmp/shown.db" "$(echo "$tmp"/shown.db*)" "--status $*: with nothing beside it"
}
holds
is 10 "$status" "--status: some were not acknowledged: exit 10"
is 3 "$(grep -c '^  2\.25\.' "$out")" "--status: a line for each study"
has "$out" "holds 30 objects: 29 acknowledged (0 with a warning), 1 failed, 0 uncertain" "--status: counts"
hasnt "$out" "IM000010" "--status: no object is named"
holds -v
has "$out" "failed: $tmp/old/IM000010: status 0xA700" "--status -v: names what failed, with its status"
holds --json
valid_events=$(count_events "$out" study):$(count_events "$out" instance path="$tmp/old/IM000010" class=failure)
is "3:1:29" "$valid_events:$(events "$out" summary acknowledged)" "--status --json: studies, what failed, a summary"
is 10 "$(events "$out" summary exit_code)" "--status --json: the exit status"
holds -c "IRIS_PDF_SCU@localhost:$PORT" -b DCM_PDF_SCP
has "$out" "holds 30 objects" "--status -c: of that receiver"
holds -c "OTHER@localhost:$PORT"
has "$out" "holds 0 objects" "--status -c: of another"
is 0 "$status" "--status -c: of another: exit 0"
run "$MTLS_STORESCU" --status --journal "$tmp/nowhere.db"
is 60 "$status" "--status: no such journal: exit 60"
is false "$([ -e "$tmp/nowhere.db" ] && echo true || echo false)" "--status: none is made"
run "$MTLS_STORESCU" --status --journal "$tmp/shown.db" "$tmp/old"
is 2 "$status" "--status: a file is given: exit 2"
run sh -c '"$1" --status --journal "$2" >/dev/full' sh "$MTLS_STORESCU" "$tmp/shown.db"
is 61 "$status" "--status: a full disk: exit 61"

echo "# --- one journal, several runs"
start_testscp_tls shared --concurrent
scu_start first --shard 1/2 --journal "$tmp/shared.db" "$tmp/all"
first=$CLIENT
scu_start second --shard 2/2 --journal "$tmp/shared.db" "$tmp/all"
scu_end
is 0 "$status" "the one run: exit 0"
status=0
wait "$first" || status=$?
is 0 "$status" "the other at the same time: exit 0"
is "$OBJECTS" "$(stored shared)" "each object arrives once"
is "$OBJECTS" "$(known "$tmp/shared.db" | wc -l)" "and is in the journal"
scu --shard 2/2 --journal "$tmp/of-%s.db" "$tmp/few"
is true "$([ -s "$tmp/of-2-2.db" ] && echo true)" "%s in the name becomes the shard"

echo "# --- a journal that cannot be used"
start_testscp_tls untouched
# unusable JOURNAL TEXT: before anything is sent.
unusable() {
  cp "$1" "$tmp/before.db" 2>/dev/null
  scu --json --journal "$1" "$tmp/few"
  is 60 "$status" "$2: exit 60"
  is journal "$(events "$out" error word)" "$2: it is told"
  has "$err" "${1##*/}" "$2: for humans too, with its name"
  is 0 "$(associations untouched)" "$2: nothing is sent"
  [ ! -f "$1" ] || same "$tmp/before.db" "$1" "$2: it is left as it is"
}
cp "$tmp/anew.db" "$tmp/newer.db"
sqlite3 "$tmp/newer.db" 'PRAGMA user_version = 1000'
unusable "$tmp/newer.db" "made by a newer release"
sqlite3 "$tmp/others.db" 'CREATE TABLE mine (one)'
unusable "$tmp/others.db" "another program's"
seq 10000 >"$tmp/noise.db"
unusable "$tmp/noise.db" "no database"
cp "$tmp/kills.db" "$tmp/damaged.db"
seq 10000 | dd of="$tmp/damaged.db" bs=4096 seek=2 count=4 conv=notrunc 2>/dev/null
unusable "$tmp/damaged.db" "damaged"
head -c 5000 "$tmp/kills.db" >"$tmp/short.db"
unusable "$tmp/short.db" "cut short"
unusable "$tmp/none/journal.db" "no such directory"
unusable "$tmp/few" "a directory"
cp "$tmp/anew.db" "$tmp/open.db"
chmod 666 "$tmp/open.db"
unusable "$tmp/open.db" "all can write it"
has "$err" "is not trusted: all users can write to" "all can write it: that is why"
cp "$tmp/anew.db" "$tmp/one.db"
ln "$tmp/one.db" "$tmp/two.db"
unusable "$tmp/two.db" "one journal by two hard links"
mkdir -m 777 "$tmp/anybody"
unusable "$tmp/anybody/journal.db" "a directory where all can put files in its place"
if [ "$(id -u)" -eq 0 ]; then
  cp "$tmp/anew.db" "$tmp/stranger.db"
  chown 65534 "$tmp/stranger.db"
  unusable "$tmp/stranger.db" "another user's"
  cp "$tmp/anew.db" "$tmp/logged.db"
  : >"$tmp/logged.db-wal"
  chown 65534 "$tmp/logged.db-wal"
  unusable "$tmp/logged.db" "beside a log of another user's"
else
  ok "another user's # SKIP only root can make one"
fi
# Root may write it, unless it goes without that privilege.
if setpriv --bounding-set -dac_override true 2>/dev/null || [ "$(id -u)" -ne 0 ]; then
  if [ "$(id -u)" -eq 0 ]; then
    THROUGH="setpriv --bounding-set -dac_override"
  fi
  cp "$tmp/anew.db" "$tmp/readonly.db"
  chmod 400 "$tmp/readonly.db"
  unusable "$tmp/readonly.db" "read-only"
  mkdir "$tmp/closed"
  chmod 500 "$tmp/closed"
  unusable "$tmp/closed/journal.db" "in a directory that is read-only"
  THROUGH=
else
  ok "read-only # SKIP this root cannot do without its privileges"
fi

echo "# --- the group's, and one that goes away while it is in use"
start_testscp_tls group
install -m 660 "$tmp/anew.db" "$tmp/group.db"
scu --journal "$tmp/group.db" "$tmp/few"
is 0 "$status" "its group can write it: exit 0"
has "$err" "is writable by its group" "its group can write it: that is warned of"
# spoilt COMMAND...: done to gone.db once some objects have arrived.
spoilt() {
  rm -f "$tmp"/gone.db*
  start_testscp_tls gone --delay 30
  scu_start client --journal "$tmp/gone.db" "$tmp/few"
  await gone 3
  "$@"
  scu_end
  is 60 "$status" "$1: exit 60"
  has "$err" "gone.db" "$1: it is told, with its name"
  is true "$([ "$(stored gone)" -lt 30 ] && echo true)" "$1: sending stops"
  stop "$PID"
}
spoilt rm "$tmp/gone.db"
spoilt mv "$tmp/gone.db" "$tmp/away.db"
spoilt ln "$tmp/gone.db" "$tmp/linked.db"
spoilt cp --remove-destination "$tmp/anew.db" "$tmp/gone.db"

echo "# --- no room"
# Files of more than so many bytes, as on a full disk.
limited() {
  trap '' XFSZ
  size=$1
  shift
  THROUGH="prlimit --fsize=$size"
  guided "$@"
}
run in_subshell limited 1000 --journal "$tmp/room.db" "$tmp/few"
is 60 "$status" "none from the beginning: exit 60"
is 0 "$(associations untouched)" "none from the beginning: nothing is sent"
start_testscp_tls midway
run in_subshell limited 49152 --journal "$tmp/midway.db" "$tmp/all"
is 60 "$status" "none any more, midway: exit 60"
has "$err" "midway.db" "midway: it is told"
honest "$tmp/midway.db" midway "midway"
is true "$([ "$(stored midway)" -lt "$OBJECTS" ] && echo true)" "midway: sending stops"
known "$tmp/midway.db" >"$tmp/known"
unrecorded=$(uids midway | comm -23 - "$tmp/known" | wc -l)
is true "$([ "$unrecorded" -le 2 ] && echo true || echo "$unrecorded")" "midway: at most the objects in flight are unrecorded"
scu --journal "$tmp/midway.db" "$tmp/all"
is 0 "$status" "with room again, the same command goes on: exit 0"
arrived "$tmp/all" "$tmp/midway" "and all of it arrives"

#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# What scripts rely on, against the lists in tests/data/interface: options, exit
# statuses and words, JSON members and values, finding ids, metric names, the
# journal's schema. A change there is a change for users: the list changes in the
# same commit, with a line in NEWS.

set -eu
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

lists=$top/tests/data/interface
storescu=${MTLS_STORESCU:-${TOP_BUILDDIR:-$top/build/gcc}/mtls-storescu}
[ -x "$storescu" ] || {
	echo "Bail out! $storescu is not there; name it by MTLS_STORESCU"
	exit 1
}

# sources PATTERN: all C and C++ files of src that contain it
sources()
{
	(cd "$top" && grep -rlE --include='*.c' --include='*.cc' --include='*.h' -e "$1" src | sort)
}

# joined FILE...: a list of rows as one line each
joined()
{
	(cd "$top" && cat "$@") | tr '\n\t' '  ' | sed 's/  */ /g; s/\\ //g; s/" "//g'
}

# Name, letter, argument, whether it is refused or has no effect, and the values that it takes.
options()
{
	# shellcheck disable=SC2046
	joined $(sources 'struct optrow optrow_table\[\]') | grep -oE '\{ "[^}]*\}' |
		sed -E 's/^\{ ("[^"]*"), ([^,]*), [^,]*, (NULL|"[^"]*"),(.*)$/\1 \2 \3\4/
			s/^(("[^"]*"|[^ ]*) ){2}(NULL|"[^"]*")/&\n/' |
		awk '
			NR % 2 == 1 { printf "%s", $0; next }
			/optset_refuse/ { printf " refused" }
			/optset_note/ { printf " no effect" }
			match($0, /"[A-Za-z0-9]+([|][A-Za-z0-9]+)+" }$/) { printf " %s", substr($0, RSTART, RLENGTH - 2) }
			{ print "" }'
}

statuses()
{
	sed -n 's/^.*X(ERR_[A-Z_]*, *\([0-9]*\), *"\([a-z0-9-]*\)", *\([a-z]*\)).*$/\1 \2/p' "$top/src/base/err.h"
}

# Id, step, severity, side of the remedy.
findings()
{
	# shellcheck disable=SC2046
	joined $(sources 'define FINDINGS\(X\)') |
		grep -oE 'X\([A-Z0-9_]+, "[^"]*", [A-Z]+, [A-Z_]+, [A-Z]+,' |
		sed -E 's/^X\([A-Z0-9_]+, "([^"]*)", ([A-Z]+), ([A-Z_]+), ([A-Z]+),/\1 \2 \3 \4/'
}

# Members and values: the words of the schema, and of the sources that write JSON.
json()
{
	{
		grep -v '"description"' "$top/doc/events.schema.json"
		# shellcheck disable=SC2046
		(cd "$top" && cat $(sources 'jsonline_add')) | grep -v '#include'
	} | grep -oE '"[a-z][a-z0-9_-]*"' | sort -u
}

phases()
{
	grep -rhoE --include='*.c' --include='*.cc' 'err_phase\([^,]*, "[a-z-]*"|phase = "[a-z-]*"' "$top/src" |
		grep -oE '"[a-z-]*"' | sort -u
}

# A run that reaches nobody writes a journal, and metrics of its own.
run()
{
	"$storescu" --plain --connect ANY-SCP@127.0.0.1:1 --retry 0 --no-progress --journal "$tmp/journal" \
		--prometheus "$tmp/send.prom" "$top/testdata/dicom/ct.dcm" >"$tmp/run" 2>&1 || :
	"$storescu" --plain --connect ANY-SCP@127.0.0.1:1 --check=quick --no-progress \
		--prometheus "$tmp/check.prom" >>"$tmp/run" 2>&1 || :
}

metrics()
{
	cat "$tmp/send.prom" "$tmp/check.prom" | sed -E -n 's/^([a-z_]+\{.*\}) [^ ]*$/\1/p' |
		sed -E 's/(user|host|receiver|calling|called|run)="[^"]*"/\1/g' | sort -u
	# Those that need an answer.
	# shellcheck disable=SC2046
	(cd "$top" && cat $(sources 'promtext_head')) | grep -oE 'promtext_head\([a-z]+, ("[a-z_]*"|[A-Z_]+)' |
		sed 's/^.*, //' | sort -u
}

# SQLite keeps the statements as they were given, whatever stands around them.
schema()
{
	cat "$tmp/journal"* | tr -c ' -~' '\n' | grep -oE 'CREATE [A-Z]+ .*\)( WITHOUT ROWID)?' | sort -u
}

# same NAME: its function's output against the list
same()
{
	"$1" >"$tmp/is" 2>&1 || :
	[ -s "$tmp/is" ] || echo 'nothing was found' >"$tmp/is"
	if [ -n "${INTERFACE_UPDATE:-}" ]; then
		cp "$tmp/is" "$lists/$1.txt"
	fi
	diff "$lists/$1.txt" "$tmp/is" >"$tmp/differences" || :
	tap_none "$1 are those of tests/data/interface/$1.txt" <"$tmp/differences"
}

run
for list in options statuses findings json phases metrics schema; do
	same "$list"
done
tap_end

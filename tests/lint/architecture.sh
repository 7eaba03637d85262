#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# What doc/ARCHITECTURE.md names is there: files, functions and constants, a
# function in the file that stands behind it; and its table of directories is
# that of include-rules.sh.

set -eu
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

directories='base|check|cli|dcmtk|decode|dicom|net|report|send|tls'

# missing_files DOCUMENT DIR: paths below DIR/src, with an ending or without, that are no file there
missing_files()
{
	grep -noE "(^|[^a-z_/.])($directories)/[a-z0-9_]+(\\.[a-z]+)?" "$1" | sed -E 's/^([0-9]+):[^a-z]?/\1 /' |
		while read -r line path; do
			[ -n "$(find "$2/src/${path%/*}" -name "${path##*/}" -o -name "${path##*/}.[ch]*" 2>/dev/null)" ] ||
				echo "line $line: there is no file src/$path"
		done
}

# missing_names DOCUMENT DIR: names in code style with an underscore that no source has
missing_names()
{
	# shellcheck disable=SC2016 # backquotes are Markdown's
	grep -noE '`[A-Za-z0-9]+_[A-Za-z0-9_]+`' "$1" | tr -d '`' | while IFS=: read -r line name; do
		grep -rqw "$name" "$2/src" || echo "line $line: there is no $name"
	done
}

# misplaced DOCUMENT DIR: `function` (file), where the file does not define it
misplaced()
{
	# shellcheck disable=SC2016
	grep -noE '`[a-z0-9_]+` \([a-z0-9_]+/[a-z0-9_]+\.[a-z]+\)' "$1" | tr -d '`()' | tr : ' ' |
		while read -r line name path; do
			grep -q "^$name(" "$2/src/$path" 2>/dev/null ||
				echo "line $line: $name is not defined in src/$path"
		done
}

# described DOCUMENT: its table of directories, as DIRECTORY ALLOWED...
described()
{
	# shellcheck disable=SC2016
	awk -F ' *[|] *' '/^[|] `[a-z]+` [|]/ && NF == 5 { gsub(/[`,]/, ""); sub(/nothing/, ""); $0 = $2 " " $3; $1 = $1; sub(/ $/, ""); print }' "$1"
}

# ruled DIR: the same from include-rules.sh
ruled()
{
	sed -n "/^directories='/,/^'/p" "$1/tests/lint/include-rules.sh" |
		awk 'NF > 2 && $1 != "main" { $NF = ""; sub(/ -/, ""); $1 = $1; sub(/ +$/, ""); print }'
}

check_names()
{
	missing_files "$1" "$2"
	missing_names "$1" "$2"
	misplaced "$1" "$2"
}

check_names "$top/doc/ARCHITECTURE.md" "$top" >"$tmp/found"
tap_none 'what doc/ARCHITECTURE.md names is there' <"$tmp/found"

described "$top/doc/ARCHITECTURE.md" | sort >"$tmp/described"
ruled "$top" | sort >"$tmp/ruled"
diff "$tmp/ruled" "$tmp/described" >"$tmp/found" || :
[ -s "$tmp/ruled" ] || echo 'no table was found' >"$tmp/found"
tap_none 'its directories and what they include are those of include-rules.sh' <"$tmp/found"

mkdir -p "$tmp/tree/src/net"
printf 'int\nnet_dial(void)\n{\n\treturn NET_ZERO;\n}\n' >"$tmp/tree/src/net/dial.c"
cat >"$tmp/tree/doc.md" <<'END'
`net_dial` (net/dial.c) in net/dial, `NET_ZERO`, and not example.net/x
net/call.c, net/call
`net_call`
`net_zero` (net/dial.c) and `NET_ZERO` (net/dial.h)
END
check_names "$tmp/tree/doc.md" "$tmp/tree" >"$tmp/found"
tap_some 'names that are not there are found, and nothing else' \
	'line 2: there is no file src/net/call.c' \
	'line 2: there is no file src/net/call' \
	'line 4: there is no file src/net/dial.h' \
	'line 3: there is no net_call' \
	'line 4: there is no net_zero' \
	'line 4: net_zero is not defined' <"$tmp/found"
tap_end

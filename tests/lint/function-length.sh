#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# No function is longer than what fits a look. Functions of our style, in C, C++
# and shell, stand between a brace at the start of a line and the next such one.

set -eu
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

limit=60

# lengths DIR: of every function in the files on stdin, braces not counted, as LINES FILE:LINE NAME
lengths()
{
	while IFS= read -r file; do
		awk -v file="$file" '
			/^{/ { start = NR; name = last; next }
			/^}/ && start { print NR - start - 1, file ":" start, name; start = 0 }
			/^[A-Za-z_]/ { last = $0; sub(/\(.*/, "", last); sub(/^.*[ *]/, "", last) }
		' "$1/$file"
	done
}

too_long()
{
	awk -v limit="$limit" '$1 > limit { print $2 ": " $3 " has " $1 " lines" }'
}

list_files >"$tmp/all"
under src tests <"$tmp/all" | ending c cc h >"$tmp/files"
shell_scripts <"$tmp/all" >>"$tmp/files"
lengths "$top" <"$tmp/files" | sort -n >"$tmp/lengths"
too_long <"$tmp/lengths" >"$tmp/found"
tap_none "no function is longer than $limit lines" <"$tmp/found"
awk '
	{ at[NR] = $1 }
	END { print "# " NR " functions, median " at[int((NR + 1) / 2)] " lines, longest " at[NR] }
	' "$tmp/lengths"

# made_up NAME LINES: a function of so many lines
made_up()
{
	printf 'static int\n%s(void)\n{\n' "$1"
	awk -v lines="$2" 'BEGIN { while (lines-- > 0) print "\tline();" }'
	printf '}\n'
}

{
	made_up fits 60
	printf 'static const int table[] = {\n};\n'
	made_up endless 61
} >"$tmp/made-up.c"
echo made-up.c | lengths "$tmp" | too_long >"$tmp/found"
tap_some 'a function that is too long is found' 'made-up.c:69: endless has 61 lines' <"$tmp/found"
tap_end

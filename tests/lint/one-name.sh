#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# One name, one thing: what a header declares, a struct or an enum, and a
# function of C that other files call, is the only one of that name in src/: but
# for main(), which each program has.

set -eu
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# names DIR: in the files on stdin, as NAME shared|own FILE:LINE. Functions of our
# style begin a line with their name, below one with their type.
names()
{
	while IFS= read -r file; do
		awk -v file="$file" '
			/^(struct|enum|union) [a-z0-9_]+ \{/ {
				print $1 " " $2, (file ~ /\.h$/ ? "shared" : "own"), file ":" NR
			}
			/^[a-z][a-z0-9_]*\(/ && !/^main\(/ && file ~ /\.c$/ {
				name = $0
				sub(/\(.*/, "", name)
				print name "()", (type ~ /^static / ? "own" : "shared"), file ":" NR
			}
			{ type = $0 }
		' "$1/$file"
	done
}

# What is shared and stands elsewhere too.
twice()
{
	sort | awk '
		function tell() { if (count > 1 && shared) print where ": " name " has two meanings" }
		{ this = $0; sub(/ (own|shared) .*/, "", this) }
		this != name { tell(); name = this; count = shared = 0; where = "" }
		{ count++; shared += $(NF - 1) == "shared"; where = where (count > 1 ? ", " : "") $NF }
		END { tell() }
	'
}

list_files >"$tmp/all"
under src <"$tmp/all" | ending c cc h >"$tmp/files"
names "$top" <"$tmp/files" | twice >"$tmp/found"
tap_none 'what files share has a name of its own' <"$tmp/found"

mkdir -p "$tmp/made-up"
printf 'struct thing {\n};\n' >"$tmp/made-up/a.h"
printf 'struct thing {\n};\nstruct other {\n};\nint\ncount(void)\n{\n}\nstatic int\nsum(void)\n{\n}\n' >"$tmp/made-up/a.c"
printf 'struct other {\n};\nstatic int\ncount(void)\n{\n}\nstatic int\nsum(void)\n{\n}\n' >"$tmp/made-up/b.c"
printf 'a.h\na.c\nb.c\n' | names "$tmp/made-up" | twice >"$tmp/found"
tap_some 'names of two things are found' 'b.c:4, a.c:6: count() has' 'a.c:1, a.h:1: struct thing has' <"$tmp/found"
tap_end

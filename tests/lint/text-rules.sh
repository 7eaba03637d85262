#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# What holds for text, whatever it says: its width and ends, the licence line,
# nothing left undone, no path of somebody's machine, headers that compile
# alone, and what shellcheck and mandoc have to say.

set -eu
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

columns=110
licence='SPDX-License-Identifier: BSD-3-Clause'

# Written in pieces, so that this file does not find itself.
undone='TO''DO|FIX''ME|X''XX'
machine='(^|[^[:alnum:]_.~-])(/(work|farm)([^[:alnum:]_-]|$)|/(home|root|Users)/)|\.\./shared([^[:alnum:]_-]|$)'

# texts: of the paths on stdin, those that hold text; what testdata/ holds is data but for its sources
texts()
{
	cat >"$tmp/paths"
	{
		grep -v '^testdata/' "$tmp/paths" || :
		under testdata <"$tmp/paths" | ending c h py
		under testdata <"$tmp/paths" | shell_scripts
	} | while IFS= read -r file; do
		! grep -Iq . "$1/$file" || printf '%s\n' "$file"
	done
}

# each CHECK DIR: what the awk program CHECK finds in the files on stdin, FILE:LINE first
each()
{
	while IFS= read -r file; do
		awk -v file="$file" -v columns="$columns" -v licence="$licence" "$1" "$2/$file"
	done
}

# shellcheck disable=SC2016
wide='
# Columns, not bytes: a tab ends at a multiple of 8, continuation bytes of UTF-8 take no room.
function width(line,   n, parts, i, at)
{
	gsub(/[\200-\277]/, "", line)
	n = split(line, parts, "\t")
	for (i = 1; i < n; i++)
		at += length(parts[i]) + 8 - length(parts[i]) % 8
	return at + length(parts[n])
}
width($0) > columns { print file ":" NR ": " width($0) " columns" }'

trailing='/[ \t]$/ { print file ":" FNR ": white space at the end" }'

# shellcheck disable=SC2016
unlicensed='
NR == 1 && /^#!/ { next }
{
	line = $0
	sub(/^(\/\*|#|\/\/|\.\\"|;) /, "", line)
	sub(/ \*\/$/, "", line)
	found = line != $0 && line == licence
	exit
}
END { if (!found) print file ":1: no SPDX line first" }'

# matching PATTERN DIR [OPTION]: lines of the files on stdin
matching()
{
	while IFS= read -r file; do
		grep -nE ${3:+"$3"} -e "$1" "$2/$file" | sed "s|^|$file:|"
	done
}

# What must have the licence line: sources, scripts, manual pages, what autotools read.
licensed()
{
	cat >"$tmp/paths"
	ending c h cc py js java 1 7 am ac <"$tmp/paths"
	shell_scripts <"$tmp/paths"
}

# guards DIR: headers on stdin without a guard; below src it is called MTLS_DIRECTORY_NAME_H
guards()
{
	while IFS= read -r header; do
		case $header in
		src/*)	guard=MTLS_$(printf '%s' "${header#src/}" | tr 'a-z/.-' 'A-Z___') ;;
		*)	guard= ;;
		esac
		awk -v file="$header" -v guard="$guard" '
			/^#ifndef / && !n { named = $2 }
			/^#/ && ++n == 2 {
				guarded = $0 == "#define " named && (guard == "" || guard == named)
			}
			NF { last = $0 }
			END {
				if (!guarded || last !~ /^#endif/)
					print file ":1: not guarded" (guard == "" ? "" : " by " guard)
			}' "$1/$header"
	done
}

# compile LANGUAGE COMPILER HEADER: alone, into what the compiler says about it
compile()
{
	# shellcheck disable=SC2086
	$2 -x "$1" -fsyntax-only -D_GNU_SOURCE ${CPPFLAGS:-} -I"$top/src" -I"$top/tests/unit" "$top/$3" 2>&1 |
		sed "s|$top/||g"
}

# Headers of src/dcmtk are C++; those for C too say so.
is_cxx()
{
	case $1 in
	src/dcmtk/*|tests/peer/*)	return 0 ;;
	*)				return 1 ;;
	esac
}

is_c()
{
	! is_cxx "$1" || grep -q __cplusplus "$top/$1"
}

has_dcmtk()
{
	printf '#include "dcmtk/config/osconfig.h"\n' |
		${CXX:-c++} -std=c++17 -x c++ -fsyntax-only - 2>/dev/null
}

# check_all DIR LIST: everything that needs no tool, into findings
check_all()
{
	under src <"$2" | ending c cc h >"$tmp/sources"
	texts "$1" <"$2" >"$tmp/texts"
	each "$wide" "$1" <"$tmp/sources" >"$tmp/wide"
	each "$trailing" "$1" <"$tmp/texts" >"$tmp/trailing"
	licensed <"$2" >"$tmp/licensed"
	each "$unlicensed" "$1" <"$tmp/licensed" >"$tmp/unlicensed"
	matching "$undone" "$1" -w <"$tmp/texts" >"$tmp/undone"
	matching "$machine" "$1" <"$tmp/texts" >"$tmp/machine"
	ending h <"$2" >"$tmp/headers"
	guards "$1" <"$tmp/headers" >"$tmp/unguarded"
}

list_files >"$tmp/all"
check_all "$top" "$tmp/all"
tap_none "no line of src is wider than $columns columns" <"$tmp/wide"
tap_none 'no white space at the end of a line' <"$tmp/trailing"
tap_none 'sources, scripts and manual pages begin with the licence' <"$tmp/unlicensed"
tap_none 'nothing is left undone' <"$tmp/undone"
tap_none 'no path of a machine' <"$tmp/machine"
tap_none 'headers are guarded, those of src by their own name' <"$tmp/unguarded"

while IFS= read -r header; do
	! is_c "$header" || compile c "${CC:-cc} -std=c11" "$header"
done <"$tmp/headers" >"$tmp/found"
tap_none 'C headers compile alone' <"$tmp/found"

if has_dcmtk; then
	while IFS= read -r header; do
		! is_cxx "$header" || compile c++ "${CXX:-c++} -std=c++17" "$header"
	done <"$tmp/headers" >"$tmp/found"
	tap_none 'C++ headers compile alone' <"$tmp/found"
else
	tap_skip 'C++ headers compile alone' 'DCMTK is not installed'
fi

if command -v shellcheck >/dev/null; then
	shell_scripts <"$tmp/all" >"$tmp/scripts"
	(cd "$top" && xargs shellcheck -x -P SCRIPTDIR -f gcc <"$tmp/scripts") >"$tmp/found" || :
	tap_none 'shellcheck finds nothing' <"$tmp/found"
else
	tap_skip 'shellcheck finds nothing' 'shellcheck is not installed'
fi

if command -v mandoc >/dev/null; then
	under man <"$tmp/all" | ending 1 7 >"$tmp/pages"
	(cd "$top" && xargs -r mandoc -T lint -W warning <"$tmp/pages") >"$tmp/found" || :
	tap_none 'mandoc finds nothing' <"$tmp/found"
else
	tap_skip 'mandoc finds nothing' 'mandoc is not installed'
fi

# A made-up tree with each of the faults once.
mkdir -p "$tmp/tree/src/base"
{
	# Two lines that just fit, in UTF-8 and with a tab, and one that does not.
	awk 'BEGIN { while (n++ < 110) printf "\303\251"; print "" }'
	awk 'BEGIN { while (n++ < 96) printf "x"; print "\t123456" }'
	awk 'BEGIN { while (n++ < 104) printf "x"; print "\tx" }'
	printf 'x \n/* %s */\n/* %s */\n' "${undone%%|*}: this" "see /""work/x"
} >"$tmp/tree/src/base/bad.c"
printf '/* %s */\n#ifndef BAD_H\n#define BAD_H\n#endif\n' "$licence" >"$tmp/tree/src/base/bad.h"
printf 'src/base/bad.c\nsrc/base/bad.h\n' >"$tmp/made-up"
check_all "$tmp/tree" "$tmp/made-up"
cat "$tmp/wide" "$tmp/trailing" "$tmp/unlicensed" "$tmp/undone" "$tmp/machine" "$tmp/unguarded" >"$tmp/found"
tap_some 'faults in a made-up tree are found, and nothing else' \
	'src/base/bad.c:3: 113 columns' \
	'src/base/bad.c:4: white space' \
	'src/base/bad.c:1: no SPDX' \
	'src/base/bad.c:5:' \
	'src/base/bad.c:6:' \
	'src/base/bad.h:1: not guarded by MTLS_BASE_BAD_H' <"$tmp/found"
tap_end

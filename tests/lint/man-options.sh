#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The manual pages against the programs: the options that --help shows, those
# that the page lists, and the exit statuses.

set -eu
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

builddir=${TOP_BUILDDIR:-$top/build/gcc}
storescu=${MTLS_STORESCU:-$builddir/mtls-storescu}
pki=${MTLS_PKI:-$builddir/mtls-pki}

for program in "$storescu" "$pki"; do
	[ -x "$program" ] || {
		echo "Bail out! $program is not there; name it by MTLS_STORESCU or MTLS_PKI"
		exit 1
	}
done

# help_options PROGRAM: the options at the head of --help's lines, as --name and -x
help_options()
{
	"$1" --help | sed -n 's/^  *\(-[^ ].*\)$/\1/p' | awk '
		{
			for (i = 1; i <= NF && $i ~ /^-/; i++) {
				sub(/(\[=|[=,]).*$/, "", $i)
				print $i
			}
		}' | sort -u
}

# page_options: the same of the .It Fl lines of the page on stdin
page_options()
{
	awk '
		/^\.It .*Fl / {
			flags = 0
			for (i = 2; i <= NF; i++) {
				if ($i == "Fl")
					flags = 1
				else if ($i ~ /^[A-Z][a-z]$/)
					flags = 0
				else if (flags && $i != ",")
					print "-" $i
			}
		}' | sort -u
}

# is_known OPTION: does the program know it though --help does not show it? It
# says so itself; but a name that is the beginning of a shown one is that one.
is_known()
{
	"$storescu" "$1" >"$tmp/said" 2>&1 || :
	if grep -qF -e "$1 is refused" "$tmp/said"; then
		return 0
	fi
	! grep -q -e "^$1" "$tmp/help" && ! grep -qF -e "unknown option $1" "$tmp/said" &&
		! grep -qF -e "$1 is ambiguous" "$tmp/said"
}

# statuses: those of the EXIT STATUS section of the page on stdin
statuses()
{
	awk '
		/^\.Sh / { inside = /EXIT STATUS/ }
		inside && /^\.It / {
			gsub(/,/, " ")
			for (i = 2; i <= NF; i++)
				if ($i ~ /^[0-9]+$/)
					print $i
		}' | sort -u
}

# kinds_used DIR: exit statuses in err.h's list whose kind some source below DIR uses
kinds_used()
{
	sed -n 's/^.*X(\(ERR_[A-Z_]*\), *\([0-9]*\),.*$/\1 \2/p' "$1/src/base/err.h" |
	while read -r kind status; do
		! grep -rqw --include='*.c' --include='*.cc' "$kind" "$1/src" || echo "$status"
	done | sort -u
}

# compare LEFT RIGHT: lines that only one of the two files has
compare()
{
	comm -23 "$1" "$2" | sed 's/$/ is missing in the page/'
	comm -13 "$1" "$2" | sed 's/$/ is only in the page/'
}

# differences: between $tmp/help and $tmp/page, but for options that are only hidden
differences()
{
	compare "$tmp/help" "$tmp/page" | while read -r option rest; do
		case $rest in
		*only*)	is_known "$option" || echo "$option $rest" ;;
		*)	echo "$option $rest" ;;
		esac
	done
}

help_options "$storescu" >"$tmp/help"
page_options <"$top/man/mtls-storescu.1" >"$tmp/page"
differences >"$tmp/found"
tap_none 'mtls-storescu: --help and the manual page have the same options' <"$tmp/found"

kinds_used "$top" >"$tmp/kinds"
statuses <"$top/man/mtls-storescu.1" >"$tmp/statuses"
compare "$tmp/kinds" "$tmp/statuses" >"$tmp/found"
tap_none 'mtls-storescu: the manual page has every exit status there is' <"$tmp/found"

help_options "$pki" >"$tmp/pki-help"
page_options <"$top/man/mtls-pki.1" >"$tmp/page"
compare "$tmp/pki-help" "$tmp/page" >"$tmp/found"
tap_none 'mtls-pki: --help and the manual page have the same options' <"$tmp/found"

# Every finding of --check stands in the manual, and no other.
awk -F '"' '/X\(.*"/ { print $2 }' "$top/src/check/finding.h" | sort >"$tmp/ids"
awk '/^\.Sh / { here = /CHECKING/ } here && /^\.It Cm [a-z][a-z0-9-]*$/ { print $3 }' \
	"$top/man/mtls-storescu.1" | sort >"$tmp/page-ids"
comm -3 "$tmp/ids" "$tmp/page-ids" >"$tmp/found"
tap_none 'mtls-storescu: the findings of --check and of the manual page are the same' <"$tmp/found"

# What is not there must be missed.
{
	grep -v '^\.It Fl c ,' "$top/man/mtls-storescu.1"
	printf '.It Fl -frobnicate Ar X\n.It Fl -tls-ciph Ar X\n.It Fl -tls1 , Z\n'
	printf '.Sh EXIT STATUS\n.It 11 , 99\n'
} >"$tmp/page.1"
page_options <"$tmp/page.1" >"$tmp/page"
statuses <"$tmp/page.1" >"$tmp/statuses"
{
	differences
	compare "$tmp/kinds" "$tmp/statuses"
} >"$tmp/found"
tap_some 'faults in a made-up page are found' \
	'--connect is missing' \
	'-c is missing' \
	'--frobnicate is only' \
	'--tls-ciph is only' \
	'-Z is only' \
	'99 is only' <"$tmp/found"
tap_end

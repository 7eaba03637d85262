# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
#
# What the checks here share: the tree, a temporary directory, TAP.

top=$(cd "${TOP_SRCDIR:-$(dirname "$0")/../..}" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# Ranges in patterns mean ASCII.
LC_ALL=C
export LC_ALL

tap_count=0
tap_failed=0

# tap_none NAME: what comes on stdin are findings; each is shown, and any is a failure.
tap_none()
{
	tap_count=$((tap_count + 1))
	cat >"$tmp/findings"
	if [ -s "$tmp/findings" ]; then
		tap_failed=$((tap_failed + 1))
		printf 'not '
	fi
	printf 'ok %d - %s\n' "$tap_count" "$1"
	sed 's/^/# /' "$tmp/findings"
}

# tap_some NAME PATTERN...: the findings on stdin must be these lines, each begun by its pattern, and no more.
tap_some()
{
	tap_name=$1
	shift
	cat >"$tmp/some"
	for tap_pattern; do
		IFS= read -r tap_line || tap_line='(nothing)'
		case $tap_line in
		"$tap_pattern"*) ;;
		*)	printf 'wanted "%s...", got "%s"\n' "$tap_pattern" "$tap_line" ;;
		esac
	done <"$tmp/some" >"$tmp/wrong"
	[ "$(wc -l <"$tmp/some")" -eq $# ] || sed 's/^/all that was found: /' "$tmp/some" >>"$tmp/wrong"
	tap_none "$tap_name" <"$tmp/wrong"
}

tap_skip()
{
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

tap_end()
{
	printf '1..%d\n' "$tap_count"
	[ "$tap_failed" -eq 0 ]
}

# list_files: the project's own files, one a line, from the top of the tree. In
# a checkout git knows; in a tarball it is all but what autotools and make add.
list_files()
{
	if [ -e "$top/.git" ] && git -C "$top" -c core.quotePath=off ls-files -co --exclude-standard \
	    >"$tmp/git" 2>/dev/null; then
		while IFS= read -r file; do
			[ ! -f "$top/$file" ] || printf '%s\n' "$file"
		done <"$tmp/git"
		return
	fi
	(cd "$top" && find . -type d \( -name 'build*' -o -name '_*' -o -name m4 -o -name '.?*' -o \
	    -name '*.cache' -o -name node_modules \) ! -name .ci -prune -o -type f -print) | sed 's,^\./,,' |
		grep -Ev '(^|/)(\.git|configure~?|aclocal\.m4|Makefile(\.in)?|config\.(log|status)|.*\.(o|a|log|trs))$'
}

# under DIR... : of the paths on stdin, those below one of them
under()
{
	for dir; do
		printf '^%s/\n' "$dir"
	done >"$tmp/dirs"
	grep -f "$tmp/dirs" || :
}

# ending EXTENSION...
ending()
{
	for end; do
		printf '\\.%s$\n' "$end"
	done >"$tmp/ends"
	grep -f "$tmp/ends" || :
}

# shell_scripts: of the paths on stdin, those of shell, by name or first line
shell_scripts()
{
	while IFS= read -r file; do
		case $file in
		*.sh)	printf '%s\n' "$file" ;;
		*.*)	;;
		*)	sed -n "1{/^#!.*sh\$/s,.*,$file,p;}" "$top/$file" ;;
		esac
	done
}

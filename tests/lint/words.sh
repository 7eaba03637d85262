#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Plain words: no metaphors in names of files and identifiers, fewer of them in
# comments and documents, and "is not a number" in messages, not "is no number".

set -eu
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# What a name, or a part of it between underscores, may not be.
names='crew|hands|ledger|intake|witness|climb|rungs?|ladders?|knock|visitors?|despair|culprit|kin|harvest|furnish|beside|opening|bond|vanity|diary|remarks?|settled?|paced?|fate|throwaway|flaw|cures?|heed|judge|judgement|patience|stray|lean|tone|chatter|whitener|belongings|namesake|overturn|survey|wings?|rooms|badness|pump'

# What comments and documents do not say.
spoken='wings?|rooms|crew|ledgers?|intake|despair|culprit|kin|furnish|vanity|diary|fate|whitener|chatter|patience|heeds?|cures?|settled?|settles|judged?|judges|mends?|mended'

# Code of the files on stdin without comments and the text of strings, as FILE:LINE CODE.
code()
{
	while IFS= read -r file; do
		awk -v file="$file" '
			{
				line = $0
				gsub(/\\./, "", line)
				gsub(/"[^"]*"/, "\"\"", line)
				out = ""
				while (line != "") {
					if (inside) {
						end = index(line, "*/")
						if (!end)
							break
						line = substr(line, end + 2)
						inside = 0
					} else {
						start = index(line, "/*")
						slashes = index(line, "//")
						if (slashes && (!start || slashes < start)) {
							out = out substr(line, 1, slashes - 1)
							break
						}
						if (!start) {
							out = out line
							break
						}
						out = out substr(line, 1, start - 1)
						line = substr(line, start + 2)
						inside = 1
					}
				}
				if (out ~ /[a-z]/)
					print file ":" NR " " out
			}' "$1/$file"
	done
}

# Of the code on stdin, the names with a part that is in the list, each once.
bad_names()
{
	awk -v names="^($names)\$" '
		{
			place = $1
			sub(/^[^ ]* /, "")
			n = split($0, words, /[^A-Za-z0-9_]+/)
			for (i = 1; i <= n; i++) {
				m = split(tolower(words[i]), parts, "_")
				for (j = 1; j <= m; j++)
					if (parts[j] ~ names && !(words[i] in seen)) {
						seen[words[i]] = 1
						print place " " words[i]
					}
			}
		}'
}

# Of the paths on stdin, those with a part that is in the list.
bad_files()
{
	awk -v names="(^|[/_.-])($names)([/_.-]|\$)" 'tolower($0) ~ names'
}

# Strings of the files on stdin that say "is no X"; "there is no X" and "no longer" are English.
is_no()
{
	while IFS= read -r file; do
		grep -nE '"[^"]*(is|are) no [a-z]' "$1/$file" | grep -vE '(there|There) (is|are) no |(is|are) no longer' |
			sed "s|^|$file:|" || :
	done
}

# Comments of the C and C++ files on stdin, and documents, that do.
said()
{
	while IFS= read -r file; do
		case $file in
		*.[ch]|*.cc)	says='(^[[:space:]]*|/)[*/].*' ;;
		*)		says='' ;;
		esac
		grep -niE "$says\\b($spoken)\\b" "$1/$file" | grep -vE '^[0-9]+:#include' | sed "s|^|$file:|" || :
	done
}

list_files >"$tmp/all"
under src tests bench <"$tmp/all" | ending c cc h >"$tmp/files"
code "$top" <"$tmp/files" | bad_names >"$tmp/found"
tap_none 'no identifier is a metaphor' <"$tmp/found"
bad_files <"$tmp/all" >"$tmp/found"
tap_none 'no file is named by a metaphor' <"$tmp/found"
under src <"$tmp/files" | is_no "$top" >"$tmp/found"
tap_none 'no message says "is no X"' <"$tmp/found"

{
	under src <"$tmp/files"
	grep -E '(^|/)(README|NEWS|CONTRIBUTING|ARCHITECTURE)[^/]*$' "$tmp/all"
	under man <"$tmp/all"
} | said "$top" >"$tmp/found"
tap_none 'no comment or document says one' <"$tmp/found"

mkdir -p "$tmp/tree/src"
word=${names%%|*}
{
	printf '/* %s_in_comment\n * %s_too */\n' "$word" "$word"
	printf 'int %s_new(void); // %s_last\n' "$word" "$word"
	printf 'const char *text = "%s_in_text", *other = "it is no %s";\n' "$word" "number"
	printf 'const char *fine = "there is no way";\n'
	printf '/* as the %s */\n' "$word"
} >"$tmp/tree/src/bad.c"
{
	echo src/bad.c | code "$tmp/tree" | bad_names
	echo "src/$word.c" | bad_files
	echo src/bad.c | is_no "$tmp/tree"
	echo src/bad.c | said "$tmp/tree"
} >"$tmp/found"
tap_some 'faults in a made-up tree are found, and nothing else' \
	"src/bad.c:3 ${word}_new" \
	"src/$word.c" \
	"src/bad.c:4:const char *text" \
	"src/bad.c:6:/* as the $word" <"$tmp/found"
tap_end

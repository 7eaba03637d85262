#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Includes run downward only: each directory of src/ knows those that its row names,
# itself, and no library but its own.

set -eu
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# A directory of src/, those that it may include, and what none without an entry may include: headers, or
# directories of headers.
directories='
	main	cli						-
	cli	send check dcmtk report net tls dicom base	argp.h
	send	dcmtk report dicom net base			pthread.h,sqlite3.h
	check	dcmtk report dicom net tls base			-
	dcmtk	decode net dicom base				dcmtk/*/
	report	dicom base					jansson.h
	net	tls base					openssl/
	tls	base						openssl/
	decode	dicom base					openjpeg.h,charls/,seccomp.h
	dicom	base						zlib.h
	base	-						-
'
# Files that may include what their directory may not.
exceptions='
	src/dcmtk/connection.cc	openssl/
	src/base/stream.c	pthread.h
	src/base/watchdog.c	pthread.h
'

# violations DIR: what the sources below DIR/src include against the rules.
violations()
{
	(cd "$1" && find src -type f \( -name '*.c' -o -name '*.cc' -o -name '*.h' \) -print) |
		sort >"$tmp/sources"
	printf '%s\n' "$directories" >"$tmp/directories"
	printf '%s\n' "$exceptions" >"$tmp/exceptions"
	(cd "$1" && awk -v directories="$tmp/directories" -v exceptions="$tmp/exceptions" -v sources="$tmp/sources" \
		"$rules")
}

# shellcheck disable=SC2016
rules='
# Does the header fall under the entry: its name, a directory, or (x/*/) a directory of directories?
function falls_under(header, entry,   rest)
{
	if (entry ~ /\/\*\/$/) {
		entry = substr(entry, 1, length(entry) - 2)
		return index(header, entry) == 1 && index(substr(header, length(entry) + 1), "/") > 0
	}
	return entry ~ /\/$/ ? index(header, entry) == 1 : header == entry
}

function read_tables(   words, libraries, n, i)
{
	while ((getline <directories) > 0) {
		n = split($0, words)
		for (i = 2; i < n; i++)
			allowed[words[1], words[i]] = 1
		if (n > 0)
			known[words[1]] = 1
		n = n > 0 && words[n] != "-" ? split(words[n], libraries, ",") : 0
		for (i = 1; i <= n; i++) {
			library[libraries[i]] = 1
			owns[words[1], libraries[i]] = 1
		}
	}
	while ((getline <exceptions) > 0)
		if (split($0, words) == 2)
			owns[words[1], words[2]] = 1
}

function check_library(file, directory, header,   entry)
{
	for (entry in library)
		if (falls_under(header, entry)) {
			if (!((directory, entry) in owns) && !((file, entry) in owns))
				print file ": " header " is not for this directory"
			return 1
		}
	return 0
}

function check_include(file, directory, line,   header, target)
{
	header = line
	sub(/^#[ \t]*include[ \t]*[<"]/, "", header)
	sub(/[>"].*$/, "", header)
	if (check_library(file, directory, header) || line ~ /</)
		return header
	target = header
	sub(/\/.*$/, "", target)
	if (target == header || !(target in known))
		print file ": " header " is in no directory of src"
	else if (target != directory && !((directory, target) in allowed))
		print file ": " directory " may not include " header
	return header
}

# Its own header comes first, or one of its directory if it has none.
function check_first(file, directory, first,   own, line)
{
	if (file ~ /\.h$/ || first == "")
		return
	own = file
	sub(/^src\//, "", own)
	sub(/\.[a-z]*$/, ".h", own)
	if ((getline line <("src/" own)) >= 0) {
		close("src/" own)
		if (first != own)
			print file ": " own " must come first"
	} else if (directory != "main" && index(first, directory "/") != 1)
		print file ": a header of " directory " must come first"
}

BEGIN {
	read_tables()
	while ((getline file <sources) > 0) {
		directory = file
		sub(/^src\//, "", directory)
		sub(/[\/.].*$/, "", directory)
		if (!(directory in known)) {
			print file ": " directory " is not in the table"
			continue
		}
		if (file ~ /\.cc$/ && directory != "dcmtk")
			print file ": C++ lives in dcmtk only"
		first = ""
		while ((getline line <file) > 0)
			if (line ~ /^#[ \t]*include/) {
				header = check_include(file, directory, line)
				if (first == "")
					first = header
			}
		close(file)
		check_first(file, directory, first)
	}
}'

# plant FILE LINE...: a source in the made-up tree
plant()
{
	mkdir -p "$tmp/tree/$(dirname "$1")"
	plant_file=$tmp/tree/$1
	shift
	printf '%s\n' "$@" >"$plant_file"
}

plant src/main.c '#include "cli/cli.h"' '#include "base/err.h"'
plant src/base/err.h '#include <openssl/err.h>'
plant src/base/err.c '#include <string.h>' '#include "base/err.h"'
plant src/attic/old.c '#include "base/err.h"'
plant src/net/dial.c '#include "tls/store.h"'
plant src/net/hand.cc '#include "net/dial.h"'
plant src/dcmtk/connection.cc '#include "dcmtk/connection.h"' '#include "dcmtk/dcmtls/tlslayer.h"' \
	'#include <openssl/ssl.h>'
plant src/dcmtk/dataset.cc '#  include  "dcmtk/connection.h"' '#include <openssl/ssl.h>'
plant src/send/worker.c '#include "send/send.h"' '#include <pthread.h>' \
	'#include "tls/store.h"' '#include "dcmtk/dcmnet/assoc.h"'
plant src/report/human.c '#include "report/report.h"' '#include <pthread.h>' \
	'#include "config.h"' '#include "nowhere/x.h"'

violations "$top" >"$tmp/found"
tap_none 'no directory of src includes what it may not' <"$tmp/found"

violations "$tmp/tree" >"$tmp/found"
tap_some 'violations in a made-up tree are found, and nothing else' \
	'src/attic/old.c: attic is not in the table' \
	'src/base/err.c: base/err.h must come first' \
	'src/base/err.h: openssl/err.h is not for this directory' \
	'src/dcmtk/dataset.cc: openssl/ssl.h is not for this directory' \
	'src/main.c: main may not include base/err.h' \
	'src/net/dial.c: a header of net must come first' \
	'src/net/hand.cc: C++ lives in dcmtk only' \
	'src/report/human.c: pthread.h is not for this directory' \
	'src/report/human.c: config.h is in no directory of src' \
	'src/report/human.c: nowhere/x.h is in no directory of src' \
	'src/send/worker.c: send may not include tls/store.h' \
	'src/send/worker.c: dcmtk/dcmnet/assoc.h is not for this directory' <"$tmp/found"
tap_end

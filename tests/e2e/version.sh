#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The version stands in configure.ac alone: both programs, what a receiver is
# told and what the documents say follow from it.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

statement=$TOP_SRCDIR/doc/conformance.md
version=$(sed -n 's/^AC_INIT(\[mtls-storescu\], \[\(.*\)\])$/\1/p' "$TOP_SRCDIR/configure.ac")
version_name=MTLSSTORESCU_$(printf '%s' "$version" | tr -d .)

is "mtls-storescu $version" "$("$MTLS_STORESCU" --version)" "mtls-storescu --version"
is "mtls-pki $version" "$("$MTLS_PKI" --version)" "mtls-pki --version"
is "$version" "$(sed -n '/^[0-9]/{p;q;}' "$TOP_SRCDIR/NEWS")" "NEWS begins with it"
has "$statement" "is for version $version and" "the conformance statement is for it"
has "$statement" "| Implementation version name | $version_name |" "the conformance statement has the name made of it"
is '' "$(grep -rlIF -e "$version_name" -e "\"$version\"" "$TOP_SRCDIR/src")" "no source has either written in it"

start_storescp receiver --debug
run "$MTLS_STORESCU" --plain --echo -c "RECEIVER@127.0.0.1:$PORT"
is 0 "$status" "--echo: exit 0"
has "$tmp/receiver.log" "Their Implementation Version Name: $version_name" "a receiver is told the name"

#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Decoders run in a helper program, which is next to the program in a build tree, or
# where it was installed. It is started when an object has to be decompressed; if it
# is missing or not trusted, only such objects fail.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_pki
dicom=$TESTDATA/dicom
MTLS_STORESCU=$tmp/bin/mtls-storescu
helper=$tmp/bin/mtls-storescu-decode
remedy="Reinstall mtls-storescu"

# Where it must not be looked for.
PATH=$TOP_BUILDDIR:$PATH
export PATH

# alone: the program in a directory of its own, without the helper.
alone() {
  rm -rf "${tmp:?}/bin"
  mkdir "$tmp/bin"
  cp "$TOP_BUILDDIR/mtls-storescu" "$MTLS_STORESCU"
}

# stands_in C-STATEMENTS: a helper that does this.
stands_in() {
  alone
  printf '#include <string.h>\n#include <sys/socket.h>\n#include <unistd.h>\nint main(void) { char hello[512] = ""; %s }\n' \
    "$1" >"$tmp/helper.c"
  ${CC:-cc} -o "$helper" "$tmp/helper.c" || exit 1
}

# others: what has nothing to do with the helper arrives.
others() {
  scu "$dicom/bare.dcm" "$dicom/ct.dcm" "$dicom/deflated.dcm"
  is 0 "$status" "$1: objects that need no decoder arrive"
}

# refused WHAT TEXT HINT [OPTION...]: what needs the helper fails, and says why.
refused() {
  what=$1
  text=$2
  hint=$3
  shift 3
  scu "$@" "$dicom/j2k-ct.dcm" "$dicom/bare.dcm" "$dicom/jls-rgb.dcm" "$dicom/rle.dcm" "$dicom/jpeg-sv1.dcm"
  is 10 "$status" "$what: exit 10"
  has "$out" "1 acknowledged, 4 failed" "$what: the other arrives"
  for name in j2k-ct jls-rgb rle jpeg-sv1; do
    is 1 "$(grep -F "$name.dcm: cannot be decompressed from" "$err" | grep -cF -e "$text")" "$what: $name, and why"
  done
  has "$err" "$hint" "$what: the remedy"
}

start_testscp_tls got --concurrent --lifetime 900

echo "# --- beside the program"
alone
cp "$TOP_BUILDDIR/mtls-storescu-decode" "$helper"
scu "$dicom/j2k-ct.dcm" "$dicom/jls-rgb.dcm" "$dicom/jpeg-sv1.dcm" "$dicom/rle.dcm"
is 0 "$status" "it is found: exit 0"
ln -s "$MTLS_STORESCU" "$tmp/link"
MTLS_STORESCU=$tmp/link
scu "$dicom/j2k-ct.dcm"
is 0 "$status" "by a link to the program, too"
MTLS_STORESCU=$tmp/bin/mtls-storescu
scu --transcode always -j 4 --split-studies "$dicom"/j2k-*.dcm "$dicom"/jls-*.dcm "$dicom"/jpeg*.dcm "$dicom"/rle*.dcm
is 0 "$status" "for several workers at a time"
hasnt "$err" "warning" "without a word"
run "$helper"
is 2 "$status" "started by hand: exit 2"
has "$err" "This program is started by mtls-storescu" "started by hand: it says what it is for"

# limited [OPTION...] FILE...: no file may be larger than 1 MiB, nor memory that is shared.
limited() {
  ulimit -f 2048
  guided "$@"
}
run in_subshell limited "$dicom/rle.dcm" "$dicom/bare.dcm"
is 10 "$status" "a limit of file sizes: exit 10"
has "$err" "cannot be started: File too large" "a limit of file sizes: why"
has "$err" "Raise the limit of file sizes (ulimit -f)" "a limit of file sizes: what to do"
hasnt "$err" "Have the receiver accept" "a limit of file sizes: the receiver is not to blame"

echo "# --- not there"
if [ -e "${LIBEXECDIR:-/usr/local/libexec}/mtls-storescu-decode" ]; then
  ok "not there # SKIP one is installed"
else
  alone
  others "not there"
  refused "not there" "libexec/mtls-storescu-decode cannot be started: No such file or directory" "$remedy"
  refused "not there, several workers" "No such file or directory" "$remedy" -j 3 --split-studies
  scu --json "$dicom/j2k-ct.dcm" "$dicom/bare.dcm"
  is 10 "$status" "not there, --json: exit 10"
  has "$out" "mtls-storescu-decode cannot be started" "not there, --json: why"
fi

echo "# --- damaged"
alone
: >"$helper"
chmod +x "$helper"
others "empty"
refused "empty" "$helper cannot be started: Exec format error" "$remedy"
cp "$dicom/ct.dcm" "$helper"
refused "no program" "$helper cannot be started: Exec format error" "$remedy"
head -c 10000 "$TOP_BUILDDIR/mtls-storescu-decode" >"$helper"
refused "cut short" "$helper " "$remedy"
chmod 0 "$helper"
refused "not executable" "$helper cannot be started: Permission denied" "$remedy"
stands_in 'return 0;'
refused "another program" "$helper cannot be used: the decoder ended unexpectedly" "$remedy"
stands_in 'send(3, hello, 100, 0); pause();'
refused "one that says something else" "$helper cannot be used: the decoder's answer is not valid" "$remedy"
stands_in 'memset(hello, 65, sizeof hello); send(3, hello, sizeof hello, 0); pause();'
refused "one that says too much" "$helper cannot be used: the decoder's answer is not valid" "$remedy"

echo "# --- of another version"
stands_in 'strcpy(hello, "0.0.1\33[31m"); send(3, hello, sizeof hello, 0); pause();'
others "of another version"
refused "of another version" \
  "$helper cannot be used: it is that of mtls-storescu 0.0.1?[31m, but this program is " "Install both from one version."

echo "# --- not to be trusted"
alone
ln -s "$TOP_BUILDDIR/mtls-storescu-decode" "$helper"
refused "a symbolic link" "$helper is not trusted" "Remove it, or reinstall"
alone
mkdir "$helper"
refused "a directory" "$helper is not trusted" "Remove it, or reinstall"
if [ "$(id -u)" -ne 0 ]; then
  ok "a stranger's # SKIP only root can give a file away"
else
  alone
  cp "$TOP_BUILDDIR/mtls-storescu-decode" "$helper"
  chown 65534 "$helper"
  others "a stranger's"
  refused "a stranger's" "$helper is not trusted: it must be a regular file with the same owner" "Remove it, or reinstall"
fi

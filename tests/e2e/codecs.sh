#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The decoders are a module, beside the program in a build tree, else where it
# was installed. It is loaded when an object has to be decompressed, and if it is
# not to be had, or not to be trusted, such objects fail and no others.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_pki
dicom=$TESTDATA/dicom
MTLS_STORESCU=$tmp/bin/mtls-storescu
module=$tmp/bin/mtls-codecs.so
remedy="Install mtls-storescu again as a whole"

# Where it must not be looked for.
cd "$TOP_BUILDDIR" || exit 1
LD_LIBRARY_PATH=$TOP_BUILDDIR${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH

# alone: the program in a directory of its own, without the module.
alone() {
  rm -rf "${tmp:?}/bin"
  mkdir "$tmp/bin"
  cp "$TOP_BUILDDIR/mtls-storescu" "$MTLS_STORESCU"
}

# build NAME C-SOURCE: $tmp/NAME.so
build() {
  printf '%s\n' "$2" >"$tmp/$1.c"
  ${CC:-cc} -shared -fPIC -o "$tmp/$1.so" "$tmp/$1.c" || exit 1
}

# others: what has nothing to do with the module arrives.
others() {
  scu "$dicom/bare.dcm" "$dicom/ct.dcm" "$dicom/rle.dcm" "$dicom/deflated.dcm"
  is 0 "$status" "$1: objects that need no decoder of it, RLE among them, arrive"
}

# refused WHAT TEXT HINT [OPTION...]: what needs the module fails, and says why.
refused() {
  what=$1
  text=$2
  hint=$3
  shift 3
  scu "$@" "$dicom/j2k-ct.dcm" "$dicom/bare.dcm" "$dicom/jls-rgb.dcm" "$dicom/rle.dcm" "$dicom/jpeg-sv1.dcm"
  is 10 "$status" "$what: exit 10"
  has "$out" "2 acknowledged, 3 failed" "$what: the others arrive"
  for name in j2k-ct jls-rgb jpeg-sv1; do
    is 1 "$(grep -F "$name.dcm: cannot be decompressed from" "$err" | grep -cF -e "$text")" "$what: $name, and why"
  done
  has "$err" "$hint" "$what: the remedy"
}

start_testscp_tls got --concurrent --lifetime 900

echo "# --- beside the program"
alone
cp "$TOP_BUILDDIR/mtls-codecs.so" "$module"
scu "$dicom/j2k-ct.dcm" "$dicom/jls-rgb.dcm" "$dicom/jpeg-sv1.dcm"
is 0 "$status" "it is found: exit 0"
ln -s "$MTLS_STORESCU" "$tmp/link"
MTLS_STORESCU=$tmp/link
scu "$dicom/j2k-ct.dcm"
is 0 "$status" "by a link to the program, too"
MTLS_STORESCU=$tmp/bin/mtls-storescu
scu --transcode always -j 4 --split-studies "$dicom"/j2k-*.dcm "$dicom"/jls-*.dcm "$dicom"/jpeg*.dcm
is 0 "$status" "by several workers at a time"
hasnt "$err" "warning" "without a word"

echo "# --- not there"
if [ -e "${PKGLIBDIR:-/usr/local/lib/mtls-storescu}/mtls-codecs.so" ]; then
  ok "not there # SKIP one is installed"
else
  alone
  others "not there"
  refused "not there" "lib/mtls-storescu/mtls-codecs.so cannot be loaded: cannot open shared object file" "$remedy"
  refused "not there, several workers" "No such file or directory" "$remedy" -j 3 --split-studies
  scu --json "$dicom/j2k-ct.dcm" "$dicom/bare.dcm"
  is 10 "$status" "not there, --json: exit 10"
  has "$out" "mtls-codecs.so cannot be loaded" "not there, --json: why"
fi

echo "# --- damaged"
alone
head -c 1000 "$TOP_BUILDDIR/mtls-codecs.so" >"$module"
others "cut short"
refused "cut short" "$module cannot be loaded: the file is cut short" "$remedy"
head -c 10 "$TOP_BUILDDIR/mtls-codecs.so" >"$module"
refused "ten bytes" "$module cannot be loaded: file too short" "$remedy"
cp "$dicom/ct.dcm" "$module"
refused "no library" "$module cannot be loaded: " "$remedy"
if [ "$(id -u)" -eq 0 ]; then
  ok "not readable # SKIP root reads everything"
else
  chmod 0 "$module"
  refused "not readable" "$module cannot be loaded: cannot open shared object file: Permission denied" "$remedy"
fi
build other 'int other;'
alone
cp "$tmp/other.so" "$module"
refused "another library" "$module cannot be loaded: undefined symbol: mtls_storescu_codecs" "$remedy"
build needy 'extern int nowhere(void); int mtls_storescu_codecs(void); int mtls_storescu_codecs(void) { return nowhere(); }'
alone
cp "$tmp/needy.so" "$module"
refused "a library with nothing to stand on" "$module cannot be loaded: undefined symbol: nowhere" "$remedy"

echo "# --- of another version"
build old 'const struct { const char *version; void (*init)(void); } mtls_storescu_codecs = { "0.0.1 with DCMTK 3.6.7", 0 };'
alone
cp "$tmp/old.so" "$module"
others "of another version"
refused "of another version" \
  "$module are those of mtls-storescu 0.0.1 with DCMTK 3.6.7, but this program is " \
  "Install both from one version, and start the program again."

echo "# --- not to be trusted"
alone
ln -s "$TOP_BUILDDIR/mtls-codecs.so" "$module"
refused "a symbolic link" "$module are not trusted" "Remove it, or install"
alone
mkdir "$module"
refused "a directory" "$module are not trusted" "Remove it, or install"
if [ "$(id -u)" -ne 0 ]; then
  ok "a stranger's # SKIP only root can give a file away"
else
  alone
  cp "$TOP_BUILDDIR/mtls-codecs.so" "$module"
  chown 65534 "$module"
  others "a stranger's"
  refused "a stranger's" "$module are not trusted: it has to be a regular file of the same owner" "Remove it, or install"
fi

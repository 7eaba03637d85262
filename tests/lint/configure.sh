#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What configure misses it says in one sentence, with the Debian package that
# brings it, and ends.
set -eu
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"

if [ ! -x "$top/configure" ] || [ -e "$top/config.status" ]; then
  tap_skip 'configure says what is missing' 'the tree has no configure, or was configured itself'
  tap_end
  exit
fi

# A module of pkg-config's for each library, so that one at a time can be taken out.
modules='openssl zlib jansson sqlite3 libidn2 libopenjp2 charls libseccomp'
for module in $modules; do
  pkg-config --exists "$module" || continue
  mkdir -p "$tmp/pc"
  printf 'Name: %s\nDescription: none\nVersion: %s\nCflags: %s\nLibs: %s\n' "$module" \
    "$(pkg-config --modversion "$module")" "$(pkg-config --cflags "$module")" \
    "$(pkg-config --libs "$module")" >"$tmp/pc/$module.pc"
done

# sentence WANTED [NAME=VALUE...]: what is wrong with configure's last word, if anything.
sentence() {
  wanted=$1
  shift
  rm -rf "$tmp/build"
  mkdir "$tmp/build"
  status=0
  (cd "$tmp/build" && env -u PKG_CONFIG_PATH PKG_CONFIG_LIBDIR="$tmp/pc" "$top/configure" --cache-file="$tmp/cache" \
    CFLAGS= CXXFLAGS= "$@") >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
  [ "$status" -ne 0 ] || echo 'configure did not fail'
  [ "$(grep -c . "$tmp/err")" -eq 1 ] || echo 'not one line:'
  grep -qxF "configure: error: $wanted" "$tmp/err" || { echo "wanted: $wanted" && cat "$tmp/err"; }
}

# without MODULE WANTED: as sentence, that module gone.
without() {
  mv "$tmp/pc/$1.pc" "$tmp/gone"
  sentence "$2"
  mv "$tmp/gone" "$tmp/pc/$1.pc"
}

while IFS='|' read -r module what package; do
  without "$module" "$what was not found: install it (the Debian package is $package)" >"$tmp/wrong"
  tap_none "without $module: $package is named" <"$tmp/wrong"
done <<'END'
openssl|OpenSSL 3.0 or newer|libssl-dev
zlib|zlib|zlib1g-dev
jansson|jansson 2.13 or newer|libjansson-dev
sqlite3|SQLite 3.35 or newer|libsqlite3-dev
libidn2|libidn2 2.3 or newer|libidn2-dev
libopenjp2|OpenJPEG 2.5 or newer|libopenjp2-7-dev
charls|CharLS 2.1 or newer|libcharls-dev
libseccomp|libseccomp|libseccomp-dev
END
# The compilers, pkg-config and the C library's functions.
mkdir -p "$tmp/old/dcmtk/config"
echo '#define PACKAGE_VERSION_NUMBER 366' >"$tmp/old/dcmtk/config/osconfig.h"
while IFS='|' read -r setting what package; do
  sentence "$what was not found: install it (the Debian package is $package)" "$setting" >"$tmp/wrong"
  tap_none "without ${what%,}: $package is named" <"$tmp/wrong"
done <<END
ac_cv_prog_cc_c11=no|a compiler for C11|gcc
CXX=false|a compiler for C++17|g++
PKG_CONFIG=false|pkg-config|pkgconf
CPPFLAGS=-I$tmp/old|DCMTK 3.6.7 or newer with TLS|libdcmtk-dev
$(for name in argp_parse explicit_bzero getaddrinfo_a iconv_open qsort_r reallocarray; do
  echo "ac_cv_func_$name=no|$name, a function of the GNU C library 2.34 or newer,|libc6-dev"
done)
END
tap_end

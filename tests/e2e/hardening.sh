#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The program and its decoders have the protections of the compiler and the
# linker: what their ELF files say.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

CC=${CC:-cc}

# built VARIABLE PATTERN: was it, by what configure wrote into the Makefile?
built() {
  grep -qE "^$1 =.*$2" "$TOP_BUILDDIR/Makefile"
}

# shows FILE WHAT PATTERN TEXT: does readelf, asked for WHAT, print it?
shows() {
  readelf -W "$2" "$1" >"$tmp/readelf.txt" 2>&1
  run grep -qE -e "$3" "$tmp/readelf.txt"
  is 0 "$status" "${1##*/}: $4"
}

# cet FILE: is it marked for both parts of Intel's CET, indirect branch tracking and the shadow stack?
cet() {
  readelf -nW "$1" | grep -q 'x86 feature:.*IBT.*SHSTK'
}

# A program has the mark if all that it is linked from has, the C library's start-up objects too.
check_cet() {
  for object in "$TOP_BUILDDIR"/src/main.o "$TOP_BUILDDIR"/src/decode/program.o; do
    run cet "$object"
    is 0 "$status" "${object##*/}: marked for CET"
  done
  echo 'int main(void) { return 0; }' >"$tmp/empty.c"
  $CC -fcf-protection -fPIE -pie -o "$tmp/empty" "$tmp/empty.c" >"$tmp/empty.log" 2>&1
  if cet "$tmp/empty"; then
    run cet "$TOP_BUILDDIR/mtls-storescu"
    is 0 "$status" "mtls-storescu: marked for CET"
  else
    ok "mtls-storescu: marked for CET # SKIP no program is: the C library's start-up objects are not"
  fi
}

if ! built HARDEN_CXX .; then
  ok "the protections # SKIP built with --disable-hardening"
  exit 0
fi
for file in "$TOP_BUILDDIR/mtls-storescu" "$TOP_BUILDDIR/mtls-storescu-decode"; do
  shows "$file" -h 'Type: *DYN' 'position-independent'
  shows "$file" -l 'GNU_RELRO' 'relocations are read-only'
  shows "$file" -d 'BIND_NOW' 'all symbols are bound at the start'
  shows "$file" -l 'GNU_STACK .* RW  ' 'the stack is not executable'
  shows "$file" --dyn-syms '__stack_chk_fail' 'the stack is protected'
  if built SANITIZE -fsanitize || built CFLAGS -fsanitize || ! built CFLAGS '-O[^0]'; then
    ok "${file##*/}: calls of the C library are checked # SKIP built with sanitizers, or without optimisation"
  else
    shows "$file" --dyn-syms '__vsnprintf_chk' 'calls of the C library are checked'
  fi
done
shows "$TOP_BUILDDIR/mtls-storescu" --dyn-syms 'glibcxx_assert_fail' 'the C++ library checks its indices'
case $(uname -m) in
  x86_64) check_cet ;;
  *) ok "the objects are marked for CET # SKIP not an x86-64" ;;
esac

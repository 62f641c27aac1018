#!/usr/bin/env bash
# musl-source.sh FLAVOUR TREE [SOURCE]: makes TREE, musl's source with Debian's fixes and our backports, and for FLAVOUR coro with
# musl-patches/series, <coro.h> and the numbers of the calls that the gate must see. FLAVOUR stock is what the tests compare with. SOURCE: musl (default) or musl-next of sources.txt.
. "$(dirname "$0")/lib.sh"

flavour=${1-} tree=${2-} source=${3-musl}
case $flavour in stock | coro) ;; *) die "flavour '$flavour': expected stock or coro" ;; esac
need patch tar gzip xz
[ -n "$tree" ] || die "usage: musl-source.sh stock|coro TREE [SOURCE]"

# Without fuzz: a patch that no longer fits exactly is to be looked at.
apply_series() {
  local patch said
  while read -r patch; do
    case $patch in '' | \#*) continue ;; esac
    said=$(patch -d "$work" -p1 --fuzz=0 -s <"$1/$patch" 2>&1) || die "$1/$patch does not apply to $source without fuzz:" $said
  done <"$1/series"
}

tarball=$("$top/sysroot-build/fetch.sh" "$source")
mkdir -p "$(dirname "$tree")"
work=$(mktemp -d "$tree.XXXXXX")
trap 'rm -rf "$work"' EXIT
tar -xf "$tarball" -C "$work" --strip-components=1 2>/dev/null || die "cannot unpack $tarball: is the disk full?"
if [ "$source" = musl ]; then
  fixes=$("$top/sysroot-build/fetch.sh" --debian musl)
  tar -xf "$fixes" -C "$work" 2>/dev/null || die "cannot unpack $fixes: is the disk full?"
  apply_series "$work/debian/patches"
  apply_series "$top/musl-patches/backports"
fi
if [ "$flavour" = coro ]; then
  apply_series "$top/musl-patches"
  cp "$top/runtime/public/coro.h" "$work/include"
  cp "$top/runtime/public/coro_public.c" "$work/src/thread"
  "$top/sysroot-build/calls.sh" gated >"$work/src/internal/coro_nr.h"
fi
rm -rf "$tree"
mv "$work" "$tree"

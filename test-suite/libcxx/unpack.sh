#!/usr/bin/env bash
# unpack.sh: prints the folder with libc++'s thread tests and their support headers, unpacked into the cache from LLVM's source.
. "$(dirname "$0")/../../sysroot-build/lib.sh"

into=$cache/libcxx-tests/$(source_field llvm 3 | cut -c1-16)/source
if [ ! -d "$into" ]; then
  tarball=$("$top/sysroot-build/fetch.sh" llvm)
  mkdir -p "$(dirname "$into")"
  work=$(mktemp -d "$into.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  tar -xf "$tarball" -C "$work" --strip-components=1 --wildcards '*/libcxx/test/std/thread' '*/libcxx/test/support' ||
    die "cannot unpack $tarball: is the disk full?"
  mv -T "$work" "$into" 2>/dev/null || [ -d "$into" ]  # another may have been faster
fi
echo "$into/libcxx/test"

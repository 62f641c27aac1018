#!/usr/bin/env bash
# unpack.sh: prints the folder with glibc's thread tests, its support library and the few headers of its own that they include.
. "$(dirname "$0")/../../sysroot-build/lib.sh"

into=$cache/nptl-tests/$(source_field glibc 3 | cut -c1-16)/source
if [ ! -d "$into" ]; then
  tarball=$("$top/sysroot-build/fetch.sh" glibc)
  mkdir -p "$(dirname "$into")"
  work=$(mktemp -d "$into.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  # The tests alone: glibc's own headers beside them would hide musl's.
  tar -xf "$tarball" -C "$work" --strip-components=1 --wildcards --no-wildcards-match-slash \
    '*/test-skeleton.c' '*/nptl/tst-*' '*/nptl/Makefile' '*/sysdeps/pthread/tst-*' '*/sysdeps/pthread/eintr.c' '*/sysdeps/pthread/Makefile' \
    '*/sysdeps/generic/tst-stack-align.h' '*/sysdeps/unix/sysv/linux/tst-skeleton-*affinity*.c' '*/posix/tst-vfork?.c' '*/support/*.[ch]' \
    '*/include/array_length.h' '*/include/intprops.h' '*/include/libc-diag.h' '*/include/scratch_buffer.h' ||
    die "cannot unpack $tarball: is the disk full?"
  mv -T "$work" "$into" 2>/dev/null || [ -d "$into" ]  # another may have been faster
fi
echo "$into"

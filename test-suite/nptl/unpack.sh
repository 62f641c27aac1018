#!/usr/bin/env bash
# unpack.sh: prints the folder with glibc's thread tests, its support library and the few headers of its own that they include.
. "$(dirname "$0")/../support/unpack.sh"

# The tests alone: glibc's own headers beside them would hide musl's.
unpacked nptl-tests glibc --no-wildcards-match-slash \
  '*/test-skeleton.c' '*/nptl/tst-*' '*/nptl/Makefile' '*/sysdeps/pthread/tst-*' '*/sysdeps/pthread/eintr.c' '*/sysdeps/pthread/Makefile' \
  '*/sysdeps/generic/tst-stack-align.h' '*/sysdeps/unix/sysv/linux/tst-skeleton-*affinity*.c' '*/posix/tst-vfork?.c' '*/support/*.[ch]' \
  '*/include/array_length.h' '*/include/intprops.h' '*/include/libc-diag.h' '*/include/scratch_buffer.h'

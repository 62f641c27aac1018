#!/usr/bin/env bash
# unpack.sh: prints the folder with libc++'s thread tests and their support headers, unpacked into the cache from LLVM's source.
. "$(dirname "$0")/../support/unpack.sh"

into=$(unpacked libcxx-tests llvm '*/libcxx/test/std/thread' '*/libcxx/test/support')
echo "$into/libcxx/test"

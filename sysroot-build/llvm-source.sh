#!/usr/bin/env bash
# llvm-source.sh: prints the folder with the parts of LLVM's source from which compiler-rt and the C++ library are made; unpacked in the cache, once.
. "$(dirname "$0")/lib.sh"

need tar xz flock
tarball=$("$top/sysroot-build/fetch.sh" llvm)
parts=(runtimes libcxx libcxxabi libunwind compiler-rt cmake llvm/cmake llvm/utils libc)
tree=$cache/llvm-$(printf '%s\n' "$(source_field llvm 3)" "${parts[@]}" | sha256sum | cut -c1-16)
exec 9>"$cache/llvm.lock"
flock 9  # the architectures may be built side by side
if [ ! -d "$tree" ]; then
  work=$(mktemp -d "$cache/llvm.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  root=$(tar -tf "$tarball" 2>/dev/null | head -n 1 | cut -d/ -f1) || true
  say "unpacking LLVM's runtimes" >&2
  tar -xf "$tarball" -C "$work" --strip-components=1 "${parts[@]/#/$root/}" || die "cannot unpack $tarball: is the disk full?"
  mv "$work" "$tree"
fi
echo "$tree"

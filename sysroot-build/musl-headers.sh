#!/usr/bin/env bash
# musl-headers.sh ARCH TREE OUT: musl's public headers in OUT/usr/include and its generated ones in OUT/obj, for compiling the runtime.
. "$(dirname "$0")/lib.sh"

arch=$1 tree=$2 out=$3
target=$(arch_field "$arch" 2)
rm -rf "$out"
mkdir -p "$out"
cd "$out"
CC="clang-19 --target=$target" "$tree/configure" --target="$target" --prefix=/usr --syslibdir=/lib >configure.log 2>&1 ||
  die "musl's configure failed; see $out/configure.log"
make -s obj/include/bits/alltypes.h obj/include/bits/syscall.h obj/src/internal/version.h >make.log 2>&1
make -s install-headers DESTDIR="$out" >>make.log 2>&1 || die "installing musl's headers failed; see $out/make.log"
touch .stamp

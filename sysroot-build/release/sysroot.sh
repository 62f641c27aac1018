#!/usr/bin/env bash
# sysroot.sh ARCH HOME [SYSROOT]: puts a sysroot into HOME/sysroot/ARCH, built from nothing or copied from SYSROOT, and takes this machine's paths out of it:
# programs ask for their loader at /lib, where the base image has it.
. "$(dirname "$0")/../lib.sh"

arch=$1 home=$2 built=${3-}
sysroot=$home/sysroot/$arch
mkdir -p "$home/sysroot"
if [ -n "$built" ]; then
  cp -a "$built" "$sysroot"
else
  need cmake ninja
  build=$home.build/$arch
  logged "configuring $arch" "$build.log" cmake -G Ninja -S "$top" -B "$build" -DCORO_ARCH="$arch" -DCORO_SYSROOT="$sysroot" -DCORO_STOCK=
  cmake --build "$build" -j "$(nproc)" || die "the build stopped; the first error above says where"
fi
"$sysroot/share/coro-musl/relocate" "/lib/$(arch_field "$arch" 5)"

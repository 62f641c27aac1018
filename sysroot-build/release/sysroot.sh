#!/usr/bin/env bash
# sysroot.sh ARCH HOME: builds a sysroot from nothing in HOME/sysroot/ARCH and takes this machine's paths out of it: programs ask for their loader at /lib, where
# the base image has it.
. "$(dirname "$0")/../lib.sh"

arch=$1 home=$2
sysroot=$home/sysroot/$arch build=$home.build/$arch
need cmake ninja
logged "configuring $arch" "$build.log" cmake -G Ninja -S "$top" -B "$build" -DCORO_ARCH="$arch" -DCORO_SYSROOT="$sysroot" -DCORO_STOCK=
cmake --build "$build" -j "$(nproc)" || die "the build stopped; the first error above says where"
"$sysroot/share/coro-musl/relocate" "/lib/$(arch_field "$arch" 5)"

#!/usr/bin/env bash
# toolchain.sh HOME ARCH...: the files around the sysroots HOME/sysroot/ARCH, made from sysroot-build/toolchain/: for each target, compilers and tools named
# after it in HOME/bin, and HOME/share/coro-musl/TARGET.{cfg,cmake,meson}. They find each other wherever HOME is put.
. "$(dirname "$0")/../lib.sh"

home=$1
shift

# The architecture's name for uname(1), qemu-user and Meson, where they differ.
machine() { case $1 in i386) echo i686 ;; armhf) echo armv7l ;; *) echo "$1" ;; esac; }
qemu() { case $1 in armhf) echo arm ;; *) echo "$1" ;; esac; }
family() { case $1 in i386) echo x86 ;; armhf) echo arm ;; *) echo "$1" ;; esac; }

# FILE TEMPLATE [NAME TOOL]
fill() {
  sed "s|@TARGET@|$target|g; s|@ARCH@|$arch|g; s|@LOADER@|$(arch_field "$arch" 5)|g; s|@MACHINE@|$(machine "$arch")|g; s|@QEMU@|$(qemu "$arch")|g
    s|@FAMILY@|$(family "$arch")|g; s|@NAME@|${3-}|g; s|@TOOL@|${4-}|g" "$top/sysroot-build/toolchain/$2.in" >"$1"
}

program() {
  fill "$home/bin/$target-$1" "${@:2:1}" "$1" "${3-}"
  chmod 755 "$home/bin/$target-$1"
}

mkdir -p "$home/bin" "$home/share/coro-musl"
for arch; do
  target=$(release_target "$arch")
  # gcc and g++ too: what configure scripts look for when they are told only --host.
  for name in clang cc gcc; do program $name compiler clang; done
  for name in clang++ c++ g++; do program $name compiler clang++; done
  for name in ar ranlib nm strip objcopy; do program $name binutil llvm-$name; done
  program ld binutil ld.lld
  program pkg-config pkg-config
  program run run
  program cargo cargo
  for kind in cfg cmake meson; do fill "$home/share/coro-musl/$target.$kind" target.$kind; done
done
# What works for every architecture alike comes from a sysroot: the script for gdb.
for file in "$home/sysroot/$1/share/coro-musl"/*.py; do [ ! -f "$file" ] || cp "$file" "$home/share/coro-musl/"; done
install -D -m 644 "$top/LICENSE" "$home/share/licenses/coro-musl/LICENSE"
install -D -m 644 "$top/docs/coro-musl.7" "$home/share/man/man7/coro-musl.7"
cp "$top/VERSION" "$home/share/coro-musl/VERSION"

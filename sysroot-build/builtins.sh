#!/usr/bin/env bash
# builtins.sh ARCH MUSL_HEADERS OUT: compiler-rt's builtins and start files for ARCH in OUT: libbuiltins.a, crtbegin.o, crtend.o. Debian has those for
# x86; the others are built from LLVM's source, and kept in the cache under a key of all that goes into them; without the cache they are made again.
. "$(dirname "$0")/lib.sh"

arch=$1 headers=$2 out=$3
target=$(arch_field "$arch" 2)
package=/usr/lib/llvm-19/lib/clang/19/lib/linux
need clang-19 llvm-ar-19 cmake ninja

take_from() {
  mkdir -p "$out"
  cp "$1/libclang_rt.builtins-$arch.a" "$out/libbuiltins.a"
  cp "$1/clang_rt.crtbegin-$arch.o" "$out/crtbegin.o"
  cp "$1/clang_rt.crtend-$arch.o" "$out/crtend.o"
}

configure_and_build() {
  local where include asm
  where=$("$top/sysroot-build/kernel-headers.sh" "$arch")
  read -r include asm <<<"$where"
  local paths="-ffile-prefix-map=$source=llvm -ffile-prefix-map=$out=build"
  # *_WORKS and STATIC_LIBRARY: a test link needs the very library that is being built.
  cmake -G Ninja -S "$source/compiler-rt/lib/builtins" -B "$out/objects" -DCMAKE_BUILD_TYPE=Release -DCMAKE_SYSTEM_NAME=Linux \
    -DCMAKE_SYSROOT="$headers" -DCMAKE_{C,ASM}_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19 -DCMAKE_{C,CXX,ASM}_COMPILER_TARGET="$target" \
    -DCMAKE_C_FLAGS="$paths -idirafter $include -idirafter $(dirname "$asm")" -DCMAKE_ASM_FLAGS="$paths" \
    -DCMAKE_{C,CXX}_COMPILER_WORKS=ON -DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY -DCMAKE_AR="$(command -v llvm-ar-19)" \
    -DCMAKE_RANLIB="$(command -v llvm-ranlib-19)" -DCMAKE_NM="$(command -v llvm-nm-19)" -DCOMPILER_RT_DEFAULT_TARGET_ONLY=ON -DCOMPILER_RT_BUILD_CRT=ON
  ninja -C "$out/objects"
}

if [ -f "$package/libclang_rt.builtins-$arch.a" ]; then
  take_from "$package"
  exit
fi
key=$({ cat "$0"; echo "$target"; source_field llvm 3; cat "$headers"/usr/include/*.h "$headers"/usr/include/bits/*.h; clang-19 --version; } | sha256sum | cut -c1-16)
kept=$cache/builtins/$arch-$key.tar
if [ ! -f "$kept" ]; then
  source=$("$top/sysroot-build/llvm-source.sh")
  say "building compiler-rt's builtins for $arch"
  rm -rf "$out"
  mkdir -p "$out"
  logged "building compiler-rt" "$out/log" configure_and_build
  take_from "$(dirname "$(find "$out/objects" -name 'libclang_rt.builtins-*.a')")"
  rm -rf "$out/objects"
  mkdir -p "$(dirname "$kept")"
  tar -C "$out" -cf "$kept.part" libbuiltins.a crtbegin.o crtend.o && mv "$kept.part" "$kept" || die "cannot write $kept: is the disk full?"
fi
mkdir -p "$out"
tar -C "$out" -xf "$kept"

#!/usr/bin/env bash
# libcxx.sh ARCH SYSROOT BUILD: libunwind, libc++abi and libc++ for SYSROOT, from LLVM's source. Two minutes of CPU, so the result is kept in
# the cache under a key of all that goes into it; without the cache it is made again.
. "$(dirname "$0")/lib.sh"

arch=$1 sysroot=$2 build=$3
target=$(arch_field "$arch" 2)
need clang-19 clang++-19 llvm-ar-19 cmake ninja
# musl's headers are in the key, not those that a libunwind from here has put beside them.
key=$({ cat "$0" "$top/sysroot-build/gcc-shim.sh"; source_field llvm 3; find "$sysroot/usr/include" -maxdepth 1 -name '*.h' ! -name '*unwind*' -print0 | sort -z | xargs -0 cat; clang-19 --version; } |
  sha256sum | cut -c1-16)
kept=$cache/libcxx/$arch-$key.tar

configure_and_build() {
  # SKIP_RPATH: what CMake takes out as it installs leaves a hole as long as the path of the build.
  # *_WORKS: a test link needs the very libraries that are being built.
  cmake -G Ninja -S "$source/runtimes" -B "$build/objects" \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_SKIP_RPATH=ON -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSROOT="$sysroot" \
    -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19 -DCMAKE_ASM_COMPILER=clang-19 \
    -DCMAKE_{C,CXX,ASM}_FLAGS="-ffile-prefix-map=$source=llvm -ffile-prefix-map=$build=build" \
    -DCMAKE_{C,CXX,ASM}_COMPILER_TARGET="$target" -DCMAKE_{C,CXX}_COMPILER_WORKS=ON \
    -DCMAKE_AR="$(command -v llvm-ar-19)" -DCMAKE_RANLIB="$(command -v llvm-ranlib-19)" -DCMAKE_NM="$(command -v llvm-nm-19)" \
    -DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld -DCMAKE_SHARED_LINKER_FLAGS=-fuse-ld=lld \
    -DLLVM_ENABLE_RUNTIMES="libunwind;libcxxabi;libcxx" -DLIBCXX_HAS_MUSL_LIBC=ON \
    -DLIBCXX_USE_COMPILER_RT=OFF -DLIBCXXABI_USE_COMPILER_RT=OFF -DLIBUNWIND_USE_COMPILER_RT=OFF -DLIBCXXABI_USE_LLVM_UNWINDER=ON \
    -DLIBCXX_ENABLE_STATIC_ABI_LIBRARY=ON -DLIBCXX_STATICALLY_LINK_ABI_IN_SHARED_LIBRARY=OFF \
    -DLIBCXX_INCLUDE_TESTS=OFF -DLIBCXX_INCLUDE_BENCHMARKS=OFF -DLIBCXXABI_INCLUDE_TESTS=OFF -DLIBUNWIND_INCLUDE_TESTS=OFF \
    -DLLVM_INCLUDE_TESTS=OFF -DLIBCXX_INSTALL_MODULES=OFF
  ninja -C "$build/objects"
  rm -rf "$build/install"
  DESTDIR=$build/install ninja -C "$build/objects" install
  install -D -m 644 "$source/libcxx/LICENSE.TXT" "$build/install/usr/share/licenses/llvm/LICENSE.TXT"
}

# libstdc++'s include folder, which clang++ looks for; and in the header that all others include first, a clang that is too old for
# libc++ 19 stops with one line (a fatal warning, since #error would let a hundred others follow).
headers() {
  local dir=$build/install/usr/include/c++
  ln -sfn v1 "$dir/12"
  cat - "$dir/v1/__config" >"$build/__config" <<'H'
#if defined(__clang_major__) && __clang_major__ < 19
#pragma clang diagnostic fatal "-W#warnings"
#warning "coro-musl's C++ library needs clang 19 or later: call clang++-19"
#endif
H
  mv "$build/__config" "$dir/v1/__config"
}

if [ ! -f "$kept" ]; then
  source=$("$top/sysroot-build/llvm-source.sh")
  say "building libunwind, libc++abi, libc++ for $arch (two minutes of CPU)"
  rm -rf "$build/objects"
  mkdir -p "$build"
  logged "building libc++" "$build/log" configure_and_build
  headers
  mkdir -p "$(dirname "$kept")"
  tar -C "$build/install" -cf "$kept.part" usr && mv "$kept.part" "$kept" || die "cannot write $kept: is the disk full?"
fi
tar -C "$sysroot" -xf "$kept"

#!/usr/bin/env bash
# gcc-shim.sh ARCH BUILTINS SYSROOT: the GCC-shaped folder by which clang, told only --sysroot, finds start files, builtins and the unwinder; kernel
# headers; the loader's path in the start files; and the helper files under share/coro-musl. Run before libcxx.sh and again after.
. "$(dirname "$0")/lib.sh"

arch=$1 builtins=$2 sysroot=$3
target=$(arch_field "$arch" 2) loader=$(arch_field "$arch" 5)
lib=$sysroot/usr/lib
need clang-19 ld.lld-19 llvm-ar-19

kernel_headers() {
  local where include asm dir
  where=$("$top/sysroot-build/kernel-headers.sh" "$arch")
  read -r include asm <<<"$where"
  for dir in linux asm-generic mtd; do cp -rT "$include/$dir" "$sysroot/usr/include/$dir"; done
  cp -rT "$asm" "$sysroot/usr/include/asm"
}

# An .interp section that comes before the linker's own: dynamic programs run in place. Scrt1.o starts PIE programs, crtbegin.o -no-pie ones;
# static ones use neither. R: it stays when the linker collects unused sections, as Rust asks for.
interpreter_object() {
  printf '.section .interp,"aR",%%progbits\n.asciz "%s"\n.section .note.GNU-stack,"",%%progbits\n' "$sysroot/lib/$loader" |
    clang-19 --target="$target" -c -x assembler -o "$1" -
}

shim() {
  local dir=$1
  mkdir -p "$dir"
  cp "$builtins/crtbegin.o" "$dir/crtbeginS.o"
  cp "$builtins/crtbegin.o" "$dir/crtbeginT.o"
  ld.lld-19 -r -o "$dir/crtbegin.o" "$work/interp.o" "$builtins/crtbegin.o"
  cp "$builtins/crtend.o" "$dir/crtend.o"
  cp "$builtins/crtend.o" "$dir/crtendS.o"
  cp "$builtins/libbuiltins.a" "$dir/libgcc.a"
  if [ -f "$lib/libunwind.a" ]; then
    cp "$lib/libunwind.a" "$dir/libgcc_eh.a"
    echo 'INPUT(-lunwind)' >"$dir/libgcc_s.so"
  else  # C only, so far
    rm -f "$dir/libgcc_eh.a"
    llvm-ar-19 rc "$dir/libgcc_eh.a"
    echo 'INPUT(-lgcc)' >"$dir/libgcc_s.so"
  fi
}

cxx_names() {  # plain clang++ asks for libstdc++
  [ -f "$lib/libc++.a" ] || return 0
  echo 'INPUT(-lc++ -lunwind)' >"$lib/libstdc++.so"
  echo 'INPUT(-lc++ -lunwind)' >"$lib/libstdc++.a"
}

shared_files() {
  local share=$sysroot/share/coro-musl file rust rust_lower
  rust=$(rust_target "$arch")
  rust_lower=${rust//-/_}
  mkdir -p "$share"
  for file in "$top"/sysroot-build/share/*; do
    sed -e "s|@TARGET@|$target|g; s|@LOADER@|$loader|g; s|@ARCH@|$arch|g; s|@QEMU@|qemu-$(arch_field "$arch" 3)|g; s|@VERSION@|$(cat "$top/VERSION")|g" \
      -e "s|@RUST@|$rust|g; s|@RUST_LOWER@|$rust_lower|g; s|@RUST_UPPER@|${rust_lower^^}|g" "$file" >"$share/$(basename "$file")"
    [ ! -x "$file" ] || chmod +x "$share/$(basename "$file")"
  done
  install -D -m 644 "$top/LICENSE" "$sysroot/usr/share/licenses/coro-musl/LICENSE"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kernel_headers
interpreter_object "$work/interp.o"
# musl's own Scrt1.o, which names no loader, is kept for relocate to start from.
llvm-readelf-19 -S "$lib/Scrt1.o" | grep '[.]interp' >/dev/null || cp "$lib/Scrt1.o" "$lib/.Scrt1.o"
ld.lld-19 -r -o "$lib/Scrt1.o" "$work/interp.o" "$lib/.Scrt1.o"
for triple in "$arch-linux-gnu" "$arch-unknown-linux-musl" "$target"; do shim "$lib/gcc/$triple/12"; done
cxx_names
shared_files
mkdir -p "$sysroot/etc"
printf '%s\n' "$lib" >"$sysroot/etc/ld-musl-$arch.path"

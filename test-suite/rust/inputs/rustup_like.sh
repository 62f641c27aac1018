#!/bin/sh
# rustup_like.sh TOOLCHAIN RUST STOCK: a toolchain of the shape that rustup's has, with a standard library for musl (the newest kept in the cache) and what lies
# beside it there: start files, libc.a and libunwind.a of a stock musl.
set -eu
toolchain=$1 rust=$2 stock=$3
target=x86_64-unknown-linux-musl
std=$(ls -td "${XDG_CACHE_HOME:-$HOME/.cache}"/coro-musl/rust-std/*/lib/rustlib/$target/lib | head -n 1)
rm -rf "$toolchain"
mkdir -p "$toolchain/bin" "$toolchain/lib/rustlib/$target/lib/self-contained"
ln -s "$rust/usr/lib/rustlib/x86_64-unknown-linux-gnu" "$toolchain/lib/rustlib/"
ln -s "$std"/*.rlib "$toolchain/lib/rustlib/$target/lib/"
cp "$stock"/usr/lib/crt1.o "$stock"/usr/lib/rcrt1.o "$stock"/usr/lib/crti.o "$stock"/usr/lib/crtn.o "$stock"/usr/lib/libc.a "$stock"/usr/lib/libunwind.a "$toolchain/lib/rustlib/$target/lib/self-contained/"
for part in begin begin.S end end.S; do
  file=crt$(echo $part | tr -d .).o
  cp "$stock/usr/lib/gcc/x86_64-linux-gnu/12/$file" "$toolchain/lib/rustlib/$target/lib/self-contained/$file"
done
ln -s "$rust/bin/cargo" "$toolchain/bin/cargo"
printf '#!/bin/sh\nexec %s/bin/rustc --sysroot %s "$@"\n' "$rust" "$toolchain" >"$toolchain/bin/rustc"
chmod +x "$toolchain/bin/rustc"

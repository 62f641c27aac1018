#!/usr/bin/env bash
# fetch-rust.sh: prints the folder of Debian's newest Rust (rustc-web) with cargo and the sources of its standard library, unpacked in the cache beside the
# system, so that a Rust that is installed stays: the package conflicts with others. bin/cargo and bin/rustc in it are to be called.
. "$(dirname "$0")/lib.sh"

root=$cache/rust
[ -x "$root/bin/rustc" ] && { echo "$root"; exit; }
mkdir -p "$cache"
work=$(mktemp -d "$cache/rust.XXXXXX")
trap 'rm -rf "$work"' EXIT
unpack_packages "$work" --needed rustc-web cargo-web libstd-rust-web-dev rust-web-src
# Of the sources the standard library alone is needed.
for source in "$work"/root/usr/src/rustc-*; do find "$source" -mindepth 1 -maxdepth 1 ! -name library -exec rm -rf {} +; done
mkdir "$work/root/bin"
for tool in cargo rustc rustdoc; do
  printf '#!/bin/sh\nLD_LIBRARY_PATH=%s/usr/lib/x86_64-linux-gnu exec %s/usr/bin/%s "$@"\n' "$root" "$root" "$tool" >"$work/root/bin/$tool"
  chmod +x "$work/root/bin/$tool"
done
mv -T "$work/root" "$root" 2>/dev/null || [ -x "$root/bin/rustc" ] || die "cannot write $root"  # another may have been faster
echo "$root"

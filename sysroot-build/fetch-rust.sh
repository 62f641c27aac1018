#!/usr/bin/env bash
# fetch-rust.sh: prints the folder of Debian's newest Rust (rustc-web) with cargo and the sources of its standard library, unpacked in the cache beside the
# system, so that a Rust that is installed stays: the package conflicts with others. bin/cargo and bin/rustc in it are to be called.
. "$(dirname "$0")/lib.sh"

root=$cache/rust
[ -x "$root/bin/rustc" ] && { echo "$root"; exit; }
mkdir -p "$cache"
work=$(mktemp -d "$cache/rust.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/debs/partial"
apt-get indextargets --format 'deb $(REPO_URI) $(CODENAME) main' 'Created-By: Packages' | grep -E '/debian(-security)?/? ' | sort -u >"$work/sources.list"
[ -s "$work/sources.list" ] || die "apt has no Debian archive configured"
options=("${apt_private[@]}" -o Dir::Etc::SourceList="$work/sources.list" -o Dir::State::Lists="$work/lists" -o Dir::Cache::Archives="$work/debs")
apt-get "${options[@]}" update >"$work/log" 2>&1 || die "cannot reach the Debian archive for Rust: check the network"
# With the libraries that the system does not have.
apt-get "${options[@]}" -o Debug::NoLocking=1 install --download-only --no-install-recommends --yes rustc-web cargo-web rust-web-src >>"$work/log" 2>&1 ||
  die "Rust could not be fetched: $(tail -n 1 "$work/log")"
for package in "$work"/debs/*.deb; do dpkg-deb -x "$package" "$work/root" || die "cannot unpack $package: is the disk full?"; done
# Of the sources the standard library alone is needed.
for source in "$work"/root/usr/src/rustc-*; do find "$source" -mindepth 1 -maxdepth 1 ! -name library -exec rm -rf {} +; done
mkdir "$work/root/bin"
for tool in cargo rustc rustdoc; do
  printf '#!/bin/sh\nLD_LIBRARY_PATH=%s/usr/lib/x86_64-linux-gnu exec %s/usr/bin/%s "$@"\n' "$root" "$root" "$tool" >"$work/root/bin/$tool"
  chmod +x "$work/root/bin/$tool"
done
mv -T "$work/root" "$root" 2>/dev/null || [ -d "$root" ] || die "cannot write $root"  # another may have been faster
echo "$root"

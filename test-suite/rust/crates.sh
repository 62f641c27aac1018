#!/usr/bin/env bash
# crates.sh: prints the folder with Debian's sources of the crates that test-suite/rust/crates uses, unpacked in the cache: a directory source for cargo.
. "$(dirname "$0")/../../sysroot-build/lib.sh"

names=(rayon rayon-core crossbeam crossbeam-channel crossbeam-deque crossbeam-epoch crossbeam-queue crossbeam-utils memoffset autocfg cfg-if either num-cpus libc
  parking-lot parking-lot-core lock-api scopeguard smallvec tiny-http ascii chunked-transfer httpdate log cc)
root=$cache/crates/$(echo "${names[@]}" | sha256sum | cut -c1-16)
[ -d "$root" ] && { echo "$root"; exit; }
mkdir -p "$cache/crates"
work=$(mktemp -d "$cache/crates/new.XXXXXX")
trap 'rm -rf "$work"' EXIT
packages=("${names[@]/#/librust-}")
unpack_packages "$work" "${packages[@]/%/-dev}"
mv -T "$work/root/usr/share/cargo/registry" "$root" 2>/dev/null || [ -d "$root" ] || die "cannot write $root"  # another may have been faster
echo "$root"

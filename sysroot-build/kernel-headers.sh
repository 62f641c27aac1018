#!/usr/bin/env bash
# kernel-headers.sh ARCH: prints where Linux's headers for ARCH are, of the Debian package that cmake/architectures.txt names: the folder with linux and
# asm-generic, and asm. Installed, or unpacked in the cache beside the system.
. "$(dirname "$0")/lib.sh"

arch=$1
package=$(arch_field "$arch" 4)
tree=$cache/kernel-headers/$package

fetch() {
  need apt-get dpkg-deb flock
  mkdir -p "$cache/kernel-headers" 2>/dev/null || die "cannot write the cache $cache; set XDG_CACHE_HOME to a folder that can be written"
  exec 9>"$cache/kernel-headers/lock"
  flock 9
  [ ! -d "$tree" ] || return 0
  work=$(mktemp -d "$cache/kernel-headers/$package.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  (cd "$work" && apt-get -qq -o APT::Sandbox::User=root download "$package" >log 2>&1) ||
    die "$package could not be fetched: check the network, or apt-get update ($(tail -n 1 "$work/log"))"
  dpkg-deb -x "$work"/*.deb "$work/root"
  mv "$work/root" "$tree"
}

if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ]; then
  folders=$(dpkg-query -L "$package")
else
  fetch
  folders=$(find "$tree" -type d)
fi
include=$(grep -m 1 '/include/linux$' <<<"$folders") asm=$(grep -E -m 1 '/include(/[^/]*)?/asm$' <<<"$folders") || die "$package has no linux or no asm folder"
echo "$(dirname "$include") $asm"

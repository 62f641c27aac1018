#!/usr/bin/env bash
# debian-root.sh ROOT [ARCH [PACKAGE...]]: a minimal Debian in the new folder ROOT, of this machine's release and from its archive, with the packages.
# Where ARCH is not this machine's (as dpkg names it) nothing in it has run: packages are unpacked, not configured. Needs root.
. "$(dirname "$0")/lib.sh"

root=$1 arch=${2-$(dpkg --print-architecture)}
shift $(($# < 2 ? $# : 2))
[ "$(id -u)" = 0 ] || die "only root can make a root file system"
archive=$(archives | grep -v -- -security | head -n 1)
[ -n "$archive" ] || die "apt has no Debian archive configured"
need debootstrap
apt_proxy
options=(--variant=minbase --arch="$arch")
[ $# = 0 ] || options+=(--include="$(IFS=,; echo "$*")")
[ "$arch" = "$(dpkg --print-architecture)" ] || options+=(--foreign)
logged "debootstrap" "$root.log" debootstrap "${options[@]}" "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$root" "$archive"
[ -d "$root/debootstrap" ] || exit 0
for package in "$root"/var/cache/apt/archives/*.deb; do dpkg-deb -x "$package" "$root"; done
rm -rf "$root/debootstrap"

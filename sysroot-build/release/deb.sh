#!/usr/bin/env bash
# deb.sh HOME OUT ARCH...: a Debian package of HOME (coro-musl-VERSION) in the folder OUT: all of it in /usr/lib/coro-musl, the tools in PATH. Programs that
# are linked with it run on the machine where it is installed: their loader is the package's own.
. "$(dirname "$0")/../lib.sh"

home=$1 out=$2
shift 2
version=$(cat "$top/VERSION") place=usr/lib/coro-musl
need dpkg-deb gzip
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root/usr/lib" "$root/usr/bin" "$root/usr/share/doc/coro-musl" "$root/DEBIAN"
cp -a "$home" "$root/$place"
for arch; do "$root/$place/sysroot/$arch/share/coro-musl/relocate" "/$place/sysroot/$arch/lib/$(arch_field "$arch" 5)"; done
for tool in "$root/$place/bin"/*; do ln -s "../lib/coro-musl/bin/$(basename "$tool")" "$root/usr/bin/"; done
install -d "$root/usr/share/man/man7"
gzip -9n <"$home/share/man/man7/coro-musl.7" >"$root/usr/share/man/man7/coro-musl.7.gz"
# What it is made of, each part's licence in its own words.
for licence in "$root/$place/sysroot/$1/usr/share/licenses"/*/*; do
  printf '%s\n\n' "==== $(basename "$(dirname "$licence")")" && cat "$licence"
done >"$root/usr/share/doc/coro-musl/copyright"

cat >"$root/DEBIAN/control" <<CONTROL
Package: coro-musl
Version: $version
Architecture: all
Maintainer: the coro-musl developers
Section: devel
Priority: optional
Depends: clang-19, lld-19, llvm-19
Recommends: pkgconf
Suggests: qemu-user-static
Installed-Size: $(find "$root/usr" -type f -printf '%s\n' | awk '{ size += int(($1 + 1023) / 1024) } END { print size }')
Description: musl libc whose threads are coroutines, with a toolchain
 Compilers and tools (TARGET-clang, TARGET-clang++, TARGET-pkg-config, ...) and sysroots with musl
 and libc++, in which every POSIX thread is a stackful coroutine. Targets:
$(for arch; do echo " $(release_target "$arch")"; done)
CONTROL
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
chmod -R u=rwX,go=rX "$root"
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz -z1 --threads-max=1 --build "$root" "$out/coro-musl_${version}_all.deb" >"$work/log" 2>&1 ||
  die "dpkg-deb failed: $(tail -n 1 "$work/log")"

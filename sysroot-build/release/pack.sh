#!/usr/bin/env bash
# pack.sh HOME OUT ARCH...: the tarballs of a release in the folder OUT, from HOME (coro-musl-VERSION: sysroots and toolchain). All unpack into one folder. The
# same files give the same bytes, whoever packs them: order, owner, time ($SOURCE_DATE_EPOCH), mode and compression are fixed.
. "$(dirname "$0")/../lib.sh"

home=$1 out=$2
shift 2
version=$(cat "$top/VERSION") name=$(basename "$home")
need tar zstd

tarball() {  # FILE PATH...
  # One thread: with more, zstd cuts the input otherwise.
  tar -C "$(dirname "$home")" --format=gnu --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --mode=u=rwX,go=rX -cf - "${@:2}" |
    zstd -q -12 --single-thread -o "$out/$1" || die "cannot write $out/$1: is the disk full?"
}

for arch; do tarball "coro-musl-sysroot-$version-$arch.tar.zst" "$name/sysroot/$arch"; done
tarball "coro-musl-toolchain-$version.tar.zst" "$name/bin" "$name/share"

#!/usr/bin/env bash
# musl_tools.sh: prints the folder of Debian's musl-gcc (bin/musl-gcc) and its musl (lib/ld-musl-x86_64.so.1), unpacked in the cache beside the system: installed,
# a stock loader would lie at the path that programs for coro-musl name once they are to run elsewhere.
. "$(dirname "$0")/../../sysroot-build/lib.sh"

root=$cache/musl-tools
[ -x "$root/bin/musl-gcc" ] && { echo "$root"; exit; }
mkdir -p "$cache"
work=$(mktemp -d "$cache/musl-tools.XXXXXX")
trap 'rm -rf "$work"' EXIT
unpack_packages "$work" musl musl-dev musl-tools
# One folder for libraries, as on Debian.
cp -a "$work/root/lib/x86_64-linux-musl/." "$work/root/usr/lib/x86_64-linux-musl/"
ln -sfn ../usr/lib/x86_64-linux-musl/libc.so "$work/root/lib/ld-musl-x86_64.so.1"
sed -i "s|/usr/|$root/usr/|g" "$work/root/usr/lib/x86_64-linux-musl/musl-gcc.specs"
mkdir "$work/root/bin"
printf '#!/bin/sh\nexec gcc "$@" -specs %s/usr/lib/x86_64-linux-musl/musl-gcc.specs\n' "$root" >"$work/root/bin/musl-gcc"
chmod +x "$work/root/bin/musl-gcc"
mv -T "$work/root" "$root" 2>/dev/null || [ -x "$root/bin/musl-gcc" ] || die "cannot write $root"  # another may have been faster
echo "$root"

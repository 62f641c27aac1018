#!/usr/bin/env bash
# root.sh ARCH SYSROOT OUT: the root file system of the base image: what a program that was linked with the sysroot needs where it runs, and nothing else.
. "$(dirname "$0")/../../lib.sh"

arch=$1 sysroot=$2 out=$3
need llvm-strip-19
mkdir -p "$out"/{lib,usr/lib,etc/ssl/certs,usr/share,root,tmp}

# Without debug information, which gdb takes from the sysroot.
llvm-strip-19 --strip-debug -o "$out/lib/$(arch_field "$arch" 5)" "$sysroot/usr/lib/libc.so"
for library in libc++.so.1 libc++abi.so.1 libunwind.so.1; do llvm-strip-19 --strip-debug -o "$out/usr/lib/$library" "$sysroot/usr/lib/$library"; done
cp -r "$sysroot/usr/share/licenses" "$out/usr/share/"

# The package's certificates, not those that this machine was told to trust.
cat /usr/share/ca-certificates/mozilla/*.crt >"$out/etc/ssl/certs/ca-certificates.crt" || die "package ca-certificates is missing"
[ -d /usr/share/zoneinfo/Europe ] || die "package tzdata is missing"
cp -a /usr/share/zoneinfo "$out/usr/share/"
rm -rf "$out/usr/share/zoneinfo"/{posix,right,localtime,posixrules}

printf '%s\n' 'root:x:0:0:root:/root:/sbin/nologin' 'nobody:x:65534:65534:nobody:/:/sbin/nologin' >"$out/etc/passwd"
printf '%s\n' 'root:x:0:' 'nobody:x:65534:' >"$out/etc/group"
chmod -R u=rwX,go=rX "$out"
chmod 700 "$out/root"
chmod 1777 "$out/tmp"

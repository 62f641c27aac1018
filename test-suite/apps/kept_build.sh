#!/usr/bin/env bash
# kept_build.sh NAME SYSROOT SOURCE...: compiles the program NAME from the sources of sources.txt by build/NAME.sh, and prints the folder of its
# objects and archives. They depend on the sysroot's headers, not on its libc, and so are kept in the cache: each test links them anew.
. "$(dirname "$0")/../../sysroot-build/lib.sh"

name=$1 sysroot=$(realpath "$2")
shift 2
script=$top/test-suite/apps/build/$name.sh
key=$({ cat "$0" "$script"; for s in "$@"; do source_field "$s" 3; done
  find "$sysroot/usr/include" -path '*/c++' -prune -o -type f -print0 | sort -z | xargs -0 cat; clang-19 --version; } | sha256sum | cut -c1-16)
kept=$cache/apps/$name-$key
mkdir -p "$cache/apps" || die "cannot write the cache $cache; set XDG_CACHE_HOME to a folder that can be written"
exec 8>"$cache/apps/$name.lock"
flock 8  # two tests of one program

if [ ! -d "$kept" ]; then
  work=$(mktemp -d "$cache/apps/$name.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  for s in "$@"; do
    mkdir "$work/$s"
    tar -xf "$("$top/sysroot-build/fetch.sh" "$s")" -C "$work/$s" --strip-components=1 || die "cannot unpack $s: is the disk full?"
  done
  mkdir "$work/keep"
  cd "$work"
  CC="clang-19 --sysroot=$sysroot" AR=llvm-ar-19 RANLIB=llvm-ranlib-19 jobs=2 keep=$work/keep \
    logged "building $name" "$top/out/log/$name" bash -euxo pipefail "$script"
  mv "$work/keep" "$kept"
fi
echo "$kept"

#!/usr/bin/env bash
# sqlite.sh: prints the folder with SQLite's sources in one file, sqlite3.c, made in the cache from Debian's source.
. "$(dirname "$0")/../../../sysroot-build/lib.sh"

into=$cache/sqlite/$(source_field sqlite3 3 | cut -c1-16)
mkdir -p "$cache/sqlite"
exec 8>"$cache/sqlite/lock"
flock 8  # two tests want it
if [ ! -d "$into" ]; then
  tarball=$("$top/sysroot-build/fetch.sh" sqlite3)
  work=$(mktemp -d "$into.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/build" "$work/result"
  tar -xf "$tarball" -C "$work/build" --strip-components=1 || die "cannot unpack $tarball: is the disk full?"
  cd "$work/build"
  logged "making sqlite3.c" "$work/log" make -f main.mk TOP=. BCC=clang-19 TCC=clang-19 NAWK=awk sqlite3.c
  mv sqlite3.c sqlite3.h "$work/result"
  mv -T "$work/result" "$into"
fi
echo "$into"

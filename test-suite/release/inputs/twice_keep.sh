#!/usr/bin/env bash
# twice.sh WORK: ci/release twice, as different as can be; compares what it makes.
set -euo pipefail
top=$(cd "$(dirname "$0")/../../.." && pwd)
work=$(mktemp -d /var/tmp/coro-twice.XXXXXX)
trap "echo kept $work" EXIT
chmod 755 "$work"
mkdir "$work/sources"
for source in musl llvm; do cp "$("$top/sysroot-build/fetch.sh" "$source")" "$work/sources"; done
cp "$("$top/sysroot-build/fetch.sh" --debian musl)" "$work/sources"
chmod -R a+rX "$work/sources"

copy() {
  mkdir -p "$1/tree/test-suite" "$1/home"
  cp -r "$top"/{ci,cmake,docs,CMakeLists.txt,CMakePresets.json,LICENSE,VERSION,musl-patches,runtime,sysroot-build} "$1/tree"
  cp "$top/test-suite/sources.txt" "$1/tree/test-suite"
}

release() {  # FOLDER COMMAND...
  local folder=$1
  shift
  env -u XDG_CACHE_HOME HOME="$folder/home" TMPDIR="$folder/home" CORO_SOURCES="$work/sources" SOURCE_DATE_EPOCH=1700000000 "$@" "$folder/tree/ci/release" x86_64 >"$folder/log" 2>&1 ||
    { tail -n 20 "$folder/log"; exit 1; }
}

second=$work/a-longer-way/to-the-other
copy "$work/one"
copy "$second"
(umask 002 && release "$work/one" TZ=Asia/Tokyo LANG=C.UTF-8)
chown -R nobody: "$work/a-longer-way"
cpu=$(taskset -pc $$ | sed 's/.*[ ,-]//')
(umask 077 && release "$second" setpriv --reuid=nobody --regid=nogroup --clear-groups taskset -c "$cpu" env TZ=America/New_York LC_ALL=C)
diff -r "$work/one/tree/dist" "$second/tree/dist" && exit
# Which files in there.
for side in "$work/one" "$second"; do
  mkdir "$side/unpacked"
  for tarball in "$side"/tree/dist/*.tar.zst; do tar -C "$side/unpacked" -xf "$tarball"; done
done
diff -rq "$work/one/unpacked" "$second/unpacked"
exit 1

#!/usr/bin/env bash
# fetch.sh NAME: prints the path of a source file of sources.txt (here or in test-suite/), checked by hash. Looked for in $CORO_SOURCES (a folder), the cache,
# $CORO_MIRROR (a URL prefix), and last the machine's own apt, with a source list for this one command.
# fetch.sh --debian NAME: the same for Debian's patches to it (any revision that apt's signed index offers).
. "$(dirname "$0")/lib.sh"

debian=
[ "${1-}" = --debian ] && { debian=1; shift; }
name=${1-}
file=$(source_field "${name:-none}" 2) || die "no source '$name': the names are in sysroot-build/sources.txt and test-suite/sources.txt"
sum=$(source_field "$name" 3)
package=$(source_field "$name" 4)
suite=$(source_field "$name" 5)
need sha256sum flock
mkdir -p "$cache/sources" 2>/dev/null || die "cannot write the cache $cache; set XDG_CACHE_HOME to a folder that can be written"

exec 9>"$cache/lock"
flock 9  # one fetch at a time: ninja asks for the same file twice

check() { [ "$(sha256sum <"$1" | cut -d' ' -f1)" = "$sum" ]; }

no_source() {
  ! disk_full "$work/log" || die "no space in the cache $cache for $package and apt's lists"
  die "$1"
}

refresh() { apt-get "${options[@]}" -o APT::Update::Error-Mode=any update >"$work/log" 2>&1; }

apt_source() {
  local uri options got
  need apt-get dpkg-source
  work=$(mktemp -d "$cache/apt.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/lists/partial"
  for uri in $(archives); do
    case $uri in *-security*) [ "$suite" = sid ] || echo "deb-src $uri $suite-security main" ;; *) echo "deb-src $uri $suite main" ;; esac
  done >"$work/sources.list"
  [ -s "$work/sources.list" ] || die "apt has no Debian archive configured: give the file in CORO_SOURCES or CORO_MIRROR"
  options=("${apt_private[@]}" -o Dir::Etc::SourceList="$work/sources.list" -o Dir::State::Lists="$work/lists")
  # Again once: an archive behind a proxy does not always answer.
  refresh || { sleep 3; refresh; } ||
    no_source "cannot reach the Debian archive for $package: check the network, or set CORO_SOURCES ($(grep '^[EW]:' "$work/log" | tail -n 1))"
  (cd "$work" && apt-get "${options[@]}" source --download-only "$package" >>log 2>&1) || ! disk_full "$work/log" || no_source ""  # a missing part shows below
  for got in "$work/$package"_*.orig.tar.* "$work/$package"_*.debian.tar.*; do
    case $got in *.asc | *\**) continue ;; esac
    mv "$got" "$cache/sources/"
  done
}

debian_file() { { ls -t "$cache/sources/${file%.orig.tar.*}"-*.debian.tar.* ${CORO_SOURCES:+"$CORO_SOURCES/${file%.orig.tar.*}"-*.debian.tar.*} 2>/dev/null || true; } | head -n 1; }

if [ -n "$debian" ]; then
  [ -n "$(debian_file)" ] || apt_source >&2
  found=$(debian_file)
  [ -n "$found" ] || die "Debian's patches for $file were not found: put ${file%.orig.tar.*}-*.debian.tar.xz into CORO_SOURCES"
  echo "$found"
  exit
fi

if [ -n "${CORO_SOURCES-}" ] && [ -f "$CORO_SOURCES/$file" ]; then
  check "$CORO_SOURCES/$file" || die "$CORO_SOURCES/$file has the wrong hash: expected sha256 $sum"
  echo "$CORO_SOURCES/$file"
  exit
fi
path=$cache/sources/$file
if [ ! -f "$path" ] && [ -n "${CORO_MIRROR-}" ]; then
  need curl
  curl -fsL -o "$path.part" "$CORO_MIRROR/$file" || {
    [ $? != 23 ] || why=": no space in the cache $cache"
    rm -f "$path.part"
    die "cannot fetch $CORO_MIRROR/$file${why-}"
  }
  mv "$path.part" "$path"
fi
[ -f "$path" ] || apt_source >&2
[ -f "$path" ] || die "$file could not be fetched: put it into a folder and name that in CORO_SOURCES"
check "$path" || { rm -f "$path"; die "$file has the wrong hash: expected sha256 $sum (removed from the cache; try again)"; }
echo "$path"

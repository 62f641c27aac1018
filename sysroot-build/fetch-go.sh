#!/usr/bin/env bash
# fetch-go.sh: prints the GOROOT of Debian trixie's Go 1.24, which the benchmark compares with; unpacked in the cache beside the system, from the
# packages that apt's signed index names.
. "$(dirname "$0")/lib.sh"

root=$cache/go-1.24
[ -x "$root/bin/go" ] && { echo "$root"; exit; }
mkdir -p "$cache"
work=$(mktemp -d "$cache/go.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial"
for uri in $(archives); do
  case $uri in *-security*) ;; *) echo "deb $uri trixie main" ;; esac
done >"$work/sources.list"
[ -s "$work/sources.list" ] || die "apt has no Debian archive configured"
options=("${apt_private[@]}" -o Dir::Etc::SourceList="$work/sources.list" -o Dir::State::Lists="$work/lists")
apt-get "${options[@]}" update >"$work/log" 2>&1 || die "cannot reach the Debian archive for Go 1.24: check the network"
(cd "$work" && apt-get "${options[@]}" download golang-1.24-go golang-1.24-src >>log 2>&1) || die "Go 1.24 could not be fetched: $(tail -n 1 "$work/log")"
for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work/root"; done
# Debian splits GOROOT between lib and share, with absolute links from the one to the other.
find "$work/root/usr/lib/go-1.24" -type l -lname '*/share/go-1.24/*' -delete
cp -a "$work/root/usr/share/go-1.24/." "$work/root/usr/lib/go-1.24/"
mv "$work/root/usr/lib/go-1.24" "$root" && echo "$root"

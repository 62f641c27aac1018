# Shared by the scripts of sysroot-build/ and ci/: one-line errors, progress, the source and architecture tables.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/coro-musl

die() { printf '%s: error: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }
# Each must be there.
need() {
  local tool
  for tool; do command -v "$tool" >/dev/null || die "$tool is missing: ci/build installs what ci/packages.txt names"; done
}
say() { printf '==> %s\n' "$*"; }

# Field $2 (by number) of the line that begins with $1 in the tables $3...
field() { awk -v name="$1" -v n="$2" '$1 == name { print $n; found = 1 } END { exit !found }' "${@:3}"; }
source_field() { field "$1" "$2" "$top/sysroot-build/sources.txt" "$top/test-suite/sources.txt"; }
arch_field() { field "$1" "$2" "$top/cmake/architectures.txt"; }
# What Rust calls the architecture $1.
rust_target() {
  case $1 in
  i386) echo i686-unknown-linux-musl ;;
  armhf) echo armv7-unknown-linux-musleabihf ;;
  riscv64) echo riscv64gc-unknown-linux-musl ;;
  *) echo "$1-unknown-linux-musl" ;;
  esac
}
architectures() { awk '!/^#/ && NF { print $1 }' "$top/cmake/architectures.txt"; }
# The target as the tools of a release are named: with our vendor.
release_target() { arch_field "$1" 2 | sed 's/-linux/-coro-linux/'; }

# Whether what wrote the log $1 stopped for lack of space.
disk_full() { grep -qs 'No space left on device' "$1" || [ "$(df -k --output=avail "$(dirname "$1")" | tail -n 1)" -lt 64 ]; }

# Runs a long step with its output in a log; on failure shows the end of it, and one line that says what failed.
logged() {
  local what=$1 log=$2
  shift 2
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 && return
  ! disk_full "$log" || die "$what failed: the disk is full (the log is $log)"
  tail -n 20 "$log" >&2
  die "$what failed; the whole log is $log"
}

# The archives that this machine installs from, without naming them here; a -security one is the sibling of the plain one.
archives() { apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | sort -u | grep -E '/debian(-security)?/?$'; }
# For apt-get with a source list and index of its own, so that the machine's stay as they are.
apt_private=(-qq -o Dir::Etc::SourceParts=/nonexistent -o APT::Sandbox::User=root)

# Debian packages of the machine's own release, unpacked in WORK/root beside the system, which stays as it is; with --needed also what they need and the system
# does not have.
# unpack_packages WORK [--needed] PACKAGE...
unpack_packages() {
  local work=$1 needed= options package
  shift
  [ "$1" != --needed ] || { needed=1; shift; }
  mkdir -p "$work/lists/partial" "$work/debs/partial"
  apt-get indextargets --format 'deb $(REPO_URI) $(CODENAME) main' 'Created-By: Packages' | grep -E '/debian(-security)?/? ' | sort -u >"$work/sources.list"
  [ -s "$work/sources.list" ] || die "apt has no Debian archive configured"
  options=("${apt_private[@]}" -o Dir::Etc::SourceList="$work/sources.list" -o Dir::State::Lists="$work/lists" -o Dir::Cache::Archives="$work/debs")
  apt-get "${options[@]}" update >"$work/log" 2>&1 || die "cannot reach the Debian archive for $1: check the network"
  (cd "$work/debs" && apt-get "${options[@]}" download "$@" >>"$work/log" 2>&1) &&
    { [ -z "$needed" ] || apt-get "${options[@]}" -o Debug::NoLocking=1 install --download-only --no-install-recommends --yes "$@" >>"$work/log" 2>&1; } ||
    die "$1 could not be fetched: $(tail -n 1 "$work/log")"
  for package in "$work"/debs/*.deb; do dpkg-deb -x "$package" "$work/root" || die "cannot unpack $package: is the disk full?"; done
}

# The proxy that apt goes through, for others that fetch from its archive.
apt_proxy() {
  eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
  [ -z "${http_proxy-}" ] || export http_proxy
}

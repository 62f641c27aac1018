# Sourced by the suites' unpack.sh. unpacked NAME SOURCE PATTERN...: the folder in the cache with what the patterns name of SOURCE (sources.txt); prints it.
. "$(dirname "${BASH_SOURCE[0]}")/../../sysroot-build/lib.sh"

unpacked() {
  local into tarball work
  into=$cache/$1/$(source_field "$2" 3 | cut -c1-16)/source
  if [ ! -d "$into" ]; then
    tarball=$("$top/sysroot-build/fetch.sh" "$2")
    mkdir -p "$(dirname "$into")"
    work=$(mktemp -d "$into.XXXXXX")
    trap "rm -rf '$work'" EXIT
    tar -xf "$tarball" -C "$work" --strip-components=1 --wildcards "${@:3}" || die "cannot unpack $tarball: is the disk full?"
    mv -T "$work" "$into" 2>/dev/null || [ -d "$into" ]  # another may have been faster
  fi
  echo "$into"
}

#!/usr/bin/env bash
# release.sh COPY ARCH... : ci/release in COPY, a copy of the tree without its output, with the sysroots that the tree has already built. BROKEN=TOOL: that tool
# fails. The long test builds them.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
copy=$1
shift
rm -rf "$copy"
mkdir -p "$copy/bin" "$copy/test-suite"
cp -r "$top"/{ci,cmake,docs,CMakeLists.txt,CMakePresets.json,LICENSE,VERSION,musl-patches,runtime,sysroot-build} "$copy"
cp "$top/test-suite/sources.txt" "$copy/test-suite"
cp "$here/bin/cmake" "$copy/bin"
[ -z "${BROKEN-}" ] || { printf '#!/bin/sh\nexit 1\n' >"$copy/bin/$BROKEN" && chmod +x "$copy/bin/$BROKEN"; }
export BUILT=$top PATH=$copy/bin:$PATH SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH-1700000000}
exec "$copy/ci/release" "$@"

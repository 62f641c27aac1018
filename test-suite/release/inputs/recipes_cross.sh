#!/usr/bin/env bash
# recipes_cross.sh DIST ARCH...: each recipe of docs/recipes.md for each architecture.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dist=$1
shift
PATH=$("$here/../../../sysroot-build/fetch-rust.sh")/bin:$PATH
for arch; do
  "$here/recipe.sh" "$dist" "$arch" cmake 'One program' CMake
  "$here/recipe.sh" "$dist" "$arch" meson Meson
  "$here/recipe.sh" "$dist" "$arch" autotools Autotools pkg-config
  "$here/recipe.sh" "$dist" "$arch" cargo Cargo
done

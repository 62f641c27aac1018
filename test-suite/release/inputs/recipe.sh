#!/usr/bin/env bash
# recipe.sh DIST ARCH PROJECT SECTION...: runs the blocks of docs/recipes.md below the headings "Unpack" and SECTION in an empty folder that has the tarballs
# of DIST and the files of the project, with this tree out of sight.
set -euo pipefail
if [ -z "${RECIPE_ALONE-}" ]; then
  work=$(mktemp -d /tmp/coro-recipe.XXXXXX)
  trap 'rm -rf "$work"' EXIT
  RECIPE_ALONE=$work unshare --mount --propagation private "$0" "$@"
  exit
fi
here=$(cd "$(dirname "$0")" && pwd) work=$RECIPE_ALONE
. "$here/../../../sysroot-build/lib.sh"
dist=$1 arch=$2 project=$3
shift 3
cp "$dist"/*.tar.zst "$work"
cp -rL "$here/$project"/* "$work"
{ echo 'set -eux'; "$top/test-suite/support/doc.sh" "$top/docs/recipes.md" sh Unpack "$@"; } |
  sed "s/x86_64-coro-linux-musl/$(release_target "$arch")/g; s/x86_64-unknown-linux-musl/$(rust_target "$arch")/g; s/x86_64/$arch/g" >"$work/recipe"
cd "$work"
[ ! -f configure.ac ] || autoreconf -fi >autoreconf.log 2>&1 || { cat autoreconf.log; exit 1; }
mount -t tmpfs none "$top"
exec timeout -s KILL 900 bash recipe

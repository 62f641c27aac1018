#!/usr/bin/env bash
# package.sh DEB COMMAND...: installs the Debian package in a copy of this machine's /usr, /etc and /var that only the command sees.
set -euo pipefail
if [ -z "${PACKAGE_ALONE-}" ]; then
  PACKAGE_ALONE=$(mktemp -d)
  export PACKAGE_ALONE
  trap 'rmdir "$PACKAGE_ALONE"' EXIT
  unshare --mount --propagation private "$0" "$@"
  exit
fi
mount -t tmpfs none "$PACKAGE_ALONE"
for dir in usr etc var; do
  mkdir -p "$PACKAGE_ALONE/$dir/upper" "$PACKAGE_ALONE/$dir/work"
  mount -t overlay overlay -o "lowerdir=/$dir,upperdir=$PACKAGE_ALONE/$dir/upper,workdir=$PACKAGE_ALONE/$dir/work" "/$dir"
done
dpkg --install "$1"
shift
"$@"

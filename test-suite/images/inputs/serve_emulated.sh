#!/usr/bin/env bash
# serve_emulated.sh WORK CONTEXT CONNECTIONS: builds the image of the folder CONTEXT for arm64 on that in WORK/tree/dist, and runs its program in its files, as nobody,
# under qemu-user; WORK/load puts the connections on it.
set -euo pipefail
work=$1 context=$2 connections=$3
[ -n "${SERVE_ALONE-}" ] || SERVE_ALONE=1 exec unshare --mount --net --propagation private "$0" "$@"
ip link set lo up
. "$(dirname "$0")/private_storage.sh"

fail() { echo "FAIL: $*"; cat "$work/error" 2>/dev/null || true; exit 1; }
buildah "${storage[@]}" pull -q --arch arm64 "oci-archive:$(echo "$work"/tree/dist/coro-musl-[0-9]*.oci.tar)" >/dev/null
buildah "${storage[@]}" bud -q --platform linux/arm64 -t app "$context"
root=$(buildah "${storage[@]}" mount "$(buildah "${storage[@]}" from --arch arm64 --pull-never app)")
touch "$root/emulator"
mkdir "$root/proc"
mount --bind "$(command -v qemu-aarch64-static)" "$root/emulator"
mount -t proc proc "$root/proc"

mkfifo "$work/in" "$work/out" "$work/progress"
timeout -s KILL 300 chroot --userspec=65534:65534 "$root" /emulator /server <"$work/in" >"$work/out" 2>"$work/error" &
server=$!
exec 8>"$work/in" 7<"$work/out"
read -r -t 60 port <&7 || fail "no server"
"$work/load" "$port" "$connections" 2 >"$work/progress" 2>>"$work/error" &
load=$!
exec 6<"$work/progress"
read -r -t 200 line <&6 || fail "$connections connections were not made"
threads=$(ls "/proc/$(pgrep -P "$server")/task" | wc -l)
read -r line <&6 || fail "the connections did not hold"
wait "$load" || fail "the load"
exec 8>&-
wait "$server" || fail "the server ended with $?"
echo "$threads kernel threads; $line"
[ "$threads" -le $(($(nproc) + 20)) ] || fail "$threads kernel threads"

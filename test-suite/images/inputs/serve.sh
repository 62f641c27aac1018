#!/usr/bin/env bash
# serve.sh WORK CONTEXT CONNECTIONS [OTHER]: builds the image of the folder CONTEXT on the images in WORK/tree/dist, runs it by podman as a container engine runs it, and
# puts that many connections on the server in it. OTHER: a context that is only built. WORK/probe looks what the container forbids; WORK/load makes the connections.
set -euo pipefail
work=$1 context=$2 connections=$3 other=${4-}
# Mounts and network are seen by this script alone. podman wants the unified cgroups, which these machines may have elsewhere.
[ -n "${SERVE_ALONE-}" ] || SERVE_ALONE=1 exec unshare --mount --net --propagation private "$0" "$@"
mount -t cgroup2 none /sys/fs/cgroup
ip link set lo up
. "$(dirname "$0")/private_storage.sh"

fail() { echo "FAIL: $*"; cat "$work/error" 2>/dev/null || true; exit 1; }
for archive in "$work"/tree/dist/*.oci.tar; do buildah "${storage[@]}" pull -q "oci-archive:$archive" >/dev/null; done
buildah "${storage[@]}" bud -q --isolation=chroot -t app "$context"
[ -z "$other" ] || buildah "${storage[@]}" bud --isolation=chroot "$other"
# The engine's profile; newer ones than Debian 12's have no io_uring.
/usr/bin/python3 -c '
import json, sys
profile = json.load(open("/usr/share/containers/seccomp.json"))
for rule in profile["syscalls"]:
    rule["names"] = [n for n in rule["names"] if not n.startswith("io_uring")]
json.dump(profile, sys.stdout)' >"$work/seccomp.json"

# The engine has no option for the size of the address space: it is inherited.
ulimit -v 4000000
run=(timeout -s KILL 300 podman "${storage[@]}" run --rm -i --cgroups=disabled --network=host
  --security-opt "seccomp=$work/seccomp.json" --ulimit nofile=20000:20000 --ulimit nproc=4000:4000)
"${run[@]}" -v "$work/probe:/probe:ro" --entrypoint /probe app || fail "the container allows io_uring, or is not nobody's"
mkfifo "$work/in" "$work/out" "$work/progress"
"${run[@]}" --pidfile "$work/pid" app <"$work/in" >"$work/out" 2>"$work/error" &
container=$!
exec 8>"$work/in" 7<"$work/out"
read -r -t 60 port <&7 || fail "no server"
pid=$(cat "$work/pid")
"$work/load" "$port" "$connections" 2 >"$work/progress" 2>>"$work/error" &
load=$!
exec 6<"$work/progress"
read -r -t 200 line <&6 || fail "$connections connections were not made"
threads=$(ls "/proc/$pid/task" | wc -l)
status=$(cat "/proc/$pid/status") limits=$(cat "/proc/$pid/limits")
read -r line <&6 || fail "the connections did not hold"
wait "$load" || fail "the load"
exec 8>&-
wait "$container" || fail "the server ended with $?"
echo "$threads kernel threads; $line"
[ "$threads" -le $(($(nproc) + 20)) ] || fail "$threads kernel threads"
grep -qP '^Uid:\t65534\t65534' <<<"$status" || fail "not nobody"
grep -qP '^Seccomp:\t2' <<<"$status" || fail "no seccomp filter"
grep -q '^Max address space *4096000000 ' <<<"$limits" || fail "no limit of the address space: $limits"

#!/usr/bin/env bash
# build_emulated.sh WORK PROJECT: the CMake project in the folder PROJECT is configured, built and tested in the arm64 SDK image of WORK/tree/dist. Its programs, the
# compiler too, run under qemu-user, which a user namespace's own binfmt_misc starts (Linux 6.7): the machine's stays as it is.
set -euo pipefail
work=$1 project=$2
[ -n "${BUILD_ALONE-}" ] || BUILD_ALONE=1 exec unshare --mount --propagation private "$0" "$@"
. "$(dirname "$0")/private_storage.sh"
archive=$(echo "$work"/tree/dist/coro-musl-sdk-*.oci.tar)
image=$(buildah "${storage[@]}" pull -q --arch arm64 "oci-archive:$archive")
container=$(buildah "${storage[@]}" from --arch arm64 --pull-never "$image")
buildah "${storage[@]}" config --workingdir / "$container"
root=$(buildah "${storage[@]}" mount "$container")
cp -rL "$project" "$root/src/project"
buildah "${storage[@]}" inspect --format '{{range .OCIv1.Config.Env}}{{println .}}{{end}}' "$container" | grep . >"$private/environment"

cat >"$private/inside" <<'IN'
set -euo pipefail
root=$1
mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
elf='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00' mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
printf '%s' ":arm64:M::$elf:$mask:$(command -v qemu-aarch64-static):F" >/proc/sys/fs/binfmt_misc/register
mount -t proc proc "$root/proc"
mapfile -t environment <"$2"
exec env -i HOME=/root "${environment[@]}" timeout -s KILL 900 chroot "$root" /bin/sh -euxc '
uname -m
cd /src/project
cmake -G Ninja -B build
cmake --build build
ctest --test-dir build --output-on-failure'
IN
unshare --user --map-root-user --mount --pid --fork --kill-child bash "$private/inside" "$root" "$private/environment"

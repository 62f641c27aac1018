#!/bin/sh
# on_small_disk.sh FOLDER SIZE COMMAND...: runs the command with an empty disk of that size on FOLDER, which only it sees.
folder=$1 size=$2
shift 2
exec unshare -m sh -c 'mount --make-rprivate / && mount -t tmpfs -o size="$1" none "$0" && shift && exec "$@"' "$folder" "$size" "$@"

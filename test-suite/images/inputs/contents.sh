#!/usr/bin/env bash
# contents.sh ARCHIVE: the files in the layers of an OCI archive, sorted; the time zones as one line.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xf "$1" -C "$work"
for layer in "$work"/blobs/sha256/*; do tar -tf "$layer" 2>/dev/null || true; done | grep -v '/$' | sed 's,^\./,,; s,^\(usr/share/zoneinfo\)/.*,\1,' | LC_ALL=C sort -u

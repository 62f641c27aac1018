# To be sourced, in a mount namespace of one's own: a folder $private, and in it an image storage (options ${storage[@]}) that is gone at the end with its mounts.
private=$(mktemp -d /tmp/coro-image.XXXXXX)  # its path may not be long
finish() {
  local at
  for at in $(findmnt -rno TARGET | grep "^$private/" | tac); do umount -l "$at"; done
  rm -rf --one-file-system "$private"
}
trap finish EXIT
export STORAGE_DRIVER=vfs
storage=(--root "$private/storage" --runroot "$private/run")

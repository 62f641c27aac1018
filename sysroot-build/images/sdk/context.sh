# For ci/images: for each architecture toolchain and sysroot, with names that are the same in each; and an image with Debian's packages, unpacked by debootstrap.
tools=(clang-19 lld-19 llvm-19 cmake ninja-build make pkgconf)

sdk() {
  local root=$1 target home=$1/opt/coro-musl tool loader
  target=$(release_target "$arch") loader=$(arch_field "$arch" 5)
  mkdir -p "$root/opt" "$root/usr/lib" "$root/etc"
  for part in "sysroot-$version-$arch" "toolchain-$version"; do tar -xf "dist/coro-musl-$part.tar.zst" -C "$root/opt"; done
  mv "$home-$version" "$home"
  for tool in "$home/bin/$target"-*; do ln -s "$(basename "$tool")" "$home/bin/coro-musl-${tool#"$home/bin/$target-"}"; done
  for kind in cfg cmake meson; do ln -s "$target.$kind" "$home/share/coro-musl/coro-musl.$kind"; done
  # Programs run here too. (/lib is a link to usr/lib.)
  ln -s "/opt/coro-musl/sysroot/$arch/usr/lib/libc.so" "$root/usr/lib/$loader"
  echo "/opt/coro-musl/sysroot/$arch/usr/lib" >"$root/etc/${loader%.so.1}.path"
}

# Docker makes the packages' image itself, by the Dockerfile's first stage.
debian() {
  local root=$context/debian-$arch container
  say "Debian with ${tools[*]} for $arch"
  sysroot-build/debian-root.sh "$root" "$(platform "$arch")" "${tools[@]}"
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{man,info,locale}/* "$root"/var/log/*
  find "$root/usr/share/doc" -type f ! -name copyright -delete
  container=$("${buildah[@]}" from --arch "$(platform "$arch")" scratch)
  "${buildah[@]}" add -q "$container" "$root" / >/dev/null
  "${buildah[@]}" commit -q --rm --timestamp "$date" "$container" "tools-$arch" >/dev/null
  rm -rf "$root"
}

for arch in $arches; do sdk "$context/sdk-$(platform "$arch")"; done
if [ -z "$context_only" ]; then for arch in $arches; do debian; done; fi

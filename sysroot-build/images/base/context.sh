# For ci/images: a root file system for each architecture.
for arch in $arches; do
  tar -xf "dist/coro-musl-sysroot-$version-$arch.tar.zst" -C "$context"
  sysroot-build/images/base/root.sh "$arch" "$context/coro-musl-$version/sysroot/$arch" "$context/root-$(platform "$arch")"
  rm -rf "$context/coro-musl-$version"
done

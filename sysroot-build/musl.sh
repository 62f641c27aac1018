#!/usr/bin/env bash
# musl.sh ARCH TREE BUILTINS BUILD SYSROOT [RUNTIME_OBJECT]: configures and builds musl from TREE in BUILD and installs it into SYSROOT.
# musl's Makefile does not track its internal headers, so the compiler does (-MMD): a stale object would hold a raw system call.
. "$(dirname "$0")/lib.sh"

arch=$1 tree=$2 builtins=$3 build=$4 sysroot=$5 object=${6-}
target=$(arch_field "$arch" 2) loader=$(arch_field "$arch" 5)
need clang-19 llvm-ar-19 llvm-ranlib-19 make
self=$(realpath "$0")
mkdir -p "$build"
cd "$build"

# DWARF 4: what Debian 12's valgrind reads. Debug information names musl's files, not this machine's folders: the same sources give the same bytes anywhere.
paths="-ffile-prefix-map=$tree=musl -ffile-prefix-map=$build=musl-build"
linker=
[ "$arch" = "$(uname -m)" ] || linker=-fuse-ld=lld  # the machine's own knows its own kind only
if [ ! -f config.mak ] || [ "$tree/.stamp" -nt config.mak ] || [ "$self" -nt config.mak ]; then
  rm -rf config.mak obj lib
  CC="clang-19 --target=$target" AR=llvm-ar-19 RANLIB=llvm-ranlib-19 CFLAGS="-O2 -gdwarf-4 $paths" LDFLAGS=$linker LIBCC=$builtins/libbuiltins.a \
    "$tree/configure" --target="$target" --prefix=/usr --syslibdir=/lib >configure.log 2>&1 ||
    die "musl's configure failed; see $build/configure.log"
  echo 'CFLAGS += -MMD' >>config.mak  # not for configure, which compiles to /dev/null and would write /dev/null.d
  [ -z "$object" ] || echo "LOBJS += $object" >>config.mak
  # After everything that musl's Makefile knows. Its goal has to be named for that: the first target is now one of these.
  echo '-include $(shell find obj -name "*.d" 2>/dev/null)' >>config.mak
  # What starts a thread never returns: 32-bit ARM's keeps no return address then, and a backtrace would not end.
  [ "$arch" != armhf ] || echo 'obj/src/thread/pthread_create.o obj/src/thread/pthread_create.lo: CFLAGS += -fno-omit-frame-pointer' >>config.mak
  echo .DELETE_ON_ERROR: >>config.mak
fi
logged "building musl" "$build/make.log" make -s -j"$(nproc)" all
logged "installing musl" "$build/install.log" make -s install-libs install-headers DESTDIR="$sysroot"
ln -sfn ../usr/lib/libc.so "$sysroot/lib/$loader"
install -D -m 644 "$tree/COPYRIGHT" "$sysroot/usr/share/licenses/musl/COPYRIGHT"
[ -z "$object" ] || llvm-objcopy-19 --globalize-symbol=default_malloc "$sysroot/usr/lib/libc.so"  # valgrind replaces no weak symbol, as malloc is
[ -z "$object" ] || ln -sfn ../../share/coro-musl/gdb.py "$sysroot/usr/lib/libc.so-gdb.py"  # gdb loads it with libc.so

# The interpreter with the modules that its tests of threads, signals and sockets need built in, and its library. No zlib, ssl, ctypes: nothing but libc.
cd cpython
./configure CC="$CC" AR="$AR" RANLIB="$RANLIB" CFLAGS="-O1 -g" OPT="-DNDEBUG -fwrapv" MODULE_BUILDTYPE=static --without-ensurepip --with-pkg-config=no
modules=" array _asyncio _bisect _contextvars _csv _heapq _json _opcode _pickle _queue _random _struct _typing _xxsubinterpreters math _statistics _datetime
  binascii _md5 _sha1 _sha256 _sha512 _sha3 _blake2 unicodedata fcntl grp mmap _posixsubprocess resource select _socket syslog termios _posixshmem
  _multiprocessing _testcapi "
{ echo '*static*'; awk -v modules="${modules//$'\n'/ }" 'NF && index(modules, " " $1 " ")' Modules/Setup.stdlib; } >Modules/Setup.local
make -j "$jobs" python pybuilddir.txt
lib=$keep/lib/python3.11
mkdir -p "$keep/lib"
rm -rf Lib/{idlelib,lib2to3,tkinter,turtledemo,ensurepip,pydoc_data} Lib/test/{cjkencodings,test_tkinter,test_lib2to3,test_email,test_importlib}
cp -r Lib "$lib"
cp "$(cat pybuilddir.txt)"/_sysconfigdata_*.py "$lib"
mkdir "$lib/lib-dynload"  # it is looked for
./python -m compileall -q -x '/test/test_[^a]|/test/test_a[^s]' "$lib" || true  # some of the tests' files are meant not to compile
cp libpython3.11.a Programs/python.o "$keep"

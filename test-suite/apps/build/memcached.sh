# libevent's core, and memcached on top of it.
export CFLAGS="-O2 -g"
(cd libevent
  ./configure --disable-shared --disable-openssl --disable-samples --disable-libevent-regress --disable-debug-mode --prefix="$PWD/installed"
  make -j "$jobs" install)
(cd memcached
  ./configure --with-libevent="$PWD/../libevent/installed" --disable-docs --disable-extstore
  make -j "$jobs" memcached
  "$AR" rc "$keep/memcached.a" memcached-*.o)
cp libevent/installed/lib/libevent.a "$keep"

# Server, client and load generator of redis, and the libraries that come with it.
cd redis/src
programs="redis-server redis-cli redis-benchmark"
make -j "$jobs" CC="$CC" MALLOC=libc USE_SYSTEMD=no OPTIMIZATION=-O1 $programs
for p in $programs; do
  variable=$(tr a-z- A-Z_ <<<"$p")_OBJ
  "$AR" rc "$keep/$p.a" $(make -s MALLOC=libc USE_SYSTEMD=no --eval "list-objects: ; @echo \$($variable)" list-objects)
done
"$AR" rc "$keep/linenoise.a" ../deps/linenoise/linenoise.o
cp ../deps/hiredis/libhiredis.a ../deps/lua/src/liblua.a ../deps/hdr_histogram/libhdrhistogram.a "$keep"

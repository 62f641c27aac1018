# libmicrohttpd without TLS, and its example of a file server with a thread for each connection.
cd libmicrohttpd
./configure CFLAGS="-O2 -g" --disable-shared --disable-https --disable-curl --disable-doc --disable-examples
make -j "$jobs" -C src/microhttpd libmicrohttpd.la
$CC -O2 -g -I. -Isrc/include -c src/examples/fileserver_example.c -o "$keep/fileserver.o"
cp src/microhttpd/.libs/libmicrohttpd.a "$keep"

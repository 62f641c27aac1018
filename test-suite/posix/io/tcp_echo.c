// Goal: accept, connect, read and write over TCP between threads of one process; several accept on one listener.
// RUN: %matrix %s
#include "check.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
static struct sockaddr_in address;
static int listener;
static void* serve(void* p) {
    int fd = (int)(long)p;
    char b[64];
    ssize_t n;
    while ((n = read(fd, b, sizeof b)) > 0) CHECK(write(fd, b, (size_t)n) == n);
    close(fd);
    return 0;
}
static void* accepts(void* p) {
    for (int i = 0; i < 50; i++) {
        int fd = accept(listener, 0, 0);
        CHECK(fd >= 0);
        CHECK0(pthread_detach(start(serve, (void*)(long)fd)));
    }
    return p;
}
static void* talks(void* p) {
    for (int round = 0; round < 10; round++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        CHECK(fd >= 0 && connect(fd, (struct sockaddr*)&address, sizeof address) == 0);
        for (int i = 0; i < 20; i++) {
            char b[64], r[64];
            memset(b, i + round, sizeof b);
            CHECK(write(fd, b, sizeof b) == sizeof b);
            for (size_t got = 0; got < sizeof r;) {
                ssize_t n = read(fd, r + got, sizeof r - got);
                CHECK(n > 0);
                got += (size_t)n;
            }
            CHECK(memcmp(b, r, sizeof b) == 0);
        }
        close(fd);
    }
    return p;
}
int main(void) {
    socklen_t n = sizeof address;
    pthread_t a[4], t[20];
    listener = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(listener, (struct sockaddr*)&address, sizeof address) == 0 && listen(listener, 64) == 0);
    CHECK(getsockname(listener, (struct sockaddr*)&address, &n) == 0);
    for (int i = 0; i < 4; i++) a[i] = start(accepts, 0);
    for (int i = 0; i < 20; i++) t[i] = start(talks, 0);
    for (int i = 0; i < 20; i++) join(t[i]);
    for (int i = 0; i < 4; i++) join(a[i]);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    close(listener);
    CHECK(connect(fd, (struct sockaddr*)&address, sizeof address) == -1 && errno == ECONNREFUSED);
}

// Goal: shutdown wakes threads parked in read, poll and accept of that socket; the end of the peer wakes a reader.
// RUN: %matrix %s
#include "net.h"
#include <poll.h>
static int s[2];
static void* reads(void* p) {
    char c;
    return (void*)(long)read(*(int*)p, &c, 1);
}
static void* polls(void* p) {
    struct pollfd f = {*(int*)p, POLLIN, 0};
    CHECK(poll(&f, 1, -1) == 1);
    return (void*)(long)(f.revents & POLLIN);
}
static void* accepts(void* p) {
    return (void*)(long)(accept(*(int*)p, 0, 0) == -1 ? errno : 0);
}
int main(void) {
    struct sockaddr_in address;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    pthread_t r = start(reads, &s[0]), q = start(polls, &s[0]), z = start(reads, &s[1]);
    settle();
    CHECK(shutdown(s[0], SHUT_RD) == 0);
    CHECK(join(r) == 0 && (long)join(q) == POLLIN);
    CHECK(close(s[0]) == 0 && join(z) == 0);
    int l = listen_on_loopback(&address, 5);
    pthread_t t = start(accepts, &l);
    settle();
    CHECK(shutdown(l, SHUT_RDWR) == 0 && (long)join(t) == EINVAL);
}

// Goal: epoll as servers use it: an edge is reported once, a descriptor added while another thread waits is seen, a nested epoll descriptor
// becomes readable, EPOLLHUP comes unasked.
// RUN: %matrix %s
#include "check.h"
#include <sys/epoll.h>
static int e, p[2], q[2];
static void* adds(void* a) {
    struct epoll_event ev = {.events = EPOLLIN, .data.u32 = 2};
    settle();
    CHECK(epoll_ctl(e, EPOLL_CTL_ADD, q[0], &ev) == 0);
    CHECK(write(q[1], "y", 1) == 1);
    return a;
}
static void* closes(void* a) {
    settle();
    close(q[1]);
    return a;
}
int main(void) {
    struct epoll_event ev = {.events = EPOLLIN | EPOLLET, .data.u32 = 1}, out[4];
    char c;
    CHECK(pipe(p) == 0 && pipe(q) == 0 && (e = epoll_create1(0)) >= 0);
    CHECK(epoll_ctl(e, EPOLL_CTL_ADD, p[0], &ev) == 0 && write(p[1], "x", 1) == 1);
    CHECK(epoll_wait(e, out, 4, -1) == 1 && out[0].data.u32 == 1);
    CHECK(epoll_wait(e, out, 4, 20) == 0);
    pthread_t t = start(adds, 0);
    CHECK(epoll_wait(e, out, 4, -1) == 1 && out[0].data.u32 == 2);
    join(t);
    int outer = epoll_create1(0);
    ev = (struct epoll_event){.events = EPOLLIN, .data.u32 = 3};
    CHECK(epoll_ctl(outer, EPOLL_CTL_ADD, e, &ev) == 0);
    CHECK(epoll_wait(outer, out, 4, -1) == 1 && out[0].data.u32 == 3);
    CHECK(read(q[0], &c, 1) == 1 && epoll_wait(outer, out, 4, 20) == 0);
    t = start(closes, 0);
    CHECK(epoll_wait(outer, out, 4, -1) == 1);
    CHECK(epoll_wait(e, out, 4, 0) == 1 && out[0].events == EPOLLHUP);
    join(t);
    CHECK(epoll_ctl(e, EPOLL_CTL_ADD, p[0], &ev) == -1 && errno == EEXIST);
    CHECK(epoll_wait(p[0], out, 4, -1) == -1 && errno == EINVAL);
}

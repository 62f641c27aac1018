// Goal: 1,000 threads wait on one epoll descriptor without kernel threads; with EPOLLONESHOT each event goes to exactly one of them.
// RUN: %matrix %s
#include "blocked.h"
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#define N 1000
static int e, seen[N];
static void* waits(void* p) {
    struct epoll_event ev;
    enter();
    CHECK(epoll_wait(e, &ev, 1, -1) == 1 && ev.data.u32 < N);
    ADD(seen[ev.data.u32], 1);
    return p;
}
int main(void) {
    static pthread_t t[N];
    static int fds[N];
    many_descriptors();
    CHECK((e = epoll_create1(0)) >= 0);
    for (uint32_t i = 0; i < N; i++) {
        struct epoll_event ev = {.events = EPOLLIN | EPOLLONESHOT, .data.u32 = i};
        CHECK((fds[i] = eventfd(0, 0)) >= 0 && epoll_ctl(e, EPOLL_CTL_ADD, fds[i], &ev) == 0);
    }
    block(t, N, waits);
    for (int i = 0; i < N; i++) CHECK(write(fds[i], &(uint64_t){1}, 8) == 8);
    for (int i = 0; i < N; i++) join(t[i]);
    for (int i = 0; i < N; i++) CHECK(seen[i] == 1);
}

// Goal: readiness is a level: a byte in one pipe ends the poll, select and epoll_wait of every thread that watches it.
// RUN: %matrix %s
#include "blocked.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#define N 300
static int p[2];
static void* waits(void* a) {
    struct pollfd f = {p[0], POLLIN, 0};
    struct epoll_event ev = {.events = EPOLLIN};
    fd_set s;
    FD_ZERO(&s);
    FD_SET(p[0], &s);
    int e = epoll_create1(0);
    CHECK(e >= 0 && epoll_ctl(e, EPOLL_CTL_ADD, p[0], &ev) == 0);
    enter();
    switch ((long)a % 3) {
    case 0: CHECK(poll(&f, 1, -1) == 1 && f.revents == POLLIN); break;
    case 1: CHECK(select(p[0] + 1, &s, 0, 0, 0) == 1); break;
    case 2: CHECK(epoll_wait(e, &ev, 1, -1) == 1); break;
    }
    close(e);
    return a;
}
int main(void) {
    pthread_t t[N];
    many_descriptors();
    CHECK(pipe(p) == 0);
    block(t, N, waits);
    CHECK(write(p[1], "x", 1) == 1);
    for (int i = 0; i < N; i++) join(t[i]);
    char c;
    CHECK(read(p[0], &c, 1) == 1 && c == 'x');
}

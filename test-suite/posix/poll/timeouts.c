// Goal: poll, select and epoll_wait end on time-outs, on readiness of one of many, on bad descriptors and on signals.
// RUN: %matrix %s
#include "check.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
static int p[20][2];
static void nothing(int s) { (void)s; }
static void* writes(void* i) {
    sleep_ms(10);
    CHECK(write(p[(long)i][1], "x", 1) == 1);
    return 0;
}
static void* kills(void* t) {
    sleep_ms(20);
    CHECK0(pthread_kill(*(pthread_t*)t, SIGUSR1));
    return 0;
}
int main(void) {
    struct pollfd f[20];
    char c;
    for (int i = 0; i < 20; i++) {
        CHECK(pipe(p[i]) == 0);
        f[i] = (struct pollfd){p[i][0], POLLIN, 0};
    }
    join(start(writes, 0));
    CHECK(read(p[0][0], &c, 1) == 1);
    CHECK(poll(f, 20, 0) == 0);
    long begin = now_ms();
    CHECK(poll(f, 20, 30) == 0 && now_ms() - begin >= 29);
    pthread_t t = start(writes, (void*)7);
    CHECK(poll(f, 20, -1) == 1 && f[7].revents == POLLIN);
    join(t);
    CHECK(read(p[7][0], &c, 1) == 1);
    f[3].fd = 12345;
    CHECK(poll(f, 20, -1) == 1 && f[3].revents == POLLNVAL);
    fd_set s;
    FD_ZERO(&s);
    FD_SET(p[5][0], &s);
    struct timeval tv = {0, 20000};
    CHECK(select(p[5][0] + 1, &s, 0, 0, &tv) == 0 && !FD_ISSET(p[5][0], &s));
    FD_SET(p[5][0], &s);
    t = start(writes, (void*)5);
    CHECK(select(p[5][0] + 1, &s, 0, 0, 0) == 1 && FD_ISSET(p[5][0], &s));
    join(t);
    int e = epoll_create1(0);
    struct epoll_event ev = {.events = EPOLLIN, .data.u32 = 9};
    CHECK(epoll_ctl(e, EPOLL_CTL_ADD, p[9][0], &ev) == 0);
    CHECK(epoll_wait(e, &ev, 1, 20) == 0);
    t = start(writes, (void*)9);
    CHECK(epoll_wait(e, &ev, 1, -1) == 1 && ev.data.u32 == 9);
    join(t);
    struct sigaction a = {.sa_handler = nothing, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &a, 0);
    pthread_t self = pthread_self();
    f[3].fd = p[3][0];
    CHECK(read(p[9][0], &c, 1) == 1 && read(p[5][0], &c, 1) == 1);
    t = start(kills, &self);
    CHECK(poll(f, 20, -1) == -1 && errno == EINTR);
    join(t);
}

// Goal: ppoll, pselect and epoll_pwait unblock a signal for the time of the wait only: a pending one ends the wait at once, no race.
// RUN: %matrix %s
#include "check.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
static volatile sig_atomic_t hits;
static void handler(int s) { hits += s > 0; }
static int p[2];
static int wait_with(int how, const sigset_t* mask) {
    struct pollfd f = {p[0], POLLIN, 0};
    struct epoll_event ev;
    fd_set s;
    FD_ZERO(&s);
    FD_SET(p[0], &s);
    if (how == 0) return ppoll(&f, 1, 0, mask);
    if (how == 1) return pselect(p[0] + 1, &s, 0, 0, 0, mask);
    int e = epoll_create1(0), r = epoll_pwait(e, &ev, 1, -1, mask), error = errno;
    close(e);
    errno = error;
    return r;
}
static void* waits(void* how) {
    sigset_t none, now;
    sigemptyset(&none);
    CHECK(wait_with((int)(long)how, &none) == -1 && errno == EINTR);
    CHECK0(pthread_sigmask(SIG_BLOCK, 0, &now));
    CHECK(sigismember(&now, SIGUSR1));
    return 0;
}
int main(void) {
    struct sigaction a = {.sa_handler = handler};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK(pipe(p) == 0 && sigaction(SIGUSR1, &a, 0) == 0 && pthread_sigmask(SIG_BLOCK, &set, 0) == 0);
    for (int i = 0; i < 3; i++)
        for (int late = 0; late < 2; late++) {
            hits = 0;
            pthread_t t = start(waits, (void*)(long)i);
            if (late) settle();
            CHECK0(pthread_kill(t, SIGUSR1));
            join(t);
            CHECK(hits == 1);
        }
}

// Goal: a signal that came before its handler is taken away is the handler's, even if the kernel gave it to a thread of the runtime. Method: a timer is
// stopped at about the time when it fires, and SIGALRM gets its default action, which would end the process.
// RUN: %matrix %s
#include <sys/time.h>
#include "check.h"
static int hits;
static void handler(int sig) { ADD(hits, 1); }
static void* waits(void* p) {
    sigset_t all;
    int sig;
    sigfillset(&all);
    CHECK0(pthread_sigmask(SIG_BLOCK, &all, 0));
    sigemptyset(&all);
    sigaddset(&all, SIGUSR1);
    CHECK0(sigwait(&all, &sig));
    return 0;
}
int main(void) {
    pthread_t t;
    CHECK0(pthread_create(&t, 0, waits, 0));
    for (int i = 0; i < 1000; i++) {
        struct itimerval on = {{0, 2000}, {0, 2000}}, off = {{0, 0}, {0, 0}};
        struct timespec pause = {0, 2000000 + i % 50 * 10000};
        CHECK(signal(SIGALRM, handler) != SIG_ERR);
        CHECK(setitimer(ITIMER_REAL, &on, 0) == 0);
        nanosleep(&pause, 0);
        if (i % 2) nanosleep(&pause, 0);
        CHECK(setitimer(ITIMER_REAL, &off, 0) == 0);
        CHECK(signal(SIGALRM, SIG_DFL) == handler);
    }
    CHECK(LOAD(hits) >= 500);
    CHECK0(pthread_kill(t, SIGUSR1));
    CHECK0(pthread_join(t, 0));
}

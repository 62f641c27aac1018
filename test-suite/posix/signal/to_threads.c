// Goal: pthread_kill interrupts a parked call of that very thread (EINTR, or restarted with SA_RESTART) and the handler runs there;
// a blocked signal stays pending until it is unblocked; sigwait takes one that all block; raise, setitimer and kill reach a handler.
// RUN: %matrix %s
#include "check.h"
#include <sys/time.h>
static volatile sig_atomic_t hits;
static pthread_t handled_by;
static int p[2];
static void handler(int s) {
    handled_by = pthread_self();
    hits += s > 0;
}
static void install(int flags) {
    struct sigaction a = {.sa_handler = handler, .sa_flags = flags};
    CHECK(sigaction(SIGUSR1, &a, 0) == 0);
}
static void* reads(void* x) {
    char c;
    entering();
    ssize_t n = read(p[0], &c, 1);
    return (void*)(long)(n < 0 ? -errno : n);
}
static void* waits(void* x) {
    sigset_t set;
    int sig = 0;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    CHECK0(sigwait(&set, &sig));
    return (void*)(long)sig;
}
static void await_hits(int n) {
    while (hits < n) sleep_ms(1);
}
int main(void) {
    CHECK(pipe(p) == 0);
    install(0);
    pthread_t t = start(reads, 0);
    await_blocked();
    CHECK0(pthread_kill(t, SIGUSR1));
    CHECK((long)join(t) == -EINTR && hits == 1 && handled_by == t);
    install(SA_RESTART);
    t = start(reads, 0);
    await_blocked();
    CHECK0(pthread_kill(t, SIGUSR1));
    await_hits(2);
    CHECK(write(p[1], "x", 1) == 1);
    CHECK((long)join(t) == 1 && handled_by == t);
    raise(SIGUSR1);
    CHECK(hits == 3 && handled_by == pthread_self());

    sigset_t set, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGTERM);
    CHECK0(pthread_sigmask(SIG_BLOCK, &set, 0));
    raise(SIGUSR1);
    CHECK(hits == 3 && sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1));
    t = start(waits, 0);  // inherits the mask
    CHECK(kill(getpid(), SIGTERM) == 0);
    CHECK((long)join(t) == SIGTERM);
    CHECK0(pthread_sigmask(SIG_UNBLOCK, &set, 0));
    CHECK(hits == 4);

    CHECK(kill(getpid(), SIGUSR1) == 0);
    await_hits(5);
    struct sigaction a = {.sa_handler = handler};
    sigaction(SIGALRM, &a, 0);
    struct itimerval it = {{0, 0}, {0, 10000}};
    CHECK(setitimer(ITIMER_REAL, &it, 0) == 0);
    await_hits(6);
}

// Goal: signals that are pending for threads as they end are gone with them: no later thread sees them, and no room is lost. Method: more of them than
// the kernel or the runtime queues (1,024), then signals to a thread that must see exactly its own.
// RUN: %matrix %s
#include "check.h"
static int hits, blocked, go;
static void handler(int sig) { ADD(hits, 1); }
static void* ends(void* p) {
    STORE(blocked, 1);
    while (!LOAD(go)) sched_yield();
    return 0;
}
static void* sees(void* p) {
    sigset_t none, pending;
    CHECK(sigpending(&pending) == 0 && !sigismember(&pending, SIGUSR1));
    sigemptyset(&none);
    CHECK0(pthread_sigmask(SIG_SETMASK, &none, 0));
    CHECK(LOAD(hits) == 0);
    CHECK0(pthread_kill(pthread_self(), SIGUSR1));
    CHECK(LOAD(hits) == 1);
    return 0;
}
int main(void) {
    struct sigaction sa = {.sa_handler = handler};
    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    CHECK(sigaction(SIGUSR1, &sa, 0) == 0);
    CHECK0(pthread_sigmask(SIG_BLOCK, &usr1, 0));
    for (int i = 0; i < 2000; i++) {
        STORE(go, 0);
        STORE(blocked, 0);
        pthread_t t = start(ends, 0);
        while (!LOAD(blocked)) sched_yield();
        CHECK0(pthread_kill(t, SIGUSR1));
        STORE(go, 1);
        join(t);
    }
    join(start(sees, 0));
    CHECK(LOAD(hits) == 1);
}

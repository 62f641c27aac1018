// Goal: a signal of the process finds a thread that takes it, whatever becomes of the one first thought of: it ends, blocks the signal, gives up its
// sigtimedwait, or takes another first. Method: queued signals, no more than a few on their way, counted; main blocks them.
// RUN: %matrix %s
#include "check.h"
#define queued (SIGRTMIN + 1)
static int handled, stop, waiting, taken, hold;
static void handler(int sig) { ADD(handled, 1); }
static void mask(int how) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, queued);
    CHECK0(pthread_sigmask(how, &set, 0));
}
static void* takes(void* p) {
    mask(SIG_UNBLOCK);
    while (!LOAD(stop)) sleep_ms(5);
    return p;
}
static void* ends(void* p) {
    mask(SIG_UNBLOCK);
    if (p) sched_yield();
    return p;
}
static void* ending(void* p) {
    while (!LOAD(stop)) join(start(ends, p));
    return p;
}
static void* blocking(void* p) {
    while (!LOAD(stop)) {
        mask(SIG_UNBLOCK);
        mask(SIG_BLOCK);
        if (p) sched_yield();
    }
    return p;
}
static void* waits(void* p) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, queued);
    while (!LOAD(stop)) {
        struct timespec limit = {0, p ? 10000 : 1000000};
        if (p == (void*)2) limit.tv_sec = 1000;
        ADD(waiting, 1);
        int sig = sigtimedwait(&set, 0, &limit);
        CHECK(sig == queued || errno == EAGAIN);
        if (sig == queued) ADD(taken, 1);
        while (LOAD(hold)) sleep_ms(1);
    }
    return p;
}
static void send(void) { CHECK(sigqueue(getpid(), queued, (union sigval){0}) == 0); }
// Beside two threads of f.
static void all_are_seen(const char* what, void* (*f)(void*), int* seen) {
    pthread_t t[3] = {start(f == waits ? waits : takes, 0), start(f, 0), start(f, (void*)1)};
    int before = LOAD(*seen), sent = 0;
    for (long until = now_ms() + 300; now_ms() < until;) {
        if (sent - (LOAD(*seen) - before) >= 8) {
            sched_yield();
            continue;
        }
        send();
        sent++;
    }
    for (int i = 0; i < 3000 && LOAD(*seen) - before < sent; i++) sleep_ms(1);
    if (LOAD(*seen) - before != sent) fprintf(stderr, "%s: %d sent, %d seen\n", what, sent, LOAD(*seen) - before), _exit(1);
    STORE(stop, 1);
    for (int i = 0; i < 3; i++) join(t[i]);
    STORE(stop, 0);
}
int main(void) {
    struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_RESTART};
    CHECK(sigaction(queued, &sa, 0) == 0);
    mask(SIG_BLOCK);
    all_are_seen("threads that end", ending, &handled);
    all_are_seen("threads that block it", blocking, &handled);
    all_are_seen("threads that wait for it a short while", waits, &taken);

    // Two signals at once, two waiters who take one each.
    STORE(waiting, 0);
    STORE(hold, 1);
    int before = LOAD(taken);
    pthread_t t[2] = {start(waits, (void*)2), start(waits, (void*)2)};
    while (LOAD(waiting) < 2) sched_yield();
    settle();
    send(), send();
    for (int i = 0; i < 5000 && LOAD(taken) < before + 2; i++) sleep_ms(1);
    CHECK(LOAD(taken) == before + 2);
    STORE(stop, 1);
    STORE(hold, 0);
    join(t[0]), join(t[1]);
}

// Goal: deferred cancellation ends a thread parked in each kind of wait, runs its cleanup handler, with the mutex taken again after
// a condition wait; a disabled thread goes on; asynchronous cancellation ends a loop.
// RUN: %matrix %s
#include "check.h"
#include <poll.h>
#include <semaphore.h>
static int p[2], cleaned, entered;
static sem_t s;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static void clean(void* x) {
    if (x) CHECK0(pthread_mutex_unlock(x));
    cleaned++;
}
static void* waits(void* how) {
    char b;
    struct pollfd f = {p[0], POLLIN, 0};
    pthread_cleanup_push(clean, (long)how == 2 ? &m : 0);
    __atomic_store_n(&entered, 1, __ATOMIC_SEQ_CST);
    switch ((long)how) {
    case 0: (void)!read(p[0], &b, 1); break;
    case 1: sem_wait(&s); break;
    case 2: pthread_mutex_lock(&m); for (;;) pthread_cond_wait(&c, &m); break;
    case 3: sleep(1000); break;
    case 4: poll(&f, 1, -1); break;
    case 5: pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, 0); for (volatile int i = 0;; i++) {} break;
    case 6: for (;;) pthread_testcancel(); break;
    }
    pthread_cleanup_pop(0);
    return 0;
}
static void* disabled(void* x) {
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, 0);
    __atomic_store_n(&entered, 1, __ATOMIC_SEQ_CST);
    sleep_ms(30);
    return x;
}
static void* before(void* x) {
    while (!__atomic_load_n(&entered, __ATOMIC_SEQ_CST)) sched_yield();
    sem_wait(&s);
    return x;
}
static pthread_t begin(void* (*f)(void*), void* a) {
    entered = 0;
    pthread_t t = start(f, a);
    while (!__atomic_load_n(&entered, __ATOMIC_SEQ_CST)) sched_yield();
    return t;
}
int main(void) {
    CHECK(pipe(p) == 0);
    sem_init(&s, 0, 0);
    for (int round = 0; round < 2; round++)
        for (long how = 0; how < 7; how++) {
            cleaned = 0;
            pthread_t t = begin(waits, (void*)how);
            if (round == 0) sleep_ms(10);
            CHECK0(pthread_cancel(t));
            CHECK(join(t) == PTHREAD_CANCELED && cleaned == 1);
        }
    pthread_t t = begin(disabled, (void*)5);
    CHECK0(pthread_cancel(t));
    CHECK(join(t) == (void*)5);
    entered = 0;
    t = start(before, 0);
    CHECK0(pthread_cancel(t));
    entered = 1;
    CHECK(join(t) == PTHREAD_CANCELED);
}

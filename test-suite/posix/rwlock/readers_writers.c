// Goal: readers share, a writer excludes; timed locks time out; barrier and once.
// RUN: %matrix %s
#include "check.h"
static pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t b;
static pthread_once_t o = PTHREAD_ONCE_INIT;
static int a1, a2, onces, serial;
static void once(void) {
    sleep_ms(5);
    onces++;
}
static void* f(void* p) {
    for (int i = 0; i < 500; i++) {
        if ((long)p % 4 == 0) {
            CHECK0(pthread_rwlock_wrlock(&l));
            a1++;
            if (i % 50 == 0) sched_yield();
            a2++;
        } else {
            CHECK0(pthread_rwlock_rdlock(&l));
            CHECK(a1 == a2);
        }
        CHECK0(pthread_rwlock_unlock(&l));
    }
    pthread_once(&o, once);
    CHECK(onces == 1);
    for (int i = 0; i < 100; i++)
        if (pthread_barrier_wait(&b) == PTHREAD_BARRIER_SERIAL_THREAD) __atomic_fetch_add(&serial, 1, __ATOMIC_SEQ_CST);
    return p;
}
int main(void) {
    pthread_t t[20];
    pthread_barrier_init(&b, 0, 20);
    for (long i = 0; i < 20; i++) t[i] = start(f, (void*)i);
    for (int i = 0; i < 20; i++) join(t[i]);
    CHECK(a1 == 2500 && a2 == 2500 && serial == 100);
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    CHECK0(pthread_rwlock_rdlock(&l));
    CHECK(pthread_rwlock_timedwrlock(&l, &at) == ETIMEDOUT);
    CHECK(pthread_rwlock_trywrlock(&l) == EBUSY);
}

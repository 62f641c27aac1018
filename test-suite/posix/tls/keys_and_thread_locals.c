// Goal: __thread variables, errno and pthread keys belong to the thread across parks; destructors run.
// RUN: %matrix %s
#include "check.h"
static __thread int value = 42;
static __thread struct { long x; } __attribute__((aligned(64))) wide;
static pthread_key_t key;
static int destroyed;
static void destroy(void* p) {
    CHECK(p);
    __atomic_fetch_add(&destroyed, 1, __ATOMIC_SEQ_CST);
}
static void* f(void* p) {
    long me = (long)p;
    CHECK(value == 42 && wide.x == 0 && (long)&wide % 64 == 0);
    value = (int)me;
    wide.x = me;
    pthread_setspecific(key, (void*)(me + 1));
    for (int i = 0; i < 50; i++) {
        errno = (int)me + i;
        if (i % 10 == 0) sleep_ms(1);
        else sched_yield();
        CHECK(errno == (int)me + i);
        CHECK(value == me && wide.x == me && pthread_getspecific(key) == (void*)(me + 1));
    }
    return p;
}
int main(void) {
    static pthread_t t[500];
    pthread_key_create(&key, destroy);
    for (int round = 0; round < 2; round++) {
        for (long i = 0; i < 500; i++) t[i] = start(f, (void*)i);
        for (int i = 0; i < 500; i++) join(t[i]);
    }
    CHECK(destroyed == 1000);
}

// Goal: no increment is lost under every type of mutex, with threads that also yield.
// RUN: %matrix %s
#include "check.h"
static pthread_mutex_t m;
static long count;
static void* f(void* p) {
    for (int i = 0; i < 5000; i++) {
        CHECK0(pthread_mutex_lock(&m));
        count++;
        if (i % 64 == 0) sched_yield();
        CHECK0(pthread_mutex_unlock(&m));
    }
    return p;
}
int main(void) {
    static const int types[] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ERRORCHECK};
    for (int k = 0; k < 5; k++) {
        pthread_mutexattr_t a;
        pthread_mutexattr_init(&a);
        if (k < 3) pthread_mutexattr_settype(&a, types[k]);
        int robust = k == 3 ? pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST) : 0;
        if (robust == ENOSYS) continue;  // qemu-user has no robust lists
        CHECK0(robust);
        if (k == 4) CHECK0(pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT));
        CHECK0(pthread_mutex_init(&m, &a));
        count = 0;
        pthread_t t[20];
        for (int i = 0; i < 20; i++) t[i] = start(f, 0);
        for (int i = 0; i < 20; i++) join(t[i]);
        CHECK(count == 100000);
    }
}

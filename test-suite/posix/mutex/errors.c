// Goal: trylock, timedlock, recursion, error checking and robust owners' death give what POSIX says.
// RUN: %matrix %s
#include "check.h"
#include <stdbool.h>
static pthread_mutex_t m;
// False: the kernel has no robust lists (qemu-user).
static bool with(int type, int robust) {
    pthread_mutexattr_t a;
    pthread_mutexattr_init(&a);
    pthread_mutexattr_settype(&a, type);
    if (robust && pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST) == ENOSYS) return false;
    CHECK0(pthread_mutex_init(&m, &a));
    return true;
}
static void* tries(void* p) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_nsec += 20000000;
    if (at.tv_nsec >= 1000000000) at.tv_sec++, at.tv_nsec -= 1000000000;
    CHECK(pthread_mutex_trylock(&m) == EBUSY);
    CHECK(pthread_mutex_timedlock(&m, &at) == ETIMEDOUT);
    at.tv_sec = 0;
    CHECK(pthread_mutex_timedlock(&m, &at) == ETIMEDOUT);
    return p;
}
static void* dies(void* p) {
    CHECK0(pthread_mutex_lock(&m));
    return p;
}
int main(void) {
    with(PTHREAD_MUTEX_NORMAL, 0);
    CHECK0(pthread_mutex_lock(&m));
    join(start(tries, 0));
    with(PTHREAD_MUTEX_RECURSIVE, 0);
    CHECK0(pthread_mutex_lock(&m));
    CHECK0(pthread_mutex_lock(&m));
    join(start(tries, 0));
    with(PTHREAD_MUTEX_ERRORCHECK, 0);
    CHECK(pthread_mutex_unlock(&m) == EPERM);
    CHECK0(pthread_mutex_lock(&m));
    CHECK(pthread_mutex_lock(&m) == EDEADLK);
    if (!with(PTHREAD_MUTEX_NORMAL, 1)) return 0;
    join(start(dies, 0));
    CHECK(pthread_mutex_lock(&m) == EOWNERDEAD);
    CHECK0(pthread_mutex_consistent(&m));
    CHECK0(pthread_mutex_unlock(&m));
}

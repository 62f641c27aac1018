// Goal: a broadcast wakes all of 2,000 waiters; timedwait on both clocks ends with ETIMEDOUT, also in the past.
// RUN: %matrix %s
#include "check.h"
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER, ready = PTHREAD_COND_INITIALIZER;
static int waiting, go;
static void* f(void* p) {
    pthread_mutex_lock(&m);
    if (++waiting == 2000) pthread_cond_signal(&ready);
    while (!go) pthread_cond_wait(&c, &m);
    pthread_mutex_unlock(&m);
    return p;
}
static void timed(clockid_t clock) {
    pthread_condattr_t a;
    pthread_cond_t t;
    struct timespec at;
    pthread_condattr_init(&a);
    CHECK0(pthread_condattr_setclock(&a, clock));
    pthread_cond_init(&t, &a);
    pthread_mutex_lock(&m);
    clock_gettime(clock, &at);
    CHECK(pthread_cond_timedwait(&t, &m, &at) == ETIMEDOUT);
    at.tv_sec++;
    at.tv_nsec = 0;
    CHECK(pthread_cond_timedwait(&t, &m, &at) == ETIMEDOUT);
    struct timespec now;
    clock_gettime(clock, &now);
    CHECK(now.tv_sec >= at.tv_sec);
    at.tv_nsec = 1000000000;
    CHECK(pthread_cond_timedwait(&t, &m, &at) == EINVAL);
    pthread_mutex_unlock(&m);
}
int main(void) {
    static pthread_t t[2000];
    for (int i = 0; i < 2000; i++) t[i] = start(f, 0);
    pthread_mutex_lock(&m);
    while (waiting < 2000) pthread_cond_wait(&ready, &m);
    go = 1;
    pthread_cond_broadcast(&c);
    pthread_mutex_unlock(&m);
    for (int i = 0; i < 2000; i++) join(t[i]);
    timed(CLOCK_REALTIME);
    timed(CLOCK_MONOTONIC);
}

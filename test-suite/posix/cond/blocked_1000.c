// Goal: 1,000 threads blocked in pthread_cond_wait, each on its own condition variable, hold no kernel threads; signal wakes that one.
// RUN: %matrix %s
#include "blocked.h"
#define N 1000
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c[N];
static int go[N], woken;
static void* waits(void* p) {
    long i = (long)p;
    pthread_mutex_lock(&m);
    enter();
    while (!go[i]) CHECK0(pthread_cond_wait(&c[i], &m));
    woken++;
    pthread_mutex_unlock(&m);
    return p;
}
int main(void) {
    static pthread_t t[N];
    for (int i = 0; i < N; i++) pthread_cond_init(&c[i], 0);
    block(t, N, waits);
    for (int k = 0; k < N; k++) {
        int i = k * 7 % N;
        pthread_mutex_lock(&m);
        CHECK(woken <= k);
        go[i] = 1;
        CHECK0(pthread_cond_signal(&c[i]));
        pthread_mutex_unlock(&m);
    }
    for (long i = 0; i < N; i++) CHECK((long)join(t[i]) == i);
    CHECK(woken == N);
}

// Goal: 1,000 threads blocked on one mutex hold no kernel threads; each gets it once.
// RUN: %matrix %s
#include "blocked.h"
#define N 1000
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int count;
static void* locks(void* p) {
    enter();
    CHECK0(pthread_mutex_lock(&m));
    count++;
    CHECK0(pthread_mutex_unlock(&m));
    return p;
}
int main(void) {
    static pthread_t t[N];
    CHECK0(pthread_mutex_lock(&m));
    block(t, N, locks);
    CHECK(count == 0);
    CHECK0(pthread_mutex_unlock(&m));
    for (long i = 0; i < N; i++) CHECK((long)join(t[i]) == i);
    CHECK(count == N);
}

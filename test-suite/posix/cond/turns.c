// Goal: signal hands a turn over exactly once. Method: 10 threads take turns 20,000 times.
// RUN: %matrix %s
#include "check.h"
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c[10];
static int turn;
static void* f(void* p) {
    int me = (int)(long)p;
    for (int i = 0; i < 2000; i++) {
        CHECK0(pthread_mutex_lock(&m));
        while (turn != me) CHECK0(pthread_cond_wait(&c[me], &m));
        turn = (me + 1) % 10;
        CHECK0(pthread_cond_signal(&c[turn]));
        CHECK0(pthread_mutex_unlock(&m));
    }
    return p;
}
int main(void) {
    pthread_t t[10];
    for (int i = 0; i < 10; i++) pthread_cond_init(&c[i], 0);
    for (long i = 0; i < 10; i++) t[i] = start(f, (void*)i);
    for (int i = 0; i < 10; i++) join(t[i]);
}

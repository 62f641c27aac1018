// Goal: threads that create, join and detach from many threads at once: each runs once, none is lost. Method: a tree of creators, half of the children
// detached; for a second or so, counted.
// RUN: %matrix %s
#include "check.h"
static int made, ran;
static void* child(void* p) {
    ADD(ran, 1);
    if ((long)p % 3 == 0) sched_yield();
    return p;
}
static void* creates(void* p) {
    unsigned seed = (unsigned)(long)p;
    long until = now_ms() + 800;
    while (now_ms() < until) {
        pthread_t t[16];
        int n = 1 + rand_r(&seed) % 16, detached[16];
        for (long i = 0; i < n; i++) {
            t[i] = start(child, (void*)i);
            ADD(made, 1);
            detached[i] = rand_r(&seed) % 2;
            if (detached[i]) CHECK0(pthread_detach(t[i]));
        }
        for (long i = 0; i < n; i++)
            if (!detached[i]) CHECK(join(t[i]) == (void*)i);
    }
    return 0;
}
int main(void) {
    pthread_t t[6];
    for (long i = 0; i < 6; i++) t[i] = start(creates, (void*)(i + 1));
    for (int i = 0; i < 6; i++) join(t[i]);
    for (int i = 0; i < 5000 && LOAD(ran) < LOAD(made); i++) sleep_ms(1);  // the detached ones
    CHECK(LOAD(ran) == LOAD(made) && made > 20);
}

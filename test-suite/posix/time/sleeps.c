// Goal: 10,000 threads sleep at once and none wakes early; zero sleeps return; short ends before long; absolute and past times.
// RUN: %matrix %s
#include "check.h"
static void* sleeps(void* p) {
    long ms = (long)p, begin = now_ms();
    sleep_ms(ms);
    CHECK(now_ms() - begin >= ms - 1);
    return p;
}
static int order;
static void* first(void* p) {
    sleep_ms((long)p);
    return (void*)(long)__atomic_add_fetch(&order, 1, __ATOMIC_SEQ_CST);
}
int main(void) {
    static pthread_t t[10000];
    int n = threads_are_coroutines() ? 10000 : 1000;
    for (long i = 0; i < n; i++) t[i] = start(sleeps, (void*)(i * 7 % 200));
    for (int i = 0; i < n; i++) join(t[i]);
    struct timespec zero = {0, 0}, past = {1, 0}, bad = {0, 1000000000};
    CHECK(nanosleep(&zero, 0) == 0);
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &past, 0) == 0);
    CHECK(nanosleep(&bad, 0) == -1 && errno == EINVAL);
    t[0] = start(first, (void*)500);
    t[1] = start(first, (void*)5);
    CHECK((long)join(t[1]) == 1 && (long)join(t[0]) == 2);
}

// Goal: the CPU clock of a thread counts what that thread used: not its sleep, not what others use on the same kernel thread, wherever it runs; other threads
// read it by pthread_getcpuclockid; getrusage(RUSAGE_THREAD) agrees; clock_nanosleep waits on it. Method: threads that work and threads that sleep; their
// clocks add up to the process's.
// RUN: %matrix %s
#include "check.h"
#include <sys/resource.h>

enum { workers = 6 };
static long ns(clockid_t clock) {
    struct timespec ts;
    CHECK(clock_gettime(clock, &ts) == 0);
    return ts.tv_sec * 1000000000L + ts.tv_nsec;
}
static int stop;
static pthread_barrier_t begun, measured;
static void* works(void* p) {
    long begin = ns(CLOCK_THREAD_CPUTIME_ID);
    pthread_barrier_wait(&begun);
    pthread_barrier_wait(&measured);
    while (!LOAD(stop))
        for (volatile int i = 0; i < 10000; i++) {}
    *(long*)p = ns(CLOCK_THREAD_CPUTIME_ID) - begin;
    struct rusage usage;
    CHECK(getrusage(RUSAGE_THREAD, &usage) == 0);
    long us = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
    long apart = ns(CLOCK_THREAD_CPUTIME_ID) / 1000 - us;
    CHECK(apart > -20000 && apart < 20000);  // the kernel's is rounded to ticks
    return 0;
}
static void* sleeps(void* p) {
    long begin = ns(CLOCK_THREAD_CPUTIME_ID);
    pthread_barrier_wait(&begun);
    pthread_barrier_wait(&measured);
    while (!LOAD(stop)) sleep_ms(10);
    *(long*)p = ns(CLOCK_THREAD_CPUTIME_ID) - begin;
    return 0;
}
int main(void) {
    long used[workers], slept, before = ns(CLOCK_THREAD_CPUTIME_ID), sum = 0;
    CHECK0(pthread_barrier_init(&begun, 0, workers + 2));
    CHECK0(pthread_barrier_init(&measured, 0, workers + 2));
    pthread_t t[workers], s = start(sleeps, &slept);
    CHECK(ns(CLOCK_THREAD_CPUTIME_ID) >= before);  // not smaller once there are threads
    for (int i = 0; i < workers; i++) t[i] = start(works, &used[i]);
    pthread_barrier_wait(&begun);
    long all = ns(CLOCK_PROCESS_CPUTIME_ID), mine = ns(CLOCK_THREAD_CPUTIME_ID);
    pthread_barrier_wait(&measured);
    clockid_t clock;
    CHECK0(pthread_getcpuclockid(t[0], &clock));
    struct timespec resolution, little = {0, 20000000};
    CHECK(clock_getres(clock, &resolution) == 0 && resolution.tv_sec == 0);
    long at = ns(clock);
    CHECK(clock_nanosleep(clock, 0, &little, 0) == 0);
    CHECK(ns(clock) - at >= 20000000);
    sleep_ms(400);
    STORE(stop, 1);
    for (int i = 0; i < workers; i++) join(t[i]), sum += used[i];
    join(s);
    all = ns(CLOCK_PROCESS_CPUTIME_ID) - all, mine = ns(CLOCK_THREAD_CPUTIME_ID) - mine;
    fprintf(stderr, "process %ld us, its threads %ld, main %ld, a sleeper %ld\n", all / 1000, sum / 1000, mine / 1000, slept / 1000);
    CHECK(sum + mine + slept > all / 10 * 7 && sum + mine + slept < all / 10 * 11);  // the rest is the runtime's monitor
    CHECK(slept < all / 10);
    CHECK(mine < all / 10);
}

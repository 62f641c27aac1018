// A thread that sleeps for half a millisecond again and again, and how late it woke: the 99th percentile of the gaps, in microseconds.
#pragma once
#include "check.h"

enum { beats_max = 100000 };
struct heartbeat { pthread_t thread; };
static int heart_stops;
static unsigned gaps[beats_max];
static long gap_count;  // written by the heart

static inline long now_us(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}
static inline void* beat(void* p) {
    for (long last = now_us(), n = 0; !LOAD(heart_stops) && n < beats_max; n++) {
        nanosleep(&(struct timespec){0, 500000}, 0);
        long now = now_us();
        gaps[n] = (unsigned)(now - last);
        last = now;
        STORE(gap_count, n + 1);
    }
    return 0;
}
static inline void heartbeat_start(struct heartbeat* h) {
    STORE(heart_stops, 0);
    STORE(gap_count, 0);
    h->thread = start(beat, 0);
}
static inline int shorter(const void* a, const void* b) { return (*(const unsigned*)a > *(const unsigned*)b) - (*(const unsigned*)a < *(const unsigned*)b); }
// After at least so many beats.
static inline long heartbeat_stop(struct heartbeat* h, long beats) {
    while (LOAD(gap_count) < beats) sleep_ms(1);
    STORE(heart_stops, 1);
    join(h->thread);
    qsort(gaps, (size_t)gap_count, sizeof *gaps, shorter);
    return gaps[gap_count * 99 / 100];
}

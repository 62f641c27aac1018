// Programs for the exhaustion matrix: each part uses much of the runtime, and goes on where a call gives an error that its manual page names. Whatever else
// happens is a failure: another errno, a value or a thread that is lost, CPU time used by a process in which everybody waits.
#pragma once
#include "check.h"
#include <sys/resource.h>

void threads_part(void), descriptors_part(void), hand_off_part(void), signals_part(void), processes_part(void);

// True when errno is one of the list, which ends with 0; otherwise the test fails here.
static inline int permitted(const char* call, const char* file, int line, const int* list) {
    for (; *list; list++)
        if (*list == errno) return 1;
    fprintf(stderr, "%s:%d: %s: %s (%d), which is none of its errors\n", file, line, call, strerror(errno), errno);
    _exit(1);
}

// The call's value. -1: it has failed three times in a row with an error that it may give.
#define TRY(x, ...)                                                                                           \
    ({                                                                                                        \
        long try_r;                                                                                           \
        int try_n = 0;                                                                                        \
        do try_r = (long)(x);                                                                                 \
        while (try_r < 0 && permitted(#x, __FILE__, __LINE__, (int[]){__VA_ARGS__, 0}) && ++try_n < 3);       \
        try_r;                                                                                                \
    })

// No thread to be had is EAGAIN, and may pass.
static inline int try_start_with(pthread_t* t, const pthread_attr_t* attr, void* (*f)(void*), void* arg) {
    for (int i = 0; i < 10; i++) {
        int error = pthread_create(t, attr, f, arg);
        if (!error) return 1;
        if (error != EAGAIN) {
            fprintf(stderr, "pthread_create: %s\n", strerror(error));
            _exit(1);
        }
        sleep_ms(1);
    }
    return 0;
}
static inline int try_start(pthread_t* t, void* (*f)(void*), void* arg) { return try_start_with(t, 0, f, arg); }

// As many of n as can be had; how many those are.
static inline int try_start_many(pthread_t* t, int n, void* (*f)(void*), void* arg) {
    int made = 0;
    while (made < n && try_start(&t[made], f, arg)) made++;
    return made;
}
static inline void join_many(pthread_t* t, int n) {
    while (n) join(t[--n]);
}

// Everybody waits: nobody computes.
static inline void quiet(void) {
    struct rusage before, after;
    CHECK(getrusage(RUSAGE_SELF, &before) == 0);
    sleep_ms(60);
    CHECK(getrusage(RUSAGE_SELF, &after) == 0);
    long used = (after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1000 +
                (after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_stime.tv_usec) / 1000;
    if (used > 30) {
        fprintf(stderr, "%ld ms of CPU time in 60 ms in which everybody waits\n", used);
        _exit(1);
    }
}

// The limit of one wait: what should come at once, and what must not be lost.
static inline struct timespec soon(void) { return in_ms(CLOCK_REALTIME, 5000); }

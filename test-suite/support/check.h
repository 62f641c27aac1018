// What tests share: CHECK, and counting kernel threads.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CHECK(x)                                                                                          \
    do {                                                                                                  \
        if (!(x)) {                                                                                       \
            fprintf(stderr, "%s:%d: not true: %s (errno %d: %s)\n", __FILE__, __LINE__, #x, errno, strerror(errno)); \
            _exit(1);                                                                                     \
        }                                                                                                 \
    } while (0)
// A call of the pthread family, which returns its error.
#define CHECK0(x)                                                                                         \
    do {                                                                                                  \
        int check_error = (x);                                                                            \
        if (check_error) {                                                                                \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #x, strerror(check_error));            \
            _exit(1);                                                                                     \
        }                                                                                                 \
    } while (0)

static inline pthread_t start(void* (*f)(void*), void* arg) {
    pthread_t t;
    CHECK0(pthread_create(&t, 0, f, arg));
    return t;
}
static inline void* join(pthread_t t) {
    void* result;
    CHECK0(pthread_join(t, &result));
    return result;
}
static inline void sleep_ms(long ms) {
    struct timespec ts = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&ts, &ts)) {}
}
static inline long now_ms(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static inline int kernel_threads(void) {
    DIR* d = opendir("/proc/self/task");
    int n = 0;
    CHECK(d);
    for (struct dirent* e; (e = readdir(d));) n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

// True when threads are coroutines: then a new thread's id is no kernel thread of this process.
static inline void* check_probe(void* result) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%ld", syscall(SYS_gettid));
    *(int*)result = access(path, F_OK) != 0;
    return 0;
}
static inline int threads_are_coroutines(void) {
    int result = 0;
    join(start(check_probe, &result));
    return result;
}

// Gives threads just started time to park. A test holds in either order; this makes the interesting one likely.
static inline void settle(void) { sleep_ms(20); }

// For a test that does need the other thread to be inside a blocking call: that thread says so just before, and gets ample time to get there.
static int check_entering;
static inline void entering(void) { __atomic_store_n(&check_entering, 1, __ATOMIC_SEQ_CST); }
static inline void await_blocked(void) {
    while (!__atomic_exchange_n(&check_entering, 0, __ATOMIC_SEQ_CST)) sleep_ms(1);
    sleep_ms(150);
}

static inline struct timespec in_ms(clockid_t clock, long ms) {
    struct timespec ts;
    clock_gettime(clock, &ts);
    ts.tv_sec += ms / 1000;
    ts.tv_nsec += ms % 1000 * 1000000;
    if (ts.tv_nsec >= 1000000000) ts.tv_sec++, ts.tv_nsec -= 1000000000;
    return ts;
}

// Sequentially consistent: tests are not about memory order.
#define LOAD(x) __atomic_load_n(&(x), __ATOMIC_SEQ_CST)
#define STORE(x, v) __atomic_store_n(&(x), v, __ATOMIC_SEQ_CST)
#define ADD(x, n) __atomic_add_fetch(&(x), n, __ATOMIC_SEQ_CST)

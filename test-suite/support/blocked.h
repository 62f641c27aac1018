// Many threads blocked at once: they must hold no kernel threads.
#pragma once
#include "check.h"
#include <sched.h>
#include <sys/resource.h>

static int blocked_entered;
static inline void enter(void) { ADD(blocked_entered, 1); }

// A few for the processors and the monitor, whatever the number of coroutines.
enum { kernel_threads_max = 30 };

// Starts n threads of f, which call enter() just before they block.
static inline void block(pthread_t* t, int n, void* (*f)(void*)) {
    int coroutines = threads_are_coroutines();
    STORE(blocked_entered, 0);
    for (long i = 0; i < n; i++) t[i] = start(f, (void*)i);
    while (LOAD(blocked_entered) < n) sched_yield();
    settle();
    int kernel = kernel_threads();
    if (coroutines && kernel > kernel_threads_max) {
        fprintf(stderr, "%d threads blocked: %d kernel threads\n", n, kernel);
        _exit(1);
    }
}
static inline void many_descriptors(void) {
    struct rlimit l;
    CHECK(getrlimit(RLIMIT_NOFILE, &l) == 0);
    l.rlim_cur = l.rlim_max;
    CHECK(setrlimit(RLIMIT_NOFILE, &l) == 0);
}

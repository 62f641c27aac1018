// Goal: 100,000 parked threads, in a mix of condition variable, semaphore, pipe and sleep, woken in random order and checked,
// joined, and all of it again: resident memory and kernel threads return. Stacks of the default size, default sysctls.
// RUN: %matrix --cells coro --seconds 400 --flags=-DCOUNT=%many %s
#include "check.h"
#include <semaphore.h>
#if __SIZEOF_POINTER__ == 4  // the address space has no more
#undef COUNT
#define COUNT 15000
#endif
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static sem_t sems[COUNT];
static int entered, go, pipes[16][2];
static void* parks(void* p) {
    long i = (long)p;
    char b;
    __atomic_fetch_add(&entered, 1, __ATOMIC_SEQ_CST);
    switch (i % 4) {
    case 0:
        pthread_mutex_lock(&m);
        while (!go) pthread_cond_wait(&c, &m);
        pthread_mutex_unlock(&m);
        break;
    case 1: CHECK(sem_wait(&sems[i]) == 0); break;
    case 2: CHECK(read(pipes[i / 4 % 16][0], &b, 1) == 1); break;
    case 3: sleep_ms(300); break;
    }
    return (void*)(i + 1);
}
static long resident(void) {
    long n;
    FILE* s = fopen("/proc/self/statm", "r");
    CHECK(s && fscanf(s, "%*d %ld", &n) == 1);
    fclose(s);
    return n;
}
static void round_of(void) {
    static pthread_t t[COUNT];
    static int order[COUNT];
    entered = go = 0;
    for (long i = 0; i < COUNT; i++) {
        sem_init(&sems[i], 0, 0);
        t[i] = start(parks, (void*)i);
        order[i] = (int)i;
    }
    while (__atomic_load_n(&entered, __ATOMIC_SEQ_CST) < COUNT) sched_yield();
    CHECK(kernel_threads() < 40);
    for (int i = COUNT - 1; i > 0; i--) {
        int k = rand() % (i + 1), x = order[i];
        order[i] = order[k], order[k] = x;
    }
    for (int k = 0; k < COUNT; k++) {
        int i = order[k];
        if (i % 4 == 1) sem_post(&sems[i]);
        if (i % 4 == 2) CHECK(write(pipes[i / 4 % 16][1], "x", 1) == 1);
    }
    pthread_mutex_lock(&m);
    go = 1;
    pthread_cond_broadcast(&c);
    pthread_mutex_unlock(&m);
    for (long i = 0; i < COUNT; i++) CHECK(join(t[i]) == (void*)(i + 1));
}
int main(void) {
    for (int i = 0; i < 16; i++) CHECK(pipe(pipes[i]) == 0);
    for (int i = 0; i < 3; i++) round_of();
    if (getenv("CORO_TEST_EMULATOR")) return 0;  // qemu-user 7.2 gives no page back whose protection was ever changed
    // Pages: nothing like one for each thread. They go back once nobody has needed them for a moment.
    for (int i = 0; i < 500 && resident() >= 6000 + COUNT / 4; i++) sleep_ms(20);
    CHECK(resident() < 6000 + COUNT / 4);
}

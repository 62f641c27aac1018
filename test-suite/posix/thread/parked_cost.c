// Goal: a parked thread with a stack of 64 KiB costs at most 4.6 KB in all, resident memory and page tables (VmRSS and VmPTE): 100,000 of them are measured
// against the process without. The figure is printed.
// RUN: %matrix --cells coro --seconds 300 --flags=-DCOUNT=%many %s
#include "check.h"
#include <semaphore.h>
enum { count = sizeof(void*) == 4 && COUNT > 30000 ? 30000 : COUNT };
static sem_t sem;
static int parked;
static pthread_t t[count];
static void* parks(void* p) {
    ADD(parked, 1);
    CHECK(sem_wait(&sem) == 0);
    return p;
}
static long memory_kb(void) {
    char line[256];
    long kb = 0;
    FILE* f = fopen("/proc/self/status", "r");
    CHECK(f);
    while (fgets(line, sizeof line, f))
        if (!strncmp(line, "VmRSS:", 6) || !strncmp(line, "VmPTE:", 6)) kb += atol(line + 6);
    fclose(f);
    return kb;
}
int main(void) {
    pthread_attr_t attr;
    sem_init(&sem, 0, 0);
    memset(t, 1, sizeof t);
    CHECK0(pthread_attr_init(&attr));
    CHECK0(pthread_attr_setstacksize(&attr, 65536));
    join(start(parks, (void*)(long)sem_post(&sem)));
    long before = memory_kb();
    STORE(parked, 0);
    for (long i = 0; i < count; i++) CHECK0(pthread_create(&t[i], &attr, parks, (void*)i));
    while (LOAD(parked) < count) sched_yield();
    settle();
    long bytes = (memory_kb() - before) * 1024 / count;
    printf("%ld bytes for each parked thread\n", bytes);
    CHECK(bytes <= 4600 + (getenv("CORO_TEST_EMULATOR") ? 1200 : 0));  // an emulator keeps notes on each page
    for (int i = 0; i < count; i++) sem_post(&sem);
    for (long i = 0; i < count; i++) CHECK(join(t[i]) == (void*)i);
}

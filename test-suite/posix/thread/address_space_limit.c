// Goal: under RLIMIT_AS pthread_create gives EAGAIN when there is no room, and works again when the threads have ended, about as often. Method: three rounds
// of parked threads until EAGAIN, with room for a few hundred.
// RUN: %matrix %s
#include "check.h"
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/resource.h>
enum { most = 20000 };
static sem_t sem;
static pthread_t t[most];
static void* parks(void* p) {
    CHECK(sem_wait(&sem) == 0);
    return p;
}
int main(void) {
    pthread_attr_t attr;
    struct rlimit l;
    sem_init(&sem, 0, 0);
    CHECK0(pthread_attr_init(&attr));
    CHECK0(pthread_attr_setstacksize(&attr, 256 << 10));
    join(start((void* (*)(void*))strerror, 0));  // what the runtime itself needs is there
    FILE* f = fopen("/proc/self/statm", "r");
    long pages;
    CHECK(f && fscanf(f, "%ld", &pages) == 1);
    fclose(f);
    CHECK(getrlimit(RLIMIT_AS, &l) == 0);
    l.rlim_cur = (rlim_t)pages * 4096 + (200 << 20);
    CHECK(setrlimit(RLIMIT_AS, &l) == 0);
    int first = 0;
    for (int round = 0; round < 3; round++) {
        int n = 0, error = 0;
        while (n < most && !(error = pthread_create(&t[n], &attr, parks, 0))) n++;
        CHECK(error == EAGAIN && n >= 100);
        CHECK(pthread_create(&t[n], &attr, parks, 0) == EAGAIN);
        if (!round) first = n;
        CHECK(n >= first - first / 10);  // the runtime itself may have grown by a few kernel threads
        for (int i = 0; i < n; i++) sem_post(&sem);
        for (int i = 0; i < n; i++) join(t[i]);
    }
}

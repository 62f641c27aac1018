// Goal: at the map limit (vm.max_map_count) pthread_create says EAGAIN or works, threads go on, and all is well when there are mappings again. Method: mappings of
// alternating protection until there are no more, before and after the first thread; stacks of many sizes, which need mappings of their own.
// RUN: %matrix %s
#include "check.h"
#include <semaphore.h>
#include <sys/mman.h>
enum { pages = 1 << 18 };
static char* memory;
static void take_all(void) {
    memory = mmap(0, (size_t)pages * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(memory != MAP_FAILED);
    for (int i = 0; i < pages; i += 2)
        if (mprotect(memory + (size_t)i * 4096, 4096, PROT_READ)) {
            CHECK(errno == ENOMEM);
            return;
        }
    CHECK(!"the map limit");
}
static void release_all(void) { CHECK(munmap(memory, (size_t)pages * 4096) == 0); }
static sem_t sem;
static void* parks(void* p) {
    CHECK(sem_wait(&sem) == 0);
    return p;
}
// How many of n threads, each with another stack, can be had.
static int create(int n, int must) {
    pthread_attr_t attr;
    pthread_t t[40];
    int made = 0;
    CHECK0(pthread_attr_init(&attr));
    for (int i = 0; i < n; i++) {
        CHECK0(pthread_attr_setstacksize(&attr, (size_t)(16 + 4 * i) << 10));
        int error = pthread_create(&t[made], &attr, parks, &sem);
        CHECK(error == 0 || (error == EAGAIN && !must));
        made += !error;
    }
    for (int i = 0; i < made; i++) sem_post(&sem);
    for (int i = 0; i < made; i++) CHECK(join(t[i]) == &sem);
    return made;
}
int main(void) {
    FILE* f = fopen("/proc/sys/vm/max_map_count", "r");
    int most = 0;
    if (!f || fscanf(f, "%d", &most) != 1 || most > pages / 2) return 0;  // too many to take
    fclose(f);
    CHECK(sem_init(&sem, 0, 0) == 0);
    take_all();
    create(4, 0);
    release_all();
    CHECK(create(4, 1) == 4);
    take_all();
    create(20, 0);
    release_all();
    CHECK(create(20, 1) == 20);
}

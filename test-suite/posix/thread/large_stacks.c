// RUN: %matrix --cells coro %s
// As many threads of the default size of other systems as there is address space for: 20,000 with 8 MiB each, and 60,000 that have ended and were not
// joined with 2 MiB each, as Rust gives. Found by examples/rust/src/bin/panic.rs: pthread_create said EAGAIN once a size had 64 slabs of 1 GiB.
#include "check.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

static sem_t go;

static void* park(void* arg) {
    CHECK(sem_wait(&go) == 0);
    return arg;
}
static void* end(void* arg) { return arg; }

static void all_of(int count, size_t stack_bytes, void* (*start)(void*)) {
    pthread_t* threads = malloc(count * sizeof *threads);
    pthread_attr_t attr;
    CHECK(threads && pthread_attr_init(&attr) == 0 && pthread_attr_setstacksize(&attr, stack_bytes) == 0);
    for (int i = 0; i < count; i++) CHECK(pthread_create(&threads[i], &attr, start, &threads[i]) == 0);
    if (start == park)
        for (int i = 0; i < count; i++) CHECK(sem_post(&go) == 0);
    for (int i = 0; i < count; i++) {
        void* result;
        CHECK(pthread_join(threads[i], &result) == 0 && result == &threads[i]);
    }
    free(threads);
}

int main(void) {
    CHECK(sem_init(&go, 0, 0) == 0);
    int addresses_are_many = sizeof(void*) == 8;
    int guards_are_mappings = getenv("CORO_TEST_EMULATOR") != 0;  // qemu-user has no MADV_GUARD_INSTALL: 32,000 stacks in all (vm.max_map_count)
    all_of(!addresses_are_many ? 50 : guards_are_mappings ? 10000 : 20000, 8 << 20, park);
    all_of(!addresses_are_many ? 200 : guards_are_mappings ? 20000 : 60000, 2 << 20, end);
}

// Goal: a library with 1 KB of thread-local storage is loaded while 100,000 threads are parked: each, once woken, sees its own block with its
// initial values; so does the thread that loads it, and one that starts afterwards.
// RUN: %clang -O1 -shared -fPIC %S/inputs/one_kilobyte.c -o %t.so
// RUN: %matrix --cells coro --links dynamic --seconds 400 --flags='-DCOUNT=%many -DLIBRARY=\"%t.so\"' %s
#include "check.h"
#include <dlfcn.h>
#include <semaphore.h>
#if __SIZEOF_POINTER__ == 4  // the address space has no more
#undef COUNT
#define COUNT 30000
#endif
static char* (*thread_block)(void);
static sem_t parked, go;
static pthread_t t[COUNT];
static int fresh(void) {
    char* b = thread_block();
    int all = b[0] == 'a' && b[1] == 0 && b[1022] == 0 && b[1023] == 'z';
    b[0] = b[1023] = 0;  // nobody else may see this
    return all;
}
static void* parks(void* p) {
    sem_post(&parked);
    CHECK(sem_wait(&go) == 0);
    return (void*)(long)fresh();
}
static void* starts_late(void* p) { return (void*)(long)fresh(); }
int main(void) {
    pthread_attr_t attr;
    CHECK0(pthread_attr_init(&attr));
    CHECK0(pthread_attr_setstacksize(&attr, 64 << 10));
    sem_init(&parked, 0, 0);
    sem_init(&go, 0, 0);
    for (long i = 0; i < COUNT; i++) CHECK0(pthread_create(&t[i], &attr, parks, 0));
    for (long i = 0; i < COUNT; i++) CHECK(sem_wait(&parked) == 0);
    void* library = dlopen(LIBRARY, RTLD_NOW);
    if (!library) fprintf(stderr, "%s\n", dlerror());
    CHECK(library && (thread_block = (char* (*)(void))dlsym(library, "thread_block")));
    CHECK(fresh());
    CHECK(join(start(starts_late, 0)));
    for (long i = 0; i < COUNT; i++) sem_post(&go);
    for (long i = 0; i < COUNT; i++) CHECK(join(t[i]));
}

// A program that knows nothing of coro-musl. 500 threads wait for a mutex, a semaphore, a condition or a pipe, each with thread-local storage of its own, of a
// library too that is loaded meanwhile; some end by pthread_exit, with a key's destructor. Prints how many kernel threads there were.
#include "check.h"
#include <dlfcn.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>

enum { count = 500 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER;
static pthread_key_t key;
static sem_t sem;
static int entered, destroyed, is_open, pipes[2];
static __thread long mine = 7;
static char* (*thread_block)(void);

static void destroy(void* value) { ADD(destroyed, value == (void*)&mine); }

static void* wait_somewhere(void* arg) {
    long i = (long)arg;
    char byte;
    CHECK(mine == 7);
    mine = i;
    CHECK0(pthread_setspecific(key, &mine));
    ADD(entered, 1);
    switch (i % 4) {
    case 0:
        CHECK0(pthread_mutex_lock(&lock));
        CHECK0(pthread_mutex_unlock(&lock));
        break;
    case 1: CHECK(sem_wait(&sem) == 0); break;
    case 2:
        CHECK0(pthread_mutex_lock(&gate));
        while (!is_open) CHECK0(pthread_cond_wait(&opened, &gate));
        CHECK0(pthread_mutex_unlock(&gate));
        break;
    case 3: CHECK(read(pipes[0], &byte, 1) == 1 && byte == 'x'); break;
    }
    char* block = thread_block();
    CHECK(block[0] == 'a' && block[1] == 0 && block[1023] == 'z');
    block[0] = 0;
    errno = (int)i;
    CHECK(mine == i);
    jmp_buf back;
    if (!setjmp(back)) longjmp(back, 1);
    CHECK(errno == i);
    if (i % 2) pthread_exit(&mine + i);
    return &mine + i;
}

int main(int argc, char** argv) {
    static pthread_t t[count];
    pthread_attr_t attr;
    CHECK(argc == 2 && sem_init(&sem, 0, 0) == 0 && pipe(pipes) == 0);
    CHECK0(pthread_key_create(&key, destroy));
    CHECK0(pthread_attr_init(&attr));
    CHECK0(pthread_attr_setstacksize(&attr, 128 << 10));
    CHECK0(pthread_mutex_lock(&lock));
    for (long i = 0; i < count; i++) CHECK0(pthread_create(&t[i], &attr, wait_somewhere, (void*)i));
    while (LOAD(entered) < count) sched_yield();
    settle();
    printf("%d kernel threads\n", kernel_threads());

    void* library = dlopen(argv[1], RTLD_NOW);
    if (!library) fprintf(stderr, "%s\n", dlerror());
    CHECK(library && (thread_block = (char* (*)(void))dlsym(library, "thread_block")));
    CHECK0(pthread_mutex_unlock(&lock));
    CHECK0(pthread_mutex_lock(&gate));
    is_open = 1;
    CHECK0(pthread_cond_broadcast(&opened));
    CHECK0(pthread_mutex_unlock(&gate));
    for (int i = 0; i < count; i++) {
        if (i % 4 == 1) CHECK(sem_post(&sem) == 0);
        if (i % 4 == 3) CHECK(write(pipes[1], "x", 1) == 1);
    }
    for (int i = 0; i < count; i++) CHECK(join(t[i]) != 0);
    CHECK(LOAD(destroyed) == count && mine == 7);
    puts("done");
}

// Goal: a thread blocked in a cancellation point is cancelled also after a handler with SA_RESTART has run there which called cancellation points and locked
// mutexes itself; as coroutines also while it does (stock musl forgets a cancellation that comes while a handler waits for a mutex). Method: read of an empty pipe, nanosleep in a loop, sem_wait; a handler that writes, prints and locks.
// RUN: %matrix %s
#include "check.h"
#include <semaphore.h>
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int empty[2], sink[2], handled;
static sem_t sem;
static void handler(int sig) {
    CHECK(write(sink[1], "x", 1) == 1);
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    ADD(handled, 1);
}
static void* blocks(void* p) {
    char c;
    switch ((long)p) {
    case 0: CHECK(read(empty[0], &c, 1) == 1); break;
    case 1: sem_wait(&sem); break;
    case 2: for (;;) sleep_ms(100000);
    }
    return 0;
}
int main(void) {
    struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_RESTART};
    CHECK(sigaction(SIGUSR1, &sa, 0) == 0 && pipe(empty) == 0 && pipe(sink) == 0);
    sem_init(&sem, 0, 0);
    int coroutines = threads_are_coroutines();
    for (int round = 0; round < 60; round++) {
        int while_handled = coroutines && round % 2;
        STORE(handled, 0);
        pthread_t t = start(blocks, (void*)(long)(round % 3));
        sleep_ms(1 + round % 3);
        if (while_handled) pthread_mutex_lock(&m);  // the handler blocks when the thread is cancelled
        CHECK0(pthread_kill(t, SIGUSR1));
        if (while_handled) {
            sleep_ms(1);
            CHECK0(pthread_cancel(t));
            sleep_ms(1);
            pthread_mutex_unlock(&m);
        } else {
            while (!LOAD(handled)) sleep_ms(1);
            CHECK0(pthread_cancel(t));
        }
        CHECK(join(t) == PTHREAD_CANCELED);
    }
}

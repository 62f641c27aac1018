// Goal: a thread with a stack of PTHREAD_STACK_MIN bytes can wait in every way and compute for long while others wait: nothing below its stack is written to.
// Method: the stack lies in painted memory; each kind of wait is done on it, and a loop much longer than a slice.
// RUN: %matrix %s
#include "check.h"
#include <poll.h>
#include <semaphore.h>
#include <sys/select.h>
enum { stack_bytes = PTHREAD_STACK_MIN, below = 16384, kinds = 9 };
static _Alignas(4096) unsigned char memory[below + stack_bytes];
static int fds[2], kind, in_it, told;
static sem_t sem;
static void* waits(void* p) {
    char c;
    STORE(in_it, 1);
    switch (kind) {
    case 0: return (void*)(read(fds[0], &c, 1) == 1);
    case 1: return (void*)(long)(poll(&(struct pollfd){fds[0], POLLIN, 0}, 1, -1) == 1 && read(fds[0], &c, 1) == 1);
    case 2: {
        fd_set s;
        FD_ZERO(&s);
        FD_SET(fds[0], &s);
        return (void*)(long)(select(fds[0] + 1, &s, 0, 0, 0) == 1 && read(fds[0], &c, 1) == 1);
    }
    case 3: return (void*)(long)(sem_wait(&sem) == 0);
    case 4: {
        struct timespec ts = in_ms(CLOCK_REALTIME, 5);
        return (void*)(long)(sem_timedwait(&sem, &ts) == -1);
    }
    case 5: sleep_ms(5); return (void*)1;
    case 6: {
        sigset_t s;
        struct timespec ts = {0, 5000000};
        sigemptyset(&s);
        sigaddset(&s, SIGUSR1);
        return (void*)(long)(sigtimedwait(&s, 0, &ts) == -1);
    }
    case 7:
        while (!LOAD(told)) {}  // main sleeps beside this: many slices
        return (void*)1;
    case 8: return (void*)(long)(write(fds[1], "x", 1) == 1);
    }
    return 0;
}
int main(void) {
    pthread_attr_t attr;
    CHECK(pipe(fds) == 0);
    sem_init(&sem, 0, 0);
    CHECK0(pthread_attr_init(&attr));
    CHECK0(pthread_attr_setstack(&attr, memory + below, stack_bytes));
    for (kind = 0; kind < kinds; kind++) {
        pthread_t t;
        memset(memory, 0x5a, sizeof memory);
        STORE(in_it, 0);
        STORE(told, 0);
        CHECK0(pthread_create(&t, &attr, waits, 0));
        while (!LOAD(in_it)) sched_yield();
        for (int i = 0; i < 20; i++) sleep_ms(2);
        STORE(told, 1);
        if (kind < 3) CHECK(write(fds[1], "x", 1) == 1);
        if (kind == 3) CHECK(sem_post(&sem) == 0);
        CHECK(join(t) == (void*)1);
        for (int i = 0; i < below; i++)
            if (memory[i] != 0x5a) {
                fprintf(stderr, "kind %d: written %d bytes below the stack\n", kind, below - i);
                return 1;
            }
    }
}

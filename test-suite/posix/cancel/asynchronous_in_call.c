// Goal: a thread with asynchronous cancellation is cancelled in calls that are no cancellation point too. Method: cancelled out of a system call that
// parks and one that blocks its kernel thread, once it waits and as it goes to wait. What it waited for comes when its stack is another's.
// RUN: %matrix %s
#include "check.h"
#include <poll.h>
#include <sys/file.h>
static char path[] = "asynchronousXXXXXX";
static int locked, other, kind, ready, fds[2];
static void* waits(void* p) {
    CHECK0(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, 0));
    STORE(ready, 1);
    if (kind == 0) syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
    if (kind == 1) syscall(SYS_flock, other, LOCK_EX);
    struct pollfd readable = {fds[0], POLLIN, 0};
    if (kind == 2) syscall(SYS_ppoll, &readable, 1, NULL, NULL, 0);
    CHECK(!"it waited");
    return 0;
}
// Much of its stack, as it was.
static void* keeps(void* p) {
    volatile char bytes[16384];
    for (unsigned i = 0; i < sizeof bytes; i++) bytes[i] = 0x55;
    STORE(ready, 2);
    while (LOAD(ready) == 2) sched_yield();
    for (unsigned i = 0; i < sizeof bytes; i++) CHECK(bytes[i] == 0x55);
    return p;
}
int main(void) {
    CHECK((locked = mkstemp(path)) >= 0 && (other = open(path, O_RDWR)) >= 0 && unlink(path) == 0);
    CHECK(flock(locked, LOCK_EX) == 0);
    CHECK(pipe(fds) == 0);
    for (kind = 0; kind < 3; kind++)
        for (int round = 0; round < 20; round++) {
            STORE(ready, 0);
            pthread_t t = start(waits, 0);
            while (!LOAD(ready)) sched_yield();
            if (round % 2) usleep(10000);
            CHECK0(pthread_cancel(t));
            void* result;
            CHECK0(pthread_join(t, &result));
            CHECK(result == PTHREAD_CANCELED);
            if (kind < 2) continue;
            char byte;
            t = start(keeps, 0);
            while (LOAD(ready) != 2) sched_yield();
            CHECK(write(fds[1], "x", 1) == 1);
            usleep(1000);
            STORE(ready, 0);
            join(t);
            CHECK(read(fds[0], &byte, 1) == 1);
        }
    return 0;
}

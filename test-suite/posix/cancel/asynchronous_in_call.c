// Goal: a thread with asynchronous cancellation is cancelled in calls that are no cancellation point too. Method: cancelled out of a system call that
// parks and one that blocks its kernel thread, once it waits and as it goes to wait.
// RUN: %matrix %s
#include "check.h"
#include <poll.h>
#include <sys/file.h>
static char path[] = "asynchronousXXXXXX";
static int locked, other, kind, ready;
static void* waits(void* p) {
    CHECK0(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, 0));
    STORE(ready, 1);
    if (kind == 0) syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
    if (kind == 1) syscall(SYS_flock, other, LOCK_EX);
    CHECK(!"it waited");
    return 0;
}
int main(void) {
    CHECK((locked = mkstemp(path)) >= 0 && (other = open(path, O_RDWR)) >= 0 && unlink(path) == 0);
    CHECK(flock(locked, LOCK_EX) == 0);
    for (kind = 0; kind < 2; kind++)
        for (int round = 0; round < 20; round++) {
            STORE(ready, 0);
            pthread_t t = start(waits, 0);
            while (!LOAD(ready)) sched_yield();
            if (round % 2) usleep(10000);
            CHECK0(pthread_cancel(t));
            void* result;
            CHECK0(pthread_join(t, &result));
            CHECK(result == PTHREAD_CANCELED);
        }
    return 0;
}

// Goal: a child that asked for a signal at the end of its parent (prctl(2), PR_SET_PDEATHSIG: the parent is the kernel thread that forked) gets none while the thread
// that forked it lives, however many kernel threads come and go. Method: threads that wait for a lock make kernel threads; one of them forks; half
// a second later those that nobody needs are gone, and the child is not.
// RUN: %matrix %s
#include "check.h"
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
enum { threads = 30 };
static char path[] = "parent_deathXXXXXX";
static pid_t child;
static int entered, stop;
static void* waits(void* p) {
    int fd = open(path, O_RDWR);
    CHECK(fd >= 0);
    ADD(entered, 1);
    CHECK(flock(fd, LOCK_EX) == 0);
    if (p) {
        CHECK((child = fork()) >= 0);
        if (!child) {
            CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
            for (;;) pause();
        }
    }
    CHECK(close(fd) == 0);
    while (!LOAD(stop)) sleep_ms(5);
    return p;
}
int main(void) {
    pthread_t t[threads];
    int fd = mkstemp(path);
    CHECK(fd >= 0 && flock(fd, LOCK_EX) == 0);
    for (long i = 0; i < threads; i++) t[i] = start(waits, (void*)(long)(i == threads / 2));
    while (LOAD(entered) < threads) sleep_ms(1);
    sleep_ms(100);
    CHECK(close(fd) == 0 && unlink(path) == 0);
    sleep_ms(600);
    CHECK(child > 0 && waitpid(child, 0, WNOHANG) == 0);
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, 0, 0) == child);
    STORE(stop, 1);
    for (int i = 0; i < threads; i++) join(t[i]);
    return 0;
}

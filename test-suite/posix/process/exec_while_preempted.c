// Goal: a program that is executed beside threads that compute meets no signal of the runtime's. Method: children whose threads compute call exec, from
// main and from another thread, a few hundred times, as their time slices end: each ends with the new program's status.
// RUN: %matrix %s
#include "check.h"
#include <sys/wait.h>
static void* computes(void* p) {
    for (volatile int i = 0;; i++) {}
    return p;
}
static long now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
static void* executes(void* p) {
    sleep_ms(1);
    for (long end = now_us() + (long)p % 40 * 500; now_us() < end;) {}
    execl("/bin/sh", "sh", "-c", "exit 7", (char*)0);
    _exit(1);
}
int main(void) {
    for (long i = 0; i < 200; i++) {
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (!pid) {
            start(computes, 0), start(computes, 0);
            if (i % 2) executes((void*)i);
            join(start(executes, (void*)i));
        }
        int status;
        CHECK(waitpid(pid, &status, 0) == pid);
        if (status == 7 << 8) continue;
        fprintf(stderr, "child %ld: status %x\n", i, status);
        return 1;
    }
}

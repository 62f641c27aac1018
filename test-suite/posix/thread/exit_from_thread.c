// Goal: exit in any thread ends the process with its status and runs atexit handlers, while others are blocked and busy.
// RUN: %matrix %s
#include "check.h"
#include <sys/wait.h>
static int p[2];
static void said(void) { CHECK(write(p[1], "e", 1) == 1); }
static void* blocked(void* a) {
    char c;
    int q[2];
    CHECK(pipe(q) == 0 && read(q[0], &c, 1) == 1);
    return a;
}
static void* busy(void* a) {
    for (volatile int i = 0;; i++) {}
    return a;
}
static void* ends(void* a) {
    sleep_ms(10);
    exit(7);
    return a;
}
int main(void) {
    CHECK(pipe(p) == 0);
    pid_t child = fork();
    if (!child) {
        atexit(said);
        start(blocked, 0);
        start(busy, 0);
        start(ends, 0);
        for (;;) sleep_ms(1000);
    }
    int status;
    char c;
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
    CHECK(read(p[0], &c, 1) == 1 && c == 'e');
}

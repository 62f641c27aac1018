// Goal: a process ends with the right status whoever ends it: exit, _exit, quick_exit, abort, exec from any thread, the last thread's pthread_exit; atexit
// handlers run where they should. Method: a child for each, with threads that wait and compute beside; its status, and what its handlers wrote.
// RUN: %matrix %s
#include "check.h"
#include <sched.h>
#include <sys/wait.h>
static int says[2], aborts;
static void at_exit(void) { CHECK(write(says[1], "e", 1) == 1); }
static void said_quickly(void) { CHECK(write(says[1], "q", 1) == 1); }
static void on_abort(int sig) { ADD(aborts, 1); }
static void* waits(void* p) {
    int fds[2];
    char c;
    CHECK(pipe(fds) == 0 && read(fds[0], &c, 1) == 1);
    return p;
}
static void* computes(void* p) {
    for (volatile int i = 0;; i++) {}
    return p;
}
static void* short_life(void* p) {
    sleep_ms(20);
    return p;
}
static void* ends(void* p) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGABRT);
    sleep_ms(5);
    switch ((long)p) {
    case 0: exit(7);
    case 1: _exit(7);
    case 2: quick_exit(7);
    case 3: abort();
    case 4: signal(SIGABRT, on_abort); abort();
    case 5: signal(SIGABRT, SIG_IGN); abort();
    case 6: pthread_sigmask(SIG_BLOCK, &set, 0); abort();
    case 7: execl("/bin/sh", "sh", "-c", "exit 7", (char*)0); _exit(1);
    case 8: pthread_exit(0);  // the last: 0
    case 9: raise(SIGTERM); break;
    case 10: kill(getpid(), SIGTERM); for (;;) pause();
    case 11: exit(fork() ? 7 : 8);
    }
    return 0;
}
enum { ways = 12 };
// What its handlers say, and how it ends, as wait(2) has it.
static const struct { const char* said; int status; } expected[ways] = {
    {"e", 7 << 8}, {"", 7 << 8}, {"q", 7 << 8}, {"", SIGABRT}, {"", SIGABRT}, {"", SIGABRT}, {"", SIGABRT}, {"", 7 << 8}, {"e", 0}, {"", SIGTERM},
    {"", SIGTERM}, {"ee", 7 << 8},
};
static void runs(long way, int in_main) {
    alarm(30);
    CHECK(atexit(at_exit) == 0 && at_quick_exit(said_quickly) == 0);
    if (way != 8) start(waits, 0), start(computes, 0);
    if (way == 8 && in_main) CHECK0(pthread_detach(start(short_life, 0)));
    if (in_main) ends((void*)way);
    pthread_t t = start(ends, (void*)way);
    if (way == 8) pthread_exit(0);
    join(t);
    _exit(99);
}
int main(void) {
    for (int in_main = 0; in_main < 2; in_main++)
        for (int way = 0; way < ways; way++) {
            int status;
            char said[8] = "";
            CHECK(pipe(says) == 0);
            pid_t pid = fork();
            CHECK(pid >= 0);
            if (!pid) runs(way, in_main);
            CHECK(close(says[1]) == 0 && waitpid(pid, &status, 0) == pid);
            for (int n = 0, r; n < 7 && (r = (int)read(says[0], said + n, 1)) > 0;) n += r;
            CHECK(close(says[0]) == 0);
            if ((status & ~0x80) == expected[way].status && !strcmp(said, expected[way].said)) continue;
            fprintf(stderr, "way %d in %s: status %x, said '%s'\n", way, in_main ? "main" : "a thread", status, said);
            return 1;
        }
}

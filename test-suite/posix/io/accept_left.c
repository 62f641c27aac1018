// Goal: an accept(2) that waits in the kernel, since another process was faster, and that is left for good is not in the way of others: a handler has jumped out
// of it (siglongjmp), or its number was closed and is another listener's. Method: a second process accepts on the same listener; after each connection the thread here
// jumps out. Then the other process is gone, and connections must be served here.
// RUN: %matrix --seconds 60 %s
#include "net.h"

#include <sched.h>
#include <setjmp.h>
#include <sys/wait.h>

static int listener, served, jumped, stop;
static struct sockaddr_in address;
static __thread sigjmp_buf back;
static void jumps(int sig) {
    ADD(jumped, 1);
    siglongjmp(back, 1);
}

static void serve_one(int from) {
    int s = accept(from, 0, 0);
    if (s < 0 && (errno == EBADF || errno == EINVAL)) return;  // closed before it waited, or the next one does not listen yet
    CHECK(s >= 0 && write(s, "y", 1) == 1 && close(s) == 0);
}
// SIGUSR1 comes only while it accepts, or is about to.
static void* serves(void* p) {
    sigset_t usr1;
    sigemptyset(&usr1), sigaddset(&usr1, SIGUSR1);
    while (!LOAD(stop)) {
        if (sigsetjmp(back, 1)) continue;
        CHECK0(pthread_sigmask(SIG_UNBLOCK, &usr1, 0));
        int s = accept(listener, 0, 0);
        CHECK0(pthread_sigmask(SIG_BLOCK, &usr1, 0));
        CHECK(s >= 0 && write(s, "y", 1) == 1 && close(s) == 0);
        ADD(served, 1);
    }
    return p;
}
static void ask(void) {
    int s = connect_to(&address);
    char byte;
    CHECK(read(s, &byte, 1) == 1 && read(s, &byte, 1) == 0 && close(s) == 0);
}
static pid_t other_process(void) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child) return child;
    for (;;) serve_one(listener);
}
static void end(pid_t child) {
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, 0, 0) == child);
}

static void jumped_out(void) {
    sigset_t usr1;
    sigemptyset(&usr1), sigaddset(&usr1, SIGUSR1);
    listener = listen_on_loopback(&address, 128);
    pid_t child = other_process();
    CHECK0(pthread_sigmask(SIG_BLOCK, &usr1, 0));
    pthread_t t = start(serves, 0);
    for (int i = 0; i < 200; i++) {
        ask();
        CHECK0(pthread_kill(t, SIGUSR1));
        while (LOAD(jumped) == i) sched_yield();  // before the next connection, which would be lost
    }
    end(child);
    for (int i = 0; i < 5; i++) ask();
    STORE(stop, 1);
    ask();
    join(t);
    CHECK(LOAD(served) >= 6 && close(listener) == 0);
}

static void* serves_for_ever(void* p) {
    for (;;) serve_one(listener);
    return p;
}
// Whoever waited on the old one waits on.
static void closed(void) {
    for (int i = 0; i < 50; i++) {
        int before = listener;
        listener = listen_on_loopback(&address, 128);
        CHECK(i == 0 || listener == before);
        start(serves_for_ever, 0);
        ask();
        pid_t child = other_process();
        for (int k = 0; k < 4; k++) ask();
        end(child);
        CHECK(close(listener) == 0);
    }
}

int main(void) {
    struct sigaction sa = {.sa_handler = jumps, .sa_flags = SA_RESTART};
    CHECK(sigaction(SIGUSR1, &sa, 0) == 0);
    jumped_out();
    closed();
    _exit(0);
}

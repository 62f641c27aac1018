// Goal: a handler may leave a read, a poll or a select for good by siglongjmp: the descriptor serves others and the thread's later calls as before.
// Method: rounds of a thread that is signalled out of a wait on a pipe; then bytes are written, and read by it and by a second reader.
// RUN: %matrix %s
#include "check.h"
#include <poll.h>
#include <setjmp.h>
#include <sys/select.h>
static int fds[2], kind, in_call, leave;
static sigjmp_buf* back;
static void jump(int sig) {
    if (LOAD(leave)) siglongjmp(*back, 1);
}
static void wait_for_byte(void) {
    char c;
    struct pollfd p = {fds[0], POLLIN, 0};
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fds[0], &set);
    STORE(in_call, 1);
    if (kind == 0) CHECK(read(fds[0], &c, 1) == 1);
    if (kind == 1) CHECK(poll(&p, 1, -1) == 1);
    if (kind == 2) CHECK(select(fds[0] + 1, &set, 0, 0, 0) == 1);
}
// Overwrites the dead frames of a call that was left.
static void __attribute__((noinline)) trample(void) {
    volatile char junk[4096];
    for (unsigned i = 0; i < sizeof junk; i++) junk[i] = 0x55;
}
static void* waits(void* p) {
    sigjmp_buf jb;
    back = &jb;
    if (sigsetjmp(jb, 1) == 0) {
        wait_for_byte();
        CHECK(!"it went on");
    }
    trample();
    STORE(in_call, 2);
    char c = 0;
    CHECK(read(fds[0], &c, 1) == 1);
    return (void*)(long)c;
}
static void* reads(void* p) {
    char c = 0;
    CHECK(read(fds[0], &c, 1) == 1);
    return (void*)(long)c;
}
int main(void) {
    struct sigaction sa = {.sa_handler = jump, .sa_flags = SA_RESTART};
    CHECK(sigaction(SIGUSR1, &sa, 0) == 0 && pipe(fds) == 0);
    for (int round = 0; round < 30; round++) {
        kind = round % 3;
        STORE(in_call, 0);
        STORE(leave, 0);
        pthread_t t = start(waits, 0), other = start(reads, 0);
        while (LOAD(in_call) != 1) sched_yield();
        sleep_ms(2);
        STORE(leave, 1);
        CHECK0(pthread_kill(t, SIGUSR1));
        while (LOAD(in_call) != 2) sleep_ms(1);
        CHECK(write(fds[1], "ab", 2) == 2);
        CHECK((long)join(t) + (long)join(other) == 'a' + 'b');
    }
}

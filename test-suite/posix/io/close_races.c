// Goal: closing a number that others use loses no wake-up. Two readers whose number is closed both get a byte of two that come at once; and a number
// that was closed while somebody was just going to wait on it serves the next file that gets it, although a duplicate keeps the old one open.
// RUN: %matrix %s
#include "check.h"
static int fds[2];
static void* reads(void* fd) {
    char c = 0;
    ADD(check_entering, 1);
    return (void*)(long)(read((int)(long)fd, &c, 1) == 1 ? c : -errno);
}
static void two_readers(void) {
    CHECK(pipe(fds) == 0);
    STORE(check_entering, 0);
    pthread_t a = start(reads, (void*)(long)fds[0]), b = start(reads, (void*)(long)fds[0]);
    while (LOAD(check_entering) < 2) sleep_ms(1);
    sleep_ms(50);
    int keep = dup(fds[0]);  // else a write without a reader in the kernel would raise SIGPIPE
    CHECK(close(fds[0]) == 0 && write(fds[1], "xy", 2) == 2);
    long got = (long)join(a) + (long)join(b);
    CHECK(got == 'x' + 'y');
    close(keep), close(fds[1]);
}
static void number_again(int spins) {
    CHECK(pipe(fds) == 0);
    int number = fds[0], keep = dup(fds[0]), other[2];
    STORE(check_entering, 0);
    pthread_t t = start(reads, (void*)(long)number);
    while (!LOAD(check_entering)) sched_yield();
    for (volatile int i = 0; i < spins; i++) {}
    CHECK(close(number) == 0);
    CHECK(pipe(other) == 0 && other[0] == number);
    CHECK(write(fds[1], "o", 1) == 1);  // for t, if it was in time
    pthread_t next = start(reads, (void*)(long)number);
    sched_yield();
    CHECK(write(other[1], "nn", 2) == 2);
    long r = (long)join(t), n = (long)join(next);
    CHECK((r == 'o' || r == 'n' || r == -EBADF) && n == 'n');
    close(keep), close(other[0]), close(other[1]), close(fds[1]);
}
int main(void) {
    for (int i = 0; i < 5; i++) two_readers();
    for (int i = 0; i < 1500; i++) number_again(i % 300 * 10);
}

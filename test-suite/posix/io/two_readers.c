// Goal: several readers and writers of one pipe and one socket: no byte is lost or read twice, none of them is forgotten.
// RUN: %matrix %s
#include "check.h"
#include <sys/socket.h>
static int fds[2];
static long sum, count;
static void* reads(void* p) {
    unsigned char c[7];
    ssize_t n;
    while ((n = read(fds[0], c, sizeof c)) > 0)
        for (ssize_t i = 0; i < n; i++) ADD(sum, c[i]), ADD(count, 1);
    CHECK(n == 0);
    return p;
}
static void* writes(void* p) {
    for (int i = 0; i < 3000; i++) {
        unsigned char c = (unsigned char)i;
        CHECK(write(fds[1], &c, 1) == 1);
        if (i % 100 == 0) sched_yield();
    }
    return p;
}
int main(void) {
    for (int sockets = 0; sockets < 2; sockets++) {
        pthread_t r[5], w[4];
        long expected = 0;
        sum = count = 0;
        CHECK((sockets ? socketpair(AF_UNIX, SOCK_STREAM, 0, fds) : pipe(fds)) == 0);
        for (int i = 0; i < 5; i++) r[i] = start(reads, 0);
        for (int i = 0; i < 4; i++) w[i] = start(writes, 0);
        for (int i = 0; i < 4; i++) join(w[i]);
        close(fds[1]);
        for (int i = 0; i < 5; i++) join(r[i]);
        for (int i = 0; i < 3000; i++) expected += 4 * (unsigned char)i;
        CHECK(count == 12000 && sum == expected);
        close(fds[0]);
    }
}

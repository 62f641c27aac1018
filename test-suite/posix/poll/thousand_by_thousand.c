// Goal: a thousand threads, each in poll(2) on the same thousand descriptors: no kernel thread waits; a byte in any one wakes all, and each finds that one alone.
// RUN: %matrix --seconds 120 %s
#include "blocked.h"

#include <poll.h>

enum { threads = 1000, descriptors = 1000, rounds = 3 };

static int fds[descriptors][2], woken[rounds], which[rounds];

static void* polls(void* p) {
    struct pollfd* set = malloc(descriptors * sizeof *set);
    CHECK(set);
    for (int i = 0; i < descriptors; i++) set[i] = (struct pollfd){fds[i][0], POLLIN, 0};
    enter();
    for (int round = 0; round < rounds; round++) {
        CHECK(poll(set, descriptors, -1) == 1);
        CHECK(set[LOAD(which[round])].revents == POLLIN);
        ADD(woken[round], 1);
        // Until the byte is gone, nobody looks again.
        while (LOAD(woken[round]) <= threads) sleep_ms(5);
    }
    free(set);
    return p;
}

int main(void) {
    many_descriptors();
    for (int i = 0; i < descriptors; i++) CHECK(pipe(fds[i]) == 0);
    static pthread_t t[threads];
    block(t, threads, polls);
    for (int round = 0; round < rounds; round++) {
        int i = which[round] = round * 499;
        char byte = 'x';
        CHECK(write(fds[i][1], &byte, 1) == 1);
        while (LOAD(woken[round]) < threads) sleep_ms(1);
        CHECK(read(fds[i][0], &byte, 1) == 1);
        ADD(woken[round], 1);
    }
    for (int i = 0; i < threads; i++) join(t[i]);
    return 0;
}

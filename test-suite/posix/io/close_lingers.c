// Goal: close(2) of a socket with SO_LINGER waits until what was written is there, also when the thread's slice is over just as it goes into it: a preemption that comes
// too late would end the wait, and nobody hears of it. Method: threads compute about as long as a slice, then close; the other ends are read only later.
// RUN: %matrix --seconds 60 %s
#include "net.h"

enum { sockets = 40, rounds = 6 };
static struct { int mine, other; long spin_us; } pairs[sockets];
static int early, drained, closing, closed;

static long now_us(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}
static void* closes(void* p) {
    int i = (int)(long)p;
    for (long until = now_us() + pairs[i].spin_us; now_us() < until;) {}
    ADD(closing, 1);
    CHECK(close(pairs[i].mine) == 0);
    if (!LOAD(drained)) ADD(early, 1);
    ADD(closed, 1);
    return p;
}
static void drain(int fd) {
    char there[65536];
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    while (read(fd, there, sizeof there) > 0) {}
}

int main(void) {
    struct sockaddr_in at;
    int listener = listen_on_loopback(&at, sockets);
    for (int round = 0; round < rounds; round++) {
        pthread_t threads[sockets];
        STORE(drained, 0), STORE(closing, 0), STORE(closed, 0);
        for (int i = 0; i < sockets; i++) {
            pairs[i].mine = connect_to(&at);
            CHECK((pairs[i].other = accept(listener, 0, 0)) >= 0);
            CHECK(setsockopt(pairs[i].mine, SOL_SOCKET, SO_LINGER, &(struct linger){1, 60}, sizeof(struct linger)) == 0);
            fill(pairs[i].mine);
            pairs[i].spin_us = 950 + 10 * i;
        }
        for (int i = 0; i < sockets; i++) threads[i] = start(closes, (void*)(long)i);
        while (LOAD(closing) < sockets) sleep_ms(1);
        sleep_ms(10);
        STORE(drained, 1);
        while (LOAD(closed) < sockets) {
            for (int i = 0; i < sockets; i++) drain(pairs[i].other);
            sleep_ms(1);
        }
        for (int i = 0; i < sockets; i++) {
            join(threads[i]);
            CHECK(close(pairs[i].other) == 0);
        }
    }
    if (early) fprintf(stderr, "%d of %d did not wait\n", early, sockets * rounds);
    return early != 0;
}

// Goal: two threads in accept on one listener get two connections that arrive together: none is left in the queue with both asleep. Method: 400 rounds of two
// connects close after each other; the acceptors answer, and the next round begins when both have been answered.
// RUN: %matrix %s
#include "check.h"
#include "net.h"
enum { rounds = 400, acceptors = 4 };
static int listener, accepted;
static void* accepts(void* p) {
    for (;;) {
        char c;
        int fd = accept(listener, 0, 0);
        CHECK(fd >= 0);
        ADD(accepted, 1);
        int n = (int)read(fd, &c, 1);
        if (n == 1) CHECK(write(fd, &c, 1) == 1);
        close(fd);
        if (n == 1 && c == 'q') return 0;
    }
}
int main(void) {
    struct sockaddr_in address;
    listener = listen_on_loopback(&address, 64);
    pthread_t t[acceptors];
    for (int i = 0; i < acceptors; i++) t[i] = start(accepts, 0);
    for (int i = 0; i < rounds; i++) {
        char c = 0;
        int a = connect_to(&address), b = connect_to(&address);
        CHECK(write(a, "a", 1) == 1 && write(b, "b", 1) == 1);
        CHECK(read(a, &c, 1) == 1 && c == 'a' && read(b, &c, 1) == 1 && c == 'b');
        close(a), close(b);
    }
    CHECK(LOAD(accepted) == 2 * rounds);
    for (int i = 0; i < acceptors; i++) {
        int fd = connect_to(&address);
        char c;
        CHECK(write(fd, "q", 1) == 1 && read(fd, &c, 1) == 1);
        close(fd);
    }
    for (int i = 0; i < acceptors; i++) join(t[i]);
}

// Goal: 1,000 threads accept on one listener: no kernel threads; each connection reaches exactly one of them.
// RUN: %matrix %s
#include "blocked.h"
#include "net.h"
#define N 1000
static int listener, accepted[N];
static void* accepts(void* p) {
    long i = (long)p;
    enter();
    accepted[i] = accept(listener, 0, 0);
    char c = 0;
    CHECK(accepted[i] >= 0 && read(accepted[i], &c, 1) == 1);
    CHECK(write(accepted[i], &c, 1) == 1);
    return 0;
}
int main(void) {
    static pthread_t t[N];
    static int fds[N];
    struct sockaddr_in address;
    many_descriptors();
    listener = listen_on_loopback(&address, 128);
    block(t, N, accepts);
    for (int i = 0; i < N; i++) {
        char c = (char)i;
        fds[i] = connect_to(&address);
        CHECK(write(fds[i], &c, 1) == 1);
    }
    for (int i = 0; i < N; i++) {
        char c = 0;
        CHECK(read(fds[i], &c, 1) == 1 && c == (char)i);
    }
    for (int i = 0; i < N; i++) join(t[i]);
}

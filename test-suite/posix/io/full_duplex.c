// Goal: one thread blocked in read and another in write of the same socket do not disturb each other.
// Method: both ends send 4 MB while both receive, through buffers far smaller.
// RUN: %matrix %s
#include "net.h"
#define SIZE 4000000
static unsigned char byte(int end, long i) { return (unsigned char)(i * 31 + end); }
static int fds[2];
static void* sends(void* p) {
    int end = (int)(long)p;
    unsigned char* b = malloc(SIZE);
    for (long i = 0; i < SIZE; i++) b[i] = byte(end, i);
    CHECK(write(fds[end], b, SIZE) == SIZE);
    free(b);
    return p;
}
static void* receives(void* p) {
    int end = (int)(long)p;
    unsigned char b[5000];
    for (long i = 0; i < SIZE;) {
        ssize_t n = read(fds[end], b, sizeof b);
        CHECK(n > 0);
        for (ssize_t k = 0; k < n; k++) CHECK(b[k] == byte(1 - end, i + k));
        i += n;
    }
    return p;
}
int main(void) {
    struct sockaddr_in address;
    int listener = listen_on_loopback(&address, 5);
    fds[0] = connect_to(&address);
    CHECK((fds[1] = accept(listener, 0, 0)) >= 0);
    pthread_t t[4];
    for (long i = 0; i < 4; i++) t[i] = start(i & 1 ? sends : receives, (void*)(i / 2));
    for (int i = 0; i < 4; i++) join(t[i]);
}

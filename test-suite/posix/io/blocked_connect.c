// Goal: connects to a listener whose queue is full wait without kernel threads, and succeed once connections are accepted.
// Method: the kernel drops the SYNs of some of 20 threads and sends them again about a second later, so the test takes some seconds.
// RUN: %matrix --seconds 120 %s
#include "blocked.h"
#include "net.h"
#define N 20
static struct sockaddr_in address;
static void* connects(void* p) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    enter();
    CHECK(fd >= 0 && connect(fd, (struct sockaddr*)&address, sizeof address) == 0);
    char c = (char)(long)p;
    CHECK(write(fd, &c, 1) == 1 && read(fd, &c, 1) == 1);
    close(fd);
    return (void*)(long)c;
}
int main(void) {
    pthread_t t[N];
    int seen[N] = {0}, listener = listen_on_loopback(&address, 8);
    block(t, N, connects);
    for (int i = 0; i < N; i++) {
        char c;
        int fd = accept(listener, 0, 0);
        CHECK(fd >= 0 && read(fd, &c, 1) == 1 && write(fd, &c, 1) == 1);
        seen[(int)c]++;
        close(fd);
    }
    for (long i = 0; i < N; i++) CHECK((long)join(t[i]) == i);
    for (int i = 0; i < N; i++) CHECK(seen[i] == 1);
}

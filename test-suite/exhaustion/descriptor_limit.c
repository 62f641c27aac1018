// Goal: with RLIMIT_NOFILE reached, the runtime's own descriptors included, every call says EMFILE where the manual has it, waits still work, and all is well when
// there are descriptors again. Method: all numbers taken before the first thread is made, then released; taken again with threads parked on a pipe and a socket.
// RUN: %matrix %s
#include "check.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
enum { most = 256 };
static int taken[most], count;
static void take_all(void) {
    while ((taken[count] = dup(0)) >= 0) count++;
    CHECK(errno == EMFILE);
}
static void release_all(void) {
    while (count) CHECK(close(taken[--count]) == 0);
}
static void* returns(void* p) { return p; }
static void* reads(void* fd) {
    char byte;
    CHECK(read((int)(long)fd, &byte, 1) == 1);
    return fd;
}
static void* looks(void* fd) {
    struct pollfd p = {(int)(long)fd, POLLIN, 0};
    CHECK(poll(&p, 1, 10000) == 1);
    return fd;
}
int main(void) {
    struct rlimit l = {most, most};
    pthread_t t[6], probe;
    int p[2], s[2], none[2], error;
    CHECK(setrlimit(RLIMIT_NOFILE, &l) == 0);
    CHECK(pipe(p) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    take_all();
    for (int i = 0; i < 200; i++) {  // the runtime has no descriptor to begin with; each time nothing of it stays behind
        error = pthread_create(&probe, 0, returns, 0);
        CHECK(error == EAGAIN || error == 0);
        if (!error) join(probe);
    }
    release_all();
    join(start(returns, 0));
    for (int i = 0; i < 6; i++) t[i] = start(i < 4 ? reads : looks, (void*)(long)(i % 2 ? p[0] : s[0]));
    settle();
    take_all();
    CHECK(pipe(none) == -1 && errno == EMFILE);
    CHECK(socket(AF_UNIX, SOCK_STREAM, 0) == -1 && errno == EMFILE);
    CHECK(epoll_create1(0) == -1 && errno == EMFILE);
    CHECK(open("/dev/null", O_RDONLY) == -1 && errno == EMFILE);
    join(start(returns, 0));
    sleep_ms(20);
    CHECK(write(p[1], "xxx", 3) == 3 && write(s[1], "xxx", 3) == 3);
    for (int i = 0; i < 6; i++) join(t[i]);
    release_all();
    CHECK(pipe(none) == 0);
}

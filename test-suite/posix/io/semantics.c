// Goal: what a blocking descriptor promises. O_NONBLOCK set by the program gives EAGAIN at once, and is never seen otherwise; timeouts of
// sockets; MSG_WAITALL; a large write arrives whole at a slow reader; EOF and shutdown wake; EPIPE.
// RUN: %matrix %s
#include "check.h"
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
static int fds[2], stop;
static void* watch(void* p) {
    while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
        int* f = p;
        CHECK(!(fcntl(f[0], F_GETFL) & O_NONBLOCK) && !(fcntl(f[1], F_GETFL) & O_NONBLOCK));
        sched_yield();
    }
    return 0;
}
static void* slow_reader(void* p) {
    int fd = *(int*)p;
    char b[50000];
    long sum = 0, n, count = 0;
    while ((n = read(fd, b, sizeof b)) > 0) {
        for (long i = 0; i < n; i++) sum += (unsigned char)b[i];
        if (++count % 8 == 0) sleep_ms(1);
    }
    CHECK(n == 0);
    return (void*)sum;
}
static void large_writes(int make(int*)) {
    static char big[3000000];
    long sum = 0;
    for (long i = 0; i < (long)sizeof big; i++) sum += (unsigned char)(big[i] = (char)(i * 7));
    CHECK(make(fds) == 0);
    stop = 0;
    pthread_t w = start(watch, fds), t = start(slow_reader, &fds[0]);
    CHECK(write(fds[1], big, sizeof big) == (ssize_t)sizeof big);
    struct iovec v[3] = {{big, 1000000}, {big + 1000000, 5}, {big + 1000005, sizeof big - 1000005}};
    CHECK(writev(fds[1], v, 3) == (ssize_t)sizeof big);
    __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
    join(w);
    close(fds[1]);
    CHECK((long)join(t) == 2 * sum);
    close(fds[0]);
}
static int stream(int* f) {
    int r = socketpair(AF_UNIX, SOCK_STREAM, 0, f);
    return r;
}
static void* sends_pieces(void* p) {
    for (int i = 0; i < 10; i++) {
        CHECK(write(*(int*)p, "0123456789", 10) == 10);
        sleep_ms(2);
    }
    return 0;
}
static void* reads_one(void* p) {
    char c;
    return (void*)(long)read(*(int*)p, &c, 1);
}
static void* shuts(void* p) {
    sleep_ms(10);
    shutdown(*(int*)p, SHUT_RDWR);
    return 0;
}
int main(void) {
    char b[100];
    signal(SIGPIPE, SIG_IGN);
    join(start(shuts, &fds[0]));  // the runtime runs from here on
    large_writes(pipe);
    large_writes(stream);

    CHECK(pipe(fds) == 0 && fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
    CHECK(read(fds[0], b, 1) == -1 && errno == EAGAIN);
    close(fds[0]);
    CHECK(write(fds[1], b, 1) == -1 && errno == EPIPE);

    CHECK(stream(fds) == 0);
    CHECK(recv(fds[0], b, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    struct timeval tv = {0, 50000};
    CHECK(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv) == 0);
    long begin = now_ms();
    CHECK(read(fds[0], b, 1) == -1 && errno == EAGAIN && now_ms() - begin >= 49);
    CHECK(recv(fds[0], b, 1, 0) == -1 && errno == EAGAIN && now_ms() - begin >= 98);
    CHECK(setsockopt(fds[1], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv) == 0);
    static char filler[1 << 20];
    CHECK(send(fds[1], filler, sizeof filler, 0) > 0);  // partly, then the time is over
    CHECK(send(fds[1], filler, sizeof filler, 0) == -1 && errno == EAGAIN);
    close(fds[0]), close(fds[1]);

    CHECK(stream(fds) == 0);
    pthread_t t = start(sends_pieces, &fds[1]);
    CHECK(recv(fds[0], b, 100, MSG_WAITALL) == 100 && memcmp(b + 90, "0123456789", 10) == 0);
    join(t);
    t = start(reads_one, &fds[0]);
    join(start(shuts, &fds[0]));
    CHECK(join(t) == 0);
}

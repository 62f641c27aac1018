// Bytes that arrive, numbers closed under those who wait, time-outs.
#pragma once
#include "torture.h"
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

// A stream of bytes between two threads, in pieces of any size, written and read in any way.
struct stream {
    int fds[2], socket;  // reads 0, writes 1
    long written, number;
};
static void* stream_writes(void* p) {
    struct stream* s = p;
    unsigned char buffer[5000];
    seed_thread(s->number * 10 + 1);
    while (!LOAD(stop)) {
        long n = 1 + chance(chance(2) ? 20 : sizeof buffer), done = 0, half;
        put_pattern(buffer, s->written, n);
        while (done < n) {
            int before = my_handlers;
            half = (n - done) / 2;
            struct iovec iov[2] = {{buffer + done, (size_t)half}, {buffer + done + half, (size_t)(n - done - half)}};
            struct msghdr m = {.msg_iov = iov, .msg_iovlen = 2};
            int way = chance(s->socket ? 4 : 2);
            long r = way == 0   ? write(s->fds[1], buffer + done, (size_t)(n - done))
                     : way == 1 ? writev(s->fds[1], iov, 2)
                     : way == 2 ? send(s->fds[1], buffer + done, (size_t)(n - done), 0)
                                : sendmsg(s->fds[1], &m, 0);
            if (r < 0) CHECK(INTERRUPTED(before));
            else CHECK(r > 0 && r <= n - done && (r == n - done || my_handlers != before));  // whole, but for a signal
            if (r > 0) done += r;
        }
        s->written += n;
        step();
        if (chance(50) == 0) sched_yield();
    }
    CHECK(close(s->fds[1]) == 0);
    return 0;
}
static void stream_reads(long number) {
    struct stream s = {.socket = chance(2), .number = number};
    CHECK(s.socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, s.fds) == 0 : pipe(s.fds) == 0);
    pthread_t t = start(stream_writes, &s);
    unsigned char buffer[3000];
    long got = 0;
    for (;;) {
        int before = my_handlers, way = chance(s.socket ? 5 : 3);
        size_t n = 1 + (size_t)chance(chance(2) ? 20 : sizeof buffer);
        struct iovec iov[2] = {{buffer, n / 2}, {buffer + n / 2, n - n / 2}};
        struct pollfd f = {s.fds[0], POLLIN, 0};
        if (way == 2 && poll(&f, 1, 5) < 0) CHECK(INTERRUPTED(before));
        long r = way == 1   ? readv(s.fds[0], iov, 2)
                 : way == 3 ? recv(s.fds[0], buffer, n, 0)
                 : way == 4 ? recv(s.fds[0], buffer, n, MSG_WAITALL)
                            : read(s.fds[0], buffer, n);
        if (r < 0) {
            CHECK(INTERRUPTED(before));
            continue;
        }
        if (r == 0) break;
        CHECK(is_pattern(buffer, got, r));
        got += r;
    }
    join(t);
    CHECK(got == s.written);
    CHECK(close(s.fds[0]) == 0);
}

// A number is closed or replaced while another thread may wait on it. The numbers lie high: nothing else is opened there.
struct closing {
    int number, entered, way, pipes[2][2];
};
static void* waits_on_closed(void* p) {
    struct closing* c = p;
    char byte;
    struct pollfd f = {c->number, POLLIN, 0};
    STORE(c->entered, 1);
    for (;;) {
        int before = my_handlers;
        long r = c->way == 0 ? read(c->number, &byte, 1) : poll(&f, 1, 50);
        if (r < 0 && INTERRUPTED(before)) continue;
        if (c->way == 0) CHECK((r < 0 && errno == EBADF) || (r == 1 && byte == 'x'));
        else CHECK(r == 0 || r == 1);
        return (void*)r;
    }
}
static void one_close(long number) {
    struct closing c = {.number = 2000 + (int)number * 8 + chance(8), .way = chance(2)};
    CHECK(pipe(c.pipes[0]) == 0 && pipe(c.pipes[1]) == 0);
    CHECK(dup2(c.pipes[0][0], c.number) == c.number);
    pthread_t t = start(waits_on_closed, &c);
    while (!LOAD(c.entered)) sched_yield();
    if (chance(2)) sleep_ms(chance(3));
    int replaced = chance(2);
    if (replaced) CHECK(dup2(c.pipes[1][0], c.number) == c.number);
    else CHECK(close(c.number) == 0);
    // It waits on either.
    CHECK(write(c.pipes[0][1], "x", 1) == 1 && write(c.pipes[1][1], "x", 1) == 1);
    long r = (long)join(t);
    int left = 0;
    char byte;
    for (int i = 0; i < 2; i++) {
        CHECK(fcntl(c.pipes[i][0], F_SETFL, O_NONBLOCK) == 0);
        left += read(c.pipes[i][0], &byte, 1) == 1;
    }
    CHECK(left == 2 - (c.way == 0 && r == 1));
    if (replaced) CHECK(close(c.number) == 0);
    for (int i = 0; i < 4; i++) CHECK(close(c.pipes[i / 2][i % 2]) == 0);
}
// A socket is shut down under its readers.
static void* reads_to_end(void* p) {
    char c;
    for (;;) {
        int before = my_handlers;
        long r = recv(*(int*)p, &c, 1, 0);
        if (r < 0) CHECK(INTERRUPTED(before));
        else CHECK(r == 0);
        if (r == 0) return 0;
    }
}
static void one_shutdown(void) {
    int pair[2];
    pthread_t t[3];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    for (int i = 0; i < 3; i++) t[i] = start(reads_to_end, &pair[0]);
    if (chance(2)) sleep_ms(1);
    CHECK(shutdown(pair[chance(2)], SHUT_RDWR) == 0);
    for (int i = 0; i < 3; i++) join(t[i]);
    CHECK(close(pair[0]) == 0 && close(pair[1]) == 0);
}

// Nothing that is waited for happens: never early, and EINTR only after a handler.
static void one_timeout(void) {
    enum { n_ways = 10 };
    int way = chance(n_ways), before = my_handlers, empty[2], epoll;
    long ms = chance(6), r = -1;
    clockid_t clock = way < 3 ? CLOCK_REALTIME : CLOCK_MONOTONIC;
    struct timespec begin, at, rest = {ms / 1000, ms % 1000 * 1000000}, left = {-1, 0};
    struct epoll_event e = {.events = EPOLLIN};
    CHECK(pipe(empty) == 0 && (epoll = epoll_create1(0)) >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, empty[0], &e) == 0);
    struct pollfd f = {empty[0], POLLIN, 0};
    struct timeval tv = {0, ms * 1000};
    fd_set set;
    FD_ZERO(&set);
    FD_SET(empty[0], &set);
    sem_t sem;
    sem_init(&sem, 0, 0);
    pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
    sigset_t waits_for;
    sigemptyset(&waits_for);
    sigaddset(&waits_for, SIGRTMIN + 9);
    clock_gettime(clock, &begin);
    at = in_ms(clock, ms);
    int expired = 0;
    errno = 0;
    switch (way) {
    case 0:
        pthread_mutex_lock(&m);
        r = pthread_cond_timedwait(&cond, &m, &at);
        CHECK(r == 0 || r == ETIMEDOUT);
        CHECK0(pthread_mutex_unlock(&m));
        expired = r == ETIMEDOUT;
        break;
    case 1: r = sem_timedwait(&sem, &at); expired = r && errno == ETIMEDOUT; CHECK(r == -1 && (expired || INTERRUPTED(before))); break;
    case 2:
        pthread_mutex_lock(&m);
        r = pthread_mutex_timedlock(&m, &at);
        CHECK(r == ETIMEDOUT);
        CHECK0(pthread_mutex_unlock(&m));
        expired = 1;
        break;
    case 3: r = poll(&f, 1, (int)ms); expired = r == 0; CHECK(expired || INTERRUPTED(before)); break;
    case 4:
        r = nanosleep(&rest, &left), expired = r == 0;
        // The kernel's rest may exceed what was asked for by the timer slack (prctl(2), 50 us).
        CHECK(expired || (INTERRUPTED(before) && left.tv_sec == 0 && left.tv_nsec >= 0 && left.tv_nsec <= ms * 1000000 + 50000));
        break;
    case 5: r = clock_nanosleep(clock, TIMER_ABSTIME, &at, 0), expired = r == 0; errno = (int)r; CHECK(expired || INTERRUPTED(before)); break;
    case 6: r = select(empty[0] + 1, &set, 0, 0, &tv), expired = r == 0; CHECK(expired || INTERRUPTED(before)); break;
    case 7: r = epoll_wait(epoll, &e, 1, (int)ms), expired = r == 0; CHECK(expired || INTERRUPTED_LOOSELY); break;
    case 8: r = sigtimedwait(&waits_for, 0, &rest), expired = r < 0 && errno == EAGAIN; CHECK(expired || INTERRUPTED(before)); break;
    case 9: {
        int pair[2];
        struct timeval limit = {0, ms ? ms * 1000 : 1};
        char c;
        CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
        r = recv(pair[0], &c, 1, 0), expired = r < 0 && errno == EAGAIN;
        CHECK(expired || INTERRUPTED_LOOSELY);
        CHECK(close(pair[0]) == 0 && close(pair[1]) == 0);
        break;
    }
    }
    long slack = way == 9 ? 10000000 : way == 6 || way == 7 || way == 3 || way < 3 ? 1000000 : 0;  // ticks; steps of the real clock
    if (expired) CHECK(since_ns(clock, begin) >= ms * 1000000 - slack);
    CHECK(close(empty[0]) == 0 && close(empty[1]) == 0 && close(epoll) == 0);
}

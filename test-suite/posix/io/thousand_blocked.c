// Goal: 1,000 threads blocked in each kind of wait hold no kernel threads, and each gets its own result when it is released.
// RUN: %matrix %s
#include "check.h"
#include <poll.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#define N 1000
static int pair[N][2];
static sem_t sems[N];
static int entered, futexes[N], kind;
enum { read_pipe, recv_socket, recvmsg_socket, poll_pipe, select_pipe, epoll_pipe, wait_sem, wait_futex, read_event, kinds };
static long waits(int i) {
    char c = 0;
    uint64_t v = 0;
    switch (kind) {
    case read_pipe: return read(pair[i][0], &c, 1) == 1 ? c : -1;
    case recv_socket: return recv(pair[i][0], &c, 1, 0) == 1 ? c : -1;
    case recvmsg_socket: {
        struct iovec v = {&c, 1};
        struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
        return recvmsg(pair[i][0], &m, 0) == 1 ? c : -1;
    }
    case poll_pipe: {
        struct pollfd f = {pair[i][0], POLLIN, 0};
        return poll(&f, 1, -1) == 1 && f.revents == POLLIN && read(pair[i][0], &c, 1) == 1 ? c : -1;
    }
    case select_pipe: {
        fd_set s;
        if (pair[i][0] >= FD_SETSIZE) return i % 100;
        FD_ZERO(&s);
        FD_SET(pair[i][0], &s);
        return select(pair[i][0] + 1, &s, 0, 0, 0) == 1 && FD_ISSET(pair[i][0], &s) && read(pair[i][0], &c, 1) == 1 ? c : -1;
    }
    case epoll_pipe: {
        int e = epoll_create1(0);
        struct epoll_event ev = {.events = EPOLLIN};
        CHECK(e >= 0 && epoll_ctl(e, EPOLL_CTL_ADD, pair[i][0], &ev) == 0);
        int n = epoll_wait(e, &ev, 1, -1);
        close(e);
        return n == 1 && read(pair[i][0], &c, 1) == 1 ? c : -1;
    }
    case wait_sem: return sem_wait(&sems[i]) == 0 ? i % 100 : -1;
    case wait_futex:
        while (!__atomic_load_n(&futexes[i], __ATOMIC_SEQ_CST)) syscall(SYS_futex, &futexes[i], 128, 0, 0);
        return i % 100;
    case read_event: return read(pair[i][0], &v, 8) == 8 ? (long)v - 1 : -1;
    }
    return -1;
}
static void release(int i) {
    char c = (char)(i % 100);
    uint64_t v = (uint64_t)c + 1;
    if (kind == wait_sem) sem_post(&sems[i]);
    else if (kind == wait_futex) {
        __atomic_store_n(&futexes[i], 1, __ATOMIC_SEQ_CST);
        syscall(SYS_futex, &futexes[i], 129, 1);
    } else if (kind == read_event) CHECK(write(pair[i][0], &v, 8) == 8);
    else CHECK(write(pair[i][1], &c, 1) == 1);
}
static void open_pair(int i) {
    if (kind == read_event) CHECK((pair[i][0] = eventfd(0, 0)) >= 0 && (pair[i][1] = dup(0)) >= 0);
    else if (kind == recv_socket || kind == recvmsg_socket) CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair[i]) == 0);
    else CHECK(pipe(pair[i]) == 0);
    sem_init(&sems[i], 0, 0);
    futexes[i] = 0;
}
static void* f(void* p) {
    __atomic_fetch_add(&entered, 1, __ATOMIC_SEQ_CST);
    return (void*)waits((int)(long)p);
}
int main(void) {
    static pthread_t t[N];
    struct rlimit l;
    getrlimit(RLIMIT_NOFILE, &l);
    l.rlim_cur = l.rlim_max;
    CHECK(setrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur >= 3 * N + 100);
    int coroutines = threads_are_coroutines();
    for (kind = 0; kind < kinds; kind++) {
        entered = 0;
        for (long i = 0; i < N; i++) {
            open_pair((int)i);
            t[i] = start(f, (void*)i);
        }
        while (__atomic_load_n(&entered, __ATOMIC_SEQ_CST) < N) sched_yield();
        sleep_ms(20);
        int n = kernel_threads();
        if (coroutines && n > 40) {
            fprintf(stderr, "kind %d: %d kernel threads\n", kind, n);
            return 1;
        }
        for (int i = 0; i < N; i++) release(i * 7 % N);
        for (int i = 0; i < N; i++) {
            long r = (long)join(t[i]);
            if (kind == select_pipe && pair[i][0] >= FD_SETSIZE) continue;
            if (r != i % 100) {
                fprintf(stderr, "kind %d, thread %d: %ld\n", kind, i, r);
                return 1;
            }
        }
        for (int i = 0; i < N; i++) close(pair[i][0]), close(pair[i][1]);
    }
}

// Goal: 1,000 threads blocked in each of the waits that have no test of their own hold no kernel threads, and all go on when they are released.
// RUN: %matrix --seconds 300 %s
#include "blocked.h"
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <threads.h>
enum { N = 1000 };
enum { by_readv, by_recvfrom, by_ppoll, by_pselect, by_epoll_pwait, by_clock_nanosleep, by_usleep, by_sem_timedwait, by_cond_timedwait, by_timedlock,
       by_rdlock, by_wrlock, by_barrier, by_join, by_sigwait, by_sigtimedwait, by_sigsuspend, by_pause, by_mtx, by_cnd, by_thrd_join, by_flockfile, kinds };
static int kind, finished, go, fds[2], epoll_fd;
static sem_t sem;
static pthread_mutex_t m;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rw;
static pthread_barrier_t barrier;
static mtx_t mtx;
static cnd_t cnd;
static pthread_t joined[N];
static thrd_t thrd_joined[N];
static FILE* file;
static sigset_t usr1, none;

static void on_signal(int sig) {}
static void wait_for_post(void) { CHECK(sem_wait(&sem) == 0); }
static void* parks(void* p) {
    wait_for_post();
    return p;
}
static int thrd_parks(void* p) {
    wait_for_post();
    return 7;
}

static void wait_here(long i) {
    char b;
    int sig;
    struct timespec far = in_ms(CLOCK_REALTIME, 1000000), relative = {1000, 0}, third = {0, 300000000};
    struct iovec v[2] = {{&b, 1}, {&b, 0}};
    struct pollfd p = {fds[0], POLLIN, 0};
    struct epoll_event e;
    fd_set set;
    FD_ZERO(&set);
    if (fds[0] < FD_SETSIZE) FD_SET(fds[0], &set);
    switch (kind) {
    case by_readv: CHECK(readv(fds[0], v, 2) == 1); break;
    case by_recvfrom: CHECK(recvfrom(fds[0], &b, 1, 0, 0, 0) == 1); break;
    case by_ppoll: CHECK(ppoll(&p, 1, &relative, &none) == 1); break;
    case by_pselect: CHECK(pselect(fds[0] + 1, &set, 0, 0, &relative, &none) == 1); break;
    case by_epoll_pwait: CHECK(epoll_pwait(epoll_fd, &e, 1, 1000000, &none) == 1); break;
    case by_clock_nanosleep: CHECK0(clock_nanosleep(CLOCK_MONOTONIC, 0, &third, 0)); break;
    case by_usleep: CHECK(usleep(300000) == 0); break;
    case by_sem_timedwait: CHECK(sem_timedwait(&sem, &far) == 0); break;
    case by_cond_timedwait:
        CHECK0(pthread_mutex_lock(&m));
        while (!go) CHECK0(pthread_cond_timedwait(&c, &m, &far));
        CHECK0(pthread_mutex_unlock(&m));
        break;
    case by_timedlock:
        CHECK0(pthread_mutex_timedlock(&m, &far));
        CHECK0(pthread_mutex_unlock(&m));
        break;
    case by_rdlock:
    case by_wrlock:
        CHECK0(kind == by_rdlock ? pthread_rwlock_rdlock(&rw) : pthread_rwlock_wrlock(&rw));
        CHECK0(pthread_rwlock_unlock(&rw));
        break;
    case by_barrier: pthread_barrier_wait(&barrier); break;
    case by_join: CHECK(join(joined[i]) == (void*)i); break;
    case by_sigwait: CHECK(sigwait(&usr1, &sig) == 0 && sig == SIGUSR1); break;
    case by_sigtimedwait: CHECK(sigtimedwait(&usr1, 0, &relative) == SIGUSR1); break;
    case by_sigsuspend: CHECK(sigsuspend(&none) == -1 && errno == EINTR); break;
    case by_pause: CHECK(pause() == -1 && errno == EINTR); break;
    case by_mtx:
        CHECK(mtx_lock(&mtx) == thrd_success);
        mtx_unlock(&mtx);
        break;
    case by_cnd:
        mtx_lock(&mtx);
        while (!go) CHECK(cnd_wait(&cnd, &mtx) == thrd_success);
        mtx_unlock(&mtx);
        break;
    case by_thrd_join: CHECK(thrd_join(thrd_joined[i], &sig) == thrd_success && sig == 7); break;
    case by_flockfile:
        flockfile(file);
        funlockfile(file);
        break;
    }
}
static void* waits(void* p) {
    if (kind != by_pause) pthread_sigmask(SIG_BLOCK, &usr1, 0);
    enter();
    wait_here((long)p);
    ADD(finished, 1);
    return p;
}
static void prepare(void) {
    STORE(finished, 0);
    go = 0;
    sem_init(&sem, 0, 0);
    CHECK((kind == by_recvfrom ? socketpair(AF_UNIX, SOCK_STREAM, 0, fds) : pipe(fds)) == 0);
    struct epoll_event e = {.events = EPOLLIN};
    CHECK(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fds[0], &e) == 0);
    pthread_mutex_init(&m, 0), pthread_rwlock_init(&rw, 0), pthread_barrier_init(&barrier, 0, N + 1), mtx_init(&mtx, mtx_plain), cnd_init(&cnd);
    if (kind == by_timedlock) pthread_mutex_lock(&m);
    if (kind == by_rdlock || kind == by_wrlock) pthread_rwlock_wrlock(&rw);
    if (kind == by_mtx) mtx_lock(&mtx);
    if (kind == by_flockfile) flockfile(file);
    for (long i = 0; i < N; i++) {
        if (kind == by_join) joined[i] = start(parks, (void*)i);
        if (kind == by_thrd_join) CHECK(thrd_create(&thrd_joined[i], thrd_parks, 0) == thrd_success);
    }
}
static void release(pthread_t* t) {
    static char bytes[N];
    int reads = kind == by_readv || kind == by_recvfrom;
    if (kind <= by_epoll_pwait) CHECK(write(fds[1], bytes, reads ? N : 1) == (reads ? N : 1));
    if (kind == by_sem_timedwait || kind == by_join || kind == by_thrd_join)
        for (int i = 0; i < N; i++) sem_post(&sem);
    if (kind == by_cond_timedwait) pthread_mutex_lock(&m), go = 1, pthread_cond_broadcast(&c), pthread_mutex_unlock(&m);
    if (kind == by_timedlock) pthread_mutex_unlock(&m);
    if (kind == by_rdlock || kind == by_wrlock) pthread_rwlock_unlock(&rw);
    if (kind == by_barrier) pthread_barrier_wait(&barrier);
    if (kind == by_mtx) mtx_unlock(&mtx);
    if (kind == by_cnd) mtx_lock(&mtx), go = 1, cnd_broadcast(&cnd), mtx_unlock(&mtx);
    if (kind == by_flockfile) funlockfile(file);
    // One that was about to pause has its signal too early: again, until all have gone on.
    while (kind >= by_sigwait && kind <= by_pause && LOAD(finished) < N) {
        for (int i = 0; i < N; i++) CHECK0(pthread_kill(t[i], SIGUSR1));
        sleep_ms(5);
    }
}
int main(void) {
    static pthread_t t[N];
    struct sigaction sa = {.sa_handler = on_signal};
    sigemptyset(&usr1), sigemptyset(&none);
    sigaddset(&usr1, SIGUSR1);
    CHECK(sigaction(SIGUSR1, &sa, 0) == 0);
    CHECK((file = tmpfile()) && (epoll_fd = epoll_create1(0)) >= 0);
    for (kind = 0; kind < kinds; kind++) {
        prepare();
        block(t, N, waits);
        CHECK(LOAD(finished) == 0 || kind == by_clock_nanosleep || kind == by_usleep);
        release(t);
        for (long i = 0; i < N; i++) CHECK((long)join(t[i]) == i);
        close(fds[0]), close(fds[1]);
    }
}

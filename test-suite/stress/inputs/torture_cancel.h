// Cancellation at every kind of cancellation point, beside signals; siglongjmp out of calls.
#pragma once
#include "torture.h"
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>

// A child whose parent fails goes too.
static inline void child_ends_by_itself(void) {
    install(SIGALRM, SIG_DFL, 0, 0);
    mask(SIG_UNBLOCK, SIGALRM);
    alarm(60);
}

// What a victim waits in. Nothing of it ever comes to an end by itself, but for the sleeps of a thread that is joined.
enum { way_read, way_write, way_poll, way_select, way_nanosleep, way_clock_nanosleep, way_sem_wait, way_sem_timedwait, way_cond_wait,
       way_cond_timedwait, way_pause, way_sigsuspend, way_sigwait, way_sigtimedwait, way_accept, way_recv, way_recvmsg, way_send, way_epoll,
       way_join, way_waitpid, way_lock, way_fifo, way_testcancel, way_disabled, way_asynchronous, ways };

struct victim {
    long way, number;
    int entered, cleaned, finished;
    int empty[2], full[2], pair[2], listener, epoll;
    sem_t sem;
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    pthread_t sleeper;
    pid_t child;
};
static void victim_cleanup(void* p) {
    struct victim* v = p;
    v->cleaned++;
    if (v->way != way_cond_wait && v->way != way_cond_timedwait) return;
    CHECK(pthread_mutex_trylock(&v->mutex) == EBUSY);  // taken again by the wait
    CHECK0(pthread_mutex_unlock(&v->mutex));
}
static void* sleeps_short(void* p) {
    mask(SIG_BLOCK, 0);
    sleep_ms(30);
    return p;
}
static void victim_waits(struct victim* v) {
    static char junk[1 << 16];
    char c;
    struct pollfd f = {v->empty[0], POLLIN, 0};
    struct epoll_event event;
    struct iovec iov = {&c, 1};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    struct timespec hour = in_ms(CLOCK_REALTIME, 3600000), day = {86400, 0};
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    sigset_t waits_for, blocked;
    fd_set set;
    int sig, before = my_handlers;
    sigemptyset(&waits_for);
    sigaddset(&waits_for, SIGRTMIN + 9);
    pthread_sigmask(SIG_BLOCK, 0, &blocked);
    FD_ZERO(&set);
    FD_SET(v->empty[0], &set);
    long r = -2;
    errno = 0;
    switch (v->way) {
    case way_read: r = read(v->empty[0], &c, 1); break;
    case way_write: r = write(v->full[1], junk, sizeof junk); break;
    case way_poll: r = poll(&f, 1, -1); break;
    case way_select: r = select(v->empty[0] + 1, &set, 0, 0, 0); break;
    case way_nanosleep: r = nanosleep(&day, 0); break;
    case way_clock_nanosleep: errno = clock_nanosleep(CLOCK_MONOTONIC, 0, &day, 0), r = -1; break;
    case way_sem_wait: r = sem_wait(&v->sem); break;
    case way_sem_timedwait: r = sem_timedwait(&v->sem, &hour); break;
    case way_cond_wait: CHECK0(pthread_cond_wait(&v->cond, &v->mutex)); return;
    case way_cond_timedwait: CHECK0(pthread_cond_timedwait(&v->cond, &v->mutex, &hour)); return;
    case way_pause: r = pause(); break;
    case way_sigsuspend: r = sigsuspend(&blocked); break;
    case way_sigwait: errno = sigwait(&waits_for, &sig), r = -1; break;
    case way_sigtimedwait: r = sigtimedwait(&waits_for, 0, &day); break;
    case way_accept: r = accept(v->listener, 0, 0); break;
    case way_recv: r = recv(v->pair[0], &c, 1, chance(2) ? MSG_WAITALL : 0); break;
    case way_recvmsg: r = recvmsg(v->pair[0], &message, 0); break;
    case way_send: r = send(v->pair[0], junk, sizeof junk, 0); break;
    case way_epoll: r = epoll_wait(v->epoll, &event, 1, -1); break;
    case way_join: errno = pthread_join(v->sleeper, 0), r = -1, v->finished = 1; CHECK(errno == 0); return;
    case way_waitpid: r = waitpid(v->child, &sig, 0); break;
    case way_lock: r = fcntl(v->full[0], F_SETLKW, &lock); break;
    case way_fifo: r = open("torture-fifo", O_RDONLY); break;
    case way_testcancel: pthread_testcancel(); sched_yield(); return;
    case way_asynchronous: for (volatile int i = 0; i < 1000; i++) {} return;
    }
    // A handler without SA_RESTART has ended it; or (write, send) it has moved something.
    if ((v->way == way_write || v->way == way_send) && r > 0) return;
    if (r == -1 && (INTERRUPTED(before) || (v->way == way_epoll && INTERRUPTED_LOOSELY))) return;
    fprintf(stderr, "cancellation point %ld gave %ld, %s; handlers: %d\n", v->way, r, strerror(errno), my_handlers - before);
    CHECK(!"it may end so");
}
static void* victim_runs(void* p) {
    struct victim* v = p;
    seed_thread(v->number);
    if (v->way == way_asynchronous) mask(SIG_BLOCK, 0);
    if (v->way == way_cond_wait || v->way == way_cond_timedwait) CHECK0(pthread_mutex_lock(&v->mutex));
    pthread_cleanup_push(victim_cleanup, v);
    if (v->way == way_disabled) {
        CHECK0(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, 0));
        STORE(v->entered, 1);
        for (int i = chance(4); i >= 0; i--) sleep_ms(1);
        CHECK0(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, 0));
        for (;;) pthread_testcancel(), sched_yield();
    }
    STORE(v->entered, 1);
    if (v->way == way_asynchronous) pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, 0);
    while (!v->finished) victim_waits(v);
    pthread_cleanup_pop(0);
    return v;
}
static void one_cancellation(long number) {
    struct victim* v = calloc(1, sizeof *v);
    CHECK(v);
    v->way = chance(ways);
    v->number = number * 1000 + chance(1000);
    CHECK(pipe(v->empty) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, v->pair) == 0);
    v->full[0] = v->full[1] = v->epoll = v->listener = -1;
    CHECK(sem_init(&v->sem, 0, 0) == 0);
    CHECK0(pthread_mutex_init(&v->mutex, 0));
    CHECK0(pthread_cond_init(&v->cond, 0));
    if (v->way == way_write) CHECK(pipe(v->full) == 0);
    if (v->way == way_lock) CHECK((v->full[0] = open("torture-lock", O_RDWR)) >= 0);
    if (v->way == way_epoll) {
        struct epoll_event e = {.events = EPOLLIN};
        CHECK((v->epoll = epoll_create1(0)) >= 0 && epoll_ctl(v->epoll, EPOLL_CTL_ADD, v->empty[0], &e) == 0);
    }
    if (v->way == way_accept) CHECK((v->listener = socket(AF_INET, SOCK_STREAM, 0)) >= 0 && listen(v->listener, 5) == 0);
    if (v->way == way_join) v->sleeper = start(sleeps_short, 0);
    if (v->way == way_waitpid) {
        CHECK((v->child = fork()) >= 0);
        if (!v->child) {
            child_ends_by_itself();
            for (;;) pause();
        }
    }
    pthread_t t = start(victim_runs, v);
    int when = chance(4);
    if (when) while (!LOAD(v->entered)) sched_yield();
    if (when > 1) sleep_ms(when - 1);
    for (int i = chance(3); i > 0; i--) {
        CHECK0(pthread_kill(t, chance(2) ? restarting : interrupting));
        if (chance(2)) sched_yield();
    }
    CHECK0(pthread_cancel(t));
    if (chance(2)) CHECK0(pthread_kill(t, chance(2) ? restarting : interrupting));  // the id is valid until it is joined
    void* result = join(t);
    CHECK(result == PTHREAD_CANCELED || (v->way == way_join && result == v && v->finished));
    // Before it had pushed its handler it may have been cancelled at no cancellation point.
    CHECK(v->cleaned == (result == PTHREAD_CANCELED));
    CHECK0(pthread_mutex_trylock(&v->mutex));
    CHECK0(pthread_mutex_unlock(&v->mutex));
    CHECK0(pthread_mutex_destroy(&v->mutex));
    if (v->way == way_join && !v->finished) join(v->sleeper);
    if (v->way == way_waitpid) {
        int status;
        CHECK(kill(v->child, SIGKILL) == 0);
        while (waitpid(v->child, &status, 0) != v->child) CHECK(errno == EINTR);
        CHECK(WIFSIGNALED(status));
    }
    int fds[] = {v->empty[0], v->empty[1], v->full[0], v->full[1], v->pair[0], v->pair[1], v->listener, v->epoll};
    for (unsigned i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0) CHECK(close(fds[i]) == 0);
    free(v);
}

// Left by siglongjmp: a call that is async-signal-safe, or a loop.
static void jump_once(int fd, int pair) {
    sigjmp_buf back;
    char c;
    struct pollfd f = {fd, POLLIN, 0};
    struct timespec day = {86400, 0};
    fd_set set;
    sigset_t now;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    pthread_sigmask(SIG_BLOCK, 0, &now);
    int way = chance(9), before = my_handlers;
    my_jump = &back;
    long r = -1;
    if (sigsetjmp(back, 1) == 0) {
        my_jump_armed = 1;
        switch (way) {
        case 0: r = read(fd, &c, 1); break;
        case 1: r = poll(&f, 1, -1); break;
        case 2: r = select(fd + 1, &set, 0, 0, 0); break;
        case 3: r = nanosleep(&day, 0); break;
        case 4: r = recv(pair, &c, 1, 0); break;
        case 5: r = sigsuspend(&now); break;
        case 6: r = pause(); break;
        case 7: r = open("torture-fifo", O_RDONLY); break;
        case 8: for (volatile int i = 0; my_handlers == before; i++) {} errno = EINTR; break;
        }
        CHECK(r == -1 && errno == EINTR);
        my_jump_armed = 0;
    }
    CHECK(my_handlers != before);
    pthread_sigmask(SIG_BLOCK, 0, &now);
    CHECK(!sigismember(&now, jumping) && !sigismember(&now, restarting));
}

// Signals to threads and to the process, waits for them, timers, faults.
#include "workload.h"
#include <semaphore.h>
#include <setjmp.h>
#include <sys/time.h>

static int handled, stop;
static sem_t seen;
static pthread_t handler_thread;
static void handler(int sig) {
    ADD(handled, 1);
    handler_thread = pthread_self();
    sem_post(&seen);
}
static void on(int sig, void (*f)(int), int flags) {
    struct sigaction a = {.sa_flags = flags};
    a.sa_handler = f;
    CHECK(sigaction(sig, &a, 0) == 0);
}

static void* parks(void* p) {
    struct timespec limit = soon();
    while (!LOAD(stop)) CHECK(sem_timedwait((sem_t*)p, &limit) == 0 || errno == EINTR);
    return 0;
}
static void* spins(void* p) {
    while (!LOAD(stop)) {}
    return p;
}
static void* reads(void* fd) {
    char byte;
    CHECK(read((int)(long)fd, &byte, 1) == 1);  // SA_RESTART
    return 0;
}
// Each thread is told once, and it is that thread which runs the handler.
static void to_threads(void) {
    sem_t sem;
    pthread_t t[3];
    int p[2], n = 0;
    struct timespec limit = soon();
    CHECK(sem_init(&sem, 0, 0) == 0 && sem_init(&seen, 0, 0) == 0);
    on(SIGUSR1, handler, SA_RESTART);
    STORE(stop, 0), STORE(handled, 0);
    if (TRY(pipe(p), EMFILE, ENFILE) != 0) return;
    n += try_start(&t[n], parks, &sem);
    n += try_start(&t[n], spins, 0);
    n += try_start(&t[n], reads, (void*)(long)p[0]);
    sleep_ms(3);
    for (int i = 0; i < n; i++) {
        CHECK0(pthread_kill(t[i], SIGUSR1));
        while (sem_timedwait(&seen, &limit)) CHECK(errno == EINTR);
        CHECK(pthread_equal(handler_thread, t[i]));
    }
    CHECK0(pthread_kill(pthread_self(), SIGUSR1));
    CHECK(LOAD(handled) == n + 1);
    CHECK(kill(getpid(), SIGUSR1) == 0);
    while (sem_timedwait(&seen, &limit)) CHECK(errno == EINTR);
    STORE(stop, 1);
    sem_post(&sem);
    CHECK(write(p[1], "x", 1) == 1);
    join_many(t, n);
    CHECK(close(p[0]) == 0 && close(p[1]) == 0);
}

static void* waits(void* kind) {
    sigset_t set;
    int sig;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    if (kind == (void*)0) {
        CHECK0(sigwait(&set, &sig));
        CHECK(sig == SIGUSR2);
    } else if (kind == (void*)1) {
        siginfo_t info;
        struct timespec limit = {5, 0};
        CHECK(sigtimedwait(&set, &info, &limit) == SIGUSR2);
    } else {
        sigset_t open;
        CHECK0(pthread_sigmask(SIG_SETMASK, 0, &open));
        sigdelset(&open, SIGUSR2);
        CHECK(sigsuspend(&open) == -1 && errno == EINTR);
    }
    return 0;
}
static void awaited(void) {
    sigset_t set, old;
    pthread_t t;
    CHECK(sem_init(&seen, 0, 0) == 0);
    on(SIGUSR2, handler, SA_RESTART);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    CHECK0(pthread_sigmask(SIG_BLOCK, &set, &old));
    for (long kind = 0; kind < 3; kind++) {
        if (!try_start(&t, waits, (void*)kind)) break;
        sleep_ms(kind);
        CHECK0(pthread_kill(t, SIGUSR2));
        join(t);
    }
    if (try_start(&t, waits, 0)) {
        CHECK(TRY(kill(getpid(), SIGUSR2), EAGAIN) == 0);
        join(t);
    }
    CHECK0(pthread_sigmask(SIG_SETMASK, &old, 0));
}

static void* expires(void* p) {
    ADD(handled, 1);
    sem_post(&seen);
    return p;
}
static void notified(union sigval v) { expires(0); }
static void timers(void) {
    struct timespec limit = soon();
    struct itimerspec soon_ = {{0, 0}, {0, 3000000}};
    timer_t timer;
    CHECK(sem_init(&seen, 0, 0) == 0);
    on(SIGALRM, handler, SA_RESTART);
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
    if (TRY(timer_create(CLOCK_MONOTONIC, &e, &timer), EAGAIN, ENOMEM) == 0) {
        CHECK(timer_settime(timer, 0, &soon_, 0) == 0);
        while (sem_timedwait(&seen, &limit)) CHECK(errno == EINTR);
        CHECK(timer_delete(timer) == 0);
    }
    e = (struct sigevent){.sigev_notify = SIGEV_THREAD};
    e.sigev_notify_function = notified;
    if (TRY(timer_create(CLOCK_MONOTONIC, &e, &timer), EAGAIN, ENOMEM) == 0) {
        CHECK(timer_settime(timer, 0, &soon_, 0) == 0);
        while (sem_timedwait(&seen, &limit)) CHECK(errno == EINTR);
        CHECK(timer_delete(timer) == 0);
    }
    struct itimerval v = {{0, 0}, {0, 3000}};
    CHECK(setitimer(ITIMER_REAL, &v, 0) == 0);
    while (sem_timedwait(&seen, &limit)) CHECK(errno == EINTR);
}

static __thread sigjmp_buf back;
static void jumps(int sig) { siglongjmp(back, 1); }
static void* faults(void* p) {
    char stack[16384];
    stack_t alt = {stack, 0, sizeof stack}, off = {.ss_flags = SS_DISABLE};
    CHECK(sigaltstack(&alt, 0) == 0);
    for (int i = 0; i < 3; i++) {
        if (sigsetjmp(back, 1)) continue;
        *(volatile int*)8 = 1;
        CHECK(!"that is no memory");
    }
    CHECK(sigaltstack(&off, 0) == 0);
    return p;
}
static void faulting(void) {
    pthread_t t[2];
    on(SIGSEGV, jumps, SA_ONSTACK);
    join_many(t, try_start_many(t, 2, faults, 0));
    CHECK(TRY(write(1, (void*)8, 1), EFAULT, ENOSPC, EDQUOT) == -1);
    on(SIGSEGV, SIG_DFL, 0);
}

void signals_part(void) {
    to_threads(), awaited(), timers(), faulting(), to_threads();
    quiet();
}

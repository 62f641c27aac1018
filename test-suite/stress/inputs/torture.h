// What the actors of torture.c share: the seed, signals and their handlers, and what may be known about counts.
//
// Rules that keep the program a correct one: handlers call async-signal-safe functions only; siglongjmp leaves only such functions; a thread that is
// cancelled asynchronously runs no handlers; handlers of a thread that is cancelled call nothing (a cancellation point in them would end it there);
// numbers that are closed while others use them lie where no open(2) puts a file.
#pragma once
#include "check.h"
#include <sched.h>
#include <setjmp.h>

static int stop;                       // actors end soon after it is set
static unsigned seed_of_run;
static long steps;                     // of all actors

// One generator for each thread: what it does, the seed and its number say.
static __thread unsigned my_seed;
static inline void seed_thread(long number) { my_seed = seed_of_run * 2654435761u + (unsigned)number * 40503u + 1; }
static inline int chance(int n) { return rand_r(&my_seed) / 7 % n; }  // 0 .. n-1

// Signals. restarting, interrupting: to threads, no more than one of a kind is pending. counted: to the process, queued, handled once each.
// waited: blocked by all, to the process, taken by sigwait once each. jumping: leaves the call that it interrupts.
#define restarting SIGUSR1
#define interrupting SIGUSR2
#define counted (SIGRTMIN + 1)
#define waited (SIGRTMIN + 2)
#define jumping (SIGRTMIN + 3)
static int counted_sent, counted_handled, waited_sent, waited_taken;

static __thread volatile int my_handlers;      // that have run on this thread
static __thread volatile int my_handler_calls; // may the handlers make calls?
static __thread volatile int my_jump_armed;
static __thread sigjmp_buf* volatile my_jump;
static int sink[2];

static void on_thread(int sig) {
    int error = errno;
    my_handlers++;
    if (my_handler_calls && write(sink[1], "x", 1) < 0) CHECK(errno == EAGAIN);
    errno = error;
}
static void on_counted(int sig, siginfo_t* info, void* context) {
    my_handlers++;
    if (info->si_code == SI_QUEUE) ADD(counted_handled, 1);
}
static void on_jump(int sig) {
    my_handlers++;
    if (!my_jump_armed) return;
    my_jump_armed = 0;
    siglongjmp(*my_jump, 1);
}
static inline void install(int sig, void* handler, int flags, int all) {
    struct sigaction sa = {.sa_flags = flags};
    sa.sa_handler = (void (*)(int))handler;
    if (all) sigfillset(&sa.sa_mask);
    CHECK(sigaction(sig, &sa, 0) == 0);
}
static inline void install_handlers(void) {
    install(restarting, on_thread, SA_RESTART, 0);
    install(interrupting, on_thread, 0, 0);
    install(counted, on_counted, SA_RESTART | SA_SIGINFO, 1);  // all blocked: it is not to be left by a jump before it has counted
    install(jumping, on_jump, 0, 0);
    install(SIGALRM, on_thread, SA_RESTART, 0);
    install(SIGPROF, on_thread, SA_RESTART, 0);
    install(SIGPIPE, SIG_IGN, 0, 0);
}
static inline void mask(int how, int sig) {
    sigset_t set;
    sigemptyset(&set);
    if (sig) sigaddset(&set, sig);
    else sigfillset(&set);
    CHECK0(pthread_sigmask(how, &set, 0));
}

// A call that may end with EINTR does so only if a handler has run on this very thread. Linux's epoll_wait and socket calls with a time-out end also
// when another thread was faster to take a signal of the process.
#define INTERRUPTED(before) (errno == EINTR && my_handlers != (before))
#define INTERRUPTED_LOOSELY (errno == EINTR)

// Bytes as their place says.
static inline void put_pattern(unsigned char* to, long from, long n) {
    for (long i = 0; i < n; i++) to[i] = (unsigned char)((from + i) * 7 >> 3);
}
static inline int is_pattern(const unsigned char* at, long from, long n) {
    for (long i = 0; i < n; i++)
        if (at[i] != (unsigned char)((from + i) * 7 >> 3)) return 0;
    return 1;
}
static inline long since_ns(clockid_t clock, struct timespec t) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (now.tv_sec - t.tv_sec) * 1000000000 + now.tv_nsec - t.tv_nsec;
}
static inline void step(void) { __atomic_add_fetch(&steps, 1, __ATOMIC_RELAXED); }

// Goal: POSIX timers reach whom they are for: SIGEV_SIGNAL the process, SIGEV_THREAD a function in a thread of its own, SIGEV_THREAD_ID that thread,
// parked, running or blocking the signal. One signal waits for a timer, the other expirations are its overrun. Method: intervals of 2 ms and threads
// that note who they are.
// RUN: %matrix %s
#include "check.h"
#include <semaphore.h>
#include <sys/wait.h>

static sem_t called;
static int calls, wrong;
static pthread_t main_thread;

static timer_t arm(clockid_t clock, struct sigevent* event, long first_ms, long every_ms) {
    timer_t t;
    CHECK(timer_create(clock, event, &t) == 0);
    struct itimerspec when = {{every_ms / 1000, every_ms % 1000 * 1000000}, {first_ms / 1000, first_ms % 1000 * 1000000}};
    CHECK(timer_settime(t, 0, &when, 0) == 0);
    return t;
}

// ---- SIGEV_THREAD
static void notify(union sigval v) {
    if (v.sival_int != 42 || pthread_equal(pthread_self(), main_thread)) ADD(wrong, 1);
    ADD(calls, 1);
    sem_post(&called);
}
static void notify_and_exit(union sigval v) {
    ADD(calls, 1);
    sem_post(&called);
    pthread_exit(0);
}
static void in_a_thread(void (*f)(union sigval)) {
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = f, .sigev_value.sival_int = 42};
    STORE(calls, 0);
    timer_t t = arm(CLOCK_MONOTONIC, &event, 1, 2);
    for (int i = 0; i < 10; i++) CHECK(sem_wait(&called) == 0);
    CHECK(timer_delete(t) == 0);
    sleep_ms(10);
    int n = LOAD(calls);
    sleep_ms(20);
    CHECK(LOAD(calls) == n && !LOAD(wrong));
    while (sem_trywait(&called) == 0) {}
}

// ---- SIGEV_THREAD_ID
static int target_tid, handled, handled_elsewhere;
static void on_signal(int sig, siginfo_t* info, void* context) {
    if (info->si_code != SI_TIMER || info->si_value.sival_int != 7) ADD(wrong, 1);
    if (syscall(SYS_gettid) != LOAD(target_tid)) ADD(handled_elsewhere, 1);
    ADD(handled, 1);
}
static int stop;
static void* target(void* how) {
    STORE(target_tid, (int)syscall(SYS_gettid));
    sem_post(&called);
    switch ((long)how) {
    case 0:  // parked
        while (!LOAD(stop)) sleep_ms(1000);
        break;
    case 1:  // it runs
        while (!LOAD(stop)) {}
        break;
    case 2: {  // it waits for the signal
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGRTMIN);
        siginfo_t info;
        while (!LOAD(stop)) {
            CHECK(sigwaitinfo(&set, &info) == SIGRTMIN && info.si_code == SI_TIMER);
            ADD(handled, 1);
        }
        break;
    }
    }
    return 0;
}
static void to_a_thread(long how) {
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    STORE(handled, 0), STORE(stop, 0);
    if (how == 2) pthread_sigmask(SIG_BLOCK, &set, &old);
    pthread_t t = start(target, (void*)how);
    CHECK(sem_wait(&called) == 0);
    if (how == 2) pthread_sigmask(SIG_SETMASK, &old, 0);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 7};
    event.sigev_notify_thread_id = LOAD(target_tid);
    timer_t timer = arm(CLOCK_MONOTONIC, &event, 1, 2);
    while (LOAD(handled) < 10) sleep_ms(1);
    STORE(stop, 1);
    join(t);
    CHECK(timer_delete(timer) == 0);
    CHECK(!LOAD(wrong) && !LOAD(handled_elsewhere));
    // It has ended; a kernel thread is still there for a moment when it can be joined.
    while (timer_create(CLOCK_MONOTONIC, &event, &timer) == 0) {
        CHECK(timer_delete(timer) == 0);
        sleep_ms(1);
    }
    CHECK(errno == EINVAL);
}

// ---- overruns, while the thread blocks the signal
static void* counts_overruns(void* p) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    pthread_sigmask(SIG_BLOCK, &set, 0);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN};
    event.sigev_notify_thread_id = syscall(SYS_gettid);
    timer_t t = arm(CLOCK_MONOTONIC, &event, 2, 2);
    long begin = now_ms();
    sleep_ms(100);
    siginfo_t info;
    struct timespec now = {0, 0};
    CHECK(sigtimedwait(&set, &info, &now) == SIGRTMIN && info.si_code == SI_TIMER);
    CHECK(timer_getoverrun(t) == info.si_overrun);
    struct itimerspec off = {0};
    CHECK(timer_settime(t, 0, &off, 0) == 0);
    long passed = now_ms() - begin;
    // One signal for a timer, not fifty; another for what came while the first was taken.
    int signals = 1, expirations = info.si_overrun + 1;
    now.tv_nsec = 20000000;
    for (; sigtimedwait(&set, &info, &now) == SIGRTMIN; signals++) expirations += info.si_overrun + 1;
    fprintf(stderr, "%d signals, %d expirations of 2 ms in %ld ms\n", signals, expirations, passed);  // seen when it fails
    CHECK(signals <= 5 && expirations >= 40 && expirations <= passed);
    CHECK(timer_delete(t) == 0);
    return 0;
}

// The same while main, whose kernel thread the kernel would tell of the signals of the process, cannot be told.
static void counts_beside_vfork(void) {
    pthread_t t = start(counts_overruns, 0);
    pid_t child = vfork();
    if (!child) {
        usleep(200000);
        _exit(0);
    }
    CHECK(child > 0 && waitpid(child, NULL, 0) == child);
    join(t);
}

int main(void) {
    main_thread = pthread_self();
    CHECK(sem_init(&called, 0, 0) == 0);
    in_a_thread(notify);
    in_a_thread(notify_and_exit);
    struct sigaction sa = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
    CHECK(sigaction(SIGRTMIN, &sa, 0) == 0);
    // qemu-user does not say which timer has sent a signal.
    if (!getenv("CORO_TEST_EMULATOR")) {
        for (long how = 0; how < 3; how++) to_a_thread(how);
        join(start(counts_overruns, 0));
        counts_beside_vfork();
    }
    // SIGEV_SIGNAL, in a process with threads
    STORE(handled, 0);
    STORE(target_tid, (int)getpid());
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 7};
    timer_t t = arm(CLOCK_MONOTONIC, &event, 1, 2);
    while (LOAD(handled) < 10) sleep_ms(1);
    CHECK(timer_delete(t) == 0 && !LOAD(wrong));
}

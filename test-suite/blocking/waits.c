// Goal: futexes, clocks, signals and children. Method: as polling.c.
// RUN: %blocking
#include "inputs/row.h"
#include <linux/futex.h>
#include <semaphore.h>
#include <sys/resource.h>
#include <sys/wait.h>

// ---- futexes: the slot's word is 0 when the wait is over
static void make_word(struct slot* s) { s->word = 1; }
static void a_futex(struct slot* s, long* a) { a[0] = (long)&s->word, a[1] = FUTEX_WAIT_PRIVATE, a[2] = 1, a[3] = (long)s->limit; }
static void a_futex_shared(struct slot* s, long* a) { a_futex(s, a), a[1] = FUTEX_WAIT; }
static void wake(struct slot* s) {
    STORE(s->word, 0);
    syscall(SYS_futex, &s->word, FUTEX_WAKE_PRIVATE, 1);
}
static void wake_shared(struct slot* s) {
    STORE(s->word, 0);
    syscall(SYS_futex, &s->word, FUTEX_WAKE, 1);
}
static sem_t sems[1000];
static void make_sem(struct slot* s) { CHECK(sem_init(&sems[s->index], 0, 0) == 0); }
static void a_sem(struct slot* s, long* a) { a[0] = (long)&sems[s->index], a[1] = s->limit != 0; }
static void post(struct slot* s) { sem_post(&sems[s->index]); }
static long c_sem(const long* a) {
    struct timespec then = in_ms(CLOCK_REALTIME, 60);
    return a[1] ? sem_timedwait((sem_t*)a[0], &then) : sem_wait((sem_t*)a[0]);
}
struct waitv { unsigned long long value, address; unsigned flags, reserved; };  // struct futex_waitv
static unsigned never_woken;
static void a_waitv(struct slot* s, long* a) {
    struct waitv v[2] = {{0, (unsigned long)&never_woken, FUTEX_32 | FUTEX_PRIVATE_FLAG, 0}, {1, (unsigned long)&s->word, FUTEX_32 | FUTEX_PRIVATE_FLAG, 0}};
    memcpy(s->data, v, sizeof v);
    if (s->limit) s->ts = in_ms(CLOCK_MONOTONIC, 60);
    a[0] = (long)s->data, a[1] = 2, a[3] = (long)s->limit, a[4] = CLOCK_MONOTONIC;
}

// ---- clocks
static void a_nanosleep(struct slot* s, long* a) {
    if (!s->limit) s->ts = (struct timespec){100, 0};
    a[0] = (long)&s->ts, a[1] = (long)s->data;
}
static void a_clock_nanosleep(struct slot* s, long* a) { a_nanosleep(s, a), a[3] = a[1], a[2] = a[0], a[1] = 0, a[0] = CLOCK_MONOTONIC; }
static void a_clock_nanosleep_cpu(struct slot* s, long* a) { a_clock_nanosleep(s, a), a[0] = CLOCK_PROCESS_CPUTIME_ID; }
static long c_nanosleep(const long* a) { return nanosleep((struct timespec*)a[0], (struct timespec*)a[1]); }
static long c_clock_nanosleep(const long* a) {
    int e = clock_nanosleep((clockid_t)a[0], (int)a[1], (struct timespec*)a[2], (struct timespec*)a[3]);
    return e ? (errno = e, -1) : 0;
}

// ---- signals
static pthread_t callers[1000];
static sigset_t waited_for, open_mask;
static void note_caller(struct slot* s) { callers[s->index] = pthread_self(); }
static void a_pause(struct slot* s, long* a) {}
static void a_sigsuspend(struct slot* s, long* a) {
    pthread_sigmask(SIG_BLOCK, 0, &open_mask);
    a[0] = (long)&open_mask, a[1] = 8;
}
static void a_sigtimedwait(struct slot* s, long* a) {
    note_caller(s);
    sigset_t* waited_for = (sigset_t*)(s->data + sizeof(siginfo_t));  // each its own: one made anew while another reads it is empty for a moment
    sigemptyset(waited_for), sigaddset(waited_for, SIGRTMIN + 9);
    a[0] = (long)waited_for, a[1] = (long)s->data, a[2] = (long)s->limit, a[3] = 8;
}
static void send_waited(struct slot* s) { CHECK0(pthread_kill(callers[s->index], SIGRTMIN + 9)); }
static long c_pause(const long* a) { return pause(); }
static long c_sigsuspend(const long* a) { return sigsuspend((sigset_t*)a[0]); }
static long c_sigtimedwait(const long* a) { return sigtimedwait((sigset_t*)a[0], (siginfo_t*)a[1], (struct timespec*)a[2]); }

// ---- children
static void make_child(struct slot* s) { s->id = make_child_process(); }
static void end_child(struct slot* s) { CHECK(kill((pid_t)s->id, SIGKILL) == 0); }
static void drop_child(struct slot* s) { kill((pid_t)s->id, SIGKILL), waitpid((pid_t)s->id, 0, 0); }
static void a_wait4(struct slot* s, long* a) { a[0] = s->id, a[1] = (long)s->data, a[3] = (long)(s->data + 64); }
static void a_wait_any(struct slot* s, long* a) { a_wait4(s, a), a[0] = -1; }
static void a_waitid(struct slot* s, long* a) { a[0] = P_PID, a[1] = s->id, a[2] = (long)s->data, a[3] = WEXITED; }
static void a_waitid_usage(struct slot* s, long* a) {
    static struct rusage usage[1000];
    a_waitid(s, a), a[4] = (long)&usage[s->index];
}
static long c_wait4(const long* a) { return waitpid((pid_t)a[0], (int*)a[1], (int)a[2]); }
static long c_waitid(const long* a) { return waitid((idtype_t)a[0], (id_t)a[1], (siginfo_t*)a[2], (int)a[3]); }

const struct row rows[] = {
    {CALL(futex), .make = make_word, .args = a_futex, .pointers = ARG(0) | ARG(3), .data = wake, .limit = limit_ts},
    {CALL(futex), .how = "sem_wait", .make = make_sem, .args = a_sem, .libc = c_sem, .data = post, .limit = limit_ts},
    {CALL(futex), .how = "shared", .most = hand_off, .make = make_word, .args = a_futex_shared, .pointers = ARG(0) | ARG(3), .data = wake_shared,
     .limit = limit_ts},
    {CALL(futex_waitv), .most = hand_off, .make = make_word, .args = a_waitv, .pointers = ARG(0) | ARG(3), .data = wake, .limit = limit_ts, .gives = an_id},
    {CALL(nanosleep), .make = make_nothing, .args = a_nanosleep, .libc = c_nanosleep, .pointers = ARG(0) | ARG(1), .limit = limit_ts},
    {CALL(clock_nanosleep), .make = make_nothing, .args = a_clock_nanosleep, .libc = c_clock_nanosleep, .pointers = ARG(2) | ARG(3), .limit = limit_ts},
    {CALL(clock_nanosleep), .how = "CPU time of the process", .most = hand_off, .make = make_nothing, .args = a_clock_nanosleep_cpu, .libc = c_clock_nanosleep,
     .pointers = ARG(2) | ARG(3)},
    {CALL(pause), .make = make_nothing, .args = a_pause, .libc = c_pause},
    {CALL(rt_sigsuspend), .make = make_nothing, .args = a_sigsuspend, .libc = c_sigsuspend, .pointers = ARG(0)},
    {CALL(rt_sigtimedwait), .how = "through syscall(2)", .make = make_nothing, .args = a_sigtimedwait, .pointers = ARG(0) | ARG(1) | ARG(2),
     .data = send_waited, .limit = limit_ts},
    {CALL(rt_sigtimedwait), .make = make_nothing, .args = a_sigtimedwait, .libc = c_sigtimedwait, .data = send_waited, .limit = limit_ts, .no_eintr = 1},
    {CALL(wait4), .most = 100, .make = make_child, .args = a_wait4, .libc = c_wait4, .pointers = ARG(1) | ARG(3), .data = end_child, .drop = drop_child,
     .gives = an_id},
    {CALL(wait4), .how = "any child", .most = hand_off, .make = make_child, .args = a_wait_any, .libc = c_wait4, .pointers = ARG(1) | ARG(3), .data = end_child,
     .drop = drop_child, .gives = an_id},
    {CALL(waitid), .most = 100, .make = make_child, .args = a_waitid, .libc = c_waitid, .pointers = ARG(2), .data = end_child, .drop = drop_child},
    {CALL(waitid), .how = "with its usage", .most = 100, .make = make_child, .args = a_waitid_usage, .pointers = ARG(2) | ARG(4), .data = end_child,
     .drop = drop_child},
};
ROW_COUNT

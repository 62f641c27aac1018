// Goal: every call that takes a thread id takes ours, for oneself and for another thread, and personality(2) is the thread's own.
// Method: the ids of main and of a thread that waits, passed to each call; an id that nobody has gives ESRCH.
// RUN: %matrix %s
#include "check.h"
#include <sched.h>
#include <semaphore.h>
#include <sys/personality.h>
#include <sys/resource.h>
static sem_t go;
static volatile int waiting_tid;
static void* waits(void* p) {
    STORE(waiting_tid, (int)syscall(SYS_gettid));
    CHECK0(sem_wait(&go));
    return p;
}
static void ask(int tid) {
    struct timespec ts;
    struct sched_param param;
    cpu_set_t cpus;
    // musl's sched_getscheduler and sched_getparam say ENOSYS: theirs are for processes.
    CHECK(syscall(SYS_sched_getscheduler, tid) == SCHED_OTHER);
    CHECK0(syscall(SYS_sched_getparam, tid, &param));
    CHECK0(sched_rr_get_interval(tid, &ts));
    CHECK0(sched_getaffinity(tid, sizeof cpus, &cpus));
    CHECK(CPU_COUNT(&cpus) > 0);
    errno = 0;
    CHECK(getpriority(PRIO_PROCESS, (id_t)tid) != -1 || errno == 0);
    if (tid) CHECK0(syscall(SYS_tgkill, getpid(), tid, 0));
}
static void* sets_personality(void* p) {
    int before = personality(0xffffffff);
    CHECK(before >= 0 && personality((unsigned long)before | ADDR_NO_RANDOMIZE) == before);
    CHECK(personality(0xffffffff) == (before | ADDR_NO_RANDOMIZE));
    return p;
}
int main(void) {
    CHECK0(sem_init(&go, 0, 0));
    pthread_t t = start(waits, 0);
    while (!LOAD(waiting_tid)) sched_yield();
    ask(0);
    ask((int)syscall(SYS_gettid));
    ask(waiting_tid);
    struct timespec ts;
    CHECK(sched_rr_get_interval(1 << 29, &ts) == -1 && errno == ESRCH);
    CHECK0(sem_post(&go));
    CHECK0(pthread_join(t, 0));
    int before = personality(0xffffffff);
    CHECK0(pthread_join(start(sets_personality, 0), 0));
    CHECK(personality(0xffffffff) == before);
    return 0;
}

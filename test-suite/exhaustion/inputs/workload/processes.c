// fork, spawn, threads with a kernel thread of their own, mutexes between processes, ids, the end of the process.
#include "workload.h"
#include <sched.h>
#include <semaphore.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>

static void ends_well(pid_t child) {
    int status;
    siginfo_t info;
    if (child % 2) CHECK(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) == 0 && info.si_pid == child);
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

static void* returns(void* p) { return p; }
static void* parks(void* p) {
    while (sem_wait(p)) {}
    return 0;
}
static void* forks(void* p) {
    pid_t child = (pid_t)TRY(fork(), EAGAIN, ENOMEM);
    if (child == 0) {
        pthread_t t[4];
        join_many(t, try_start_many(t, 4, returns, 0));
        _exit(0);
    }
    if (child > 0) ends_well(child);
    return p;
}
static void forking(void) {
    sem_t sem;
    pthread_t t[2], parked[3];
    CHECK(sem_init(&sem, 0, 0) == 0);
    int n = try_start_many(parked, 3, parks, &sem);
    join_many(t, try_start_many(t, 2, forks, 0));
    forks(0);
    for (int i = 0; i < n; i++) sem_post(&sem);
    join_many(parked, n);
}

extern char** environ;
static void* spawns(void* p) {
    pid_t child;
    char *good[] = {"/bin/true", 0}, *bad[] = {"/nonexistent", 0};
    int error = posix_spawn(&child, good[0], 0, 0, good, environ);
    if (error == 0) ends_well(child);
    else CHECK(error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE || error == EPERM);
    CHECK(execv(bad[0], bad) == -1 && (errno == ENOENT || errno == ENOMEM || errno == EAGAIN || errno == EMFILE || errno == ENFILE));
    child = vfork();
    if (child == 0) {
        execv(good[0], good);
        _exit(0);
    }
    if (child > 0) ends_well(child);
    else CHECK(errno == EAGAIN || errno == ENOMEM);
    return p;
}
static void spawning(void) {
    pthread_t t;
    if (try_start(&t, spawns, 0)) join(t);
}

// ---- threads that the kernel knows

static void* nice_one(void* p) {
    // EAGAIN: no kernel thread to be had.
    int r = (int)TRY(setpriority(PRIO_PROCESS, 0, 1), EAGAIN, EPERM, EACCES);
    errno = 0;
    if (r == 0) CHECK(getpriority(PRIO_PROCESS, 0) == 1);
    pthread_t t;
    if (try_start(&t, returns, p)) CHECK(join(t) == p);  // it inherits
    return p;
}
static void binding(void) {
    pthread_attr_t attr;
    sem_t sem, own;
    pthread_t t[3], parked;
    CHECK(sem_init(&sem, 0, 0) == 0 && sem_init(&own, 0, 0) == 0);
    int n = try_start(&parked, parks, &sem);
    join_many(t, try_start_many(t, 2, nice_one, 0));
    CHECK0(pthread_attr_init(&attr));
    CHECK0(pthread_attr_setscope(&attr, PTHREAD_SCOPE_SYSTEM));
    if (try_start_with(&t[0], &attr, returns, &sem)) CHECK(join(t[0]) == &sem);
    struct sched_param param = {0};
    if (try_start_with(&t[0], &attr, parks, &own)) {
        int error = pthread_setschedparam(t[0], SCHED_BATCH, &param);
        CHECK(!error || error == EPERM || error == EAGAIN);
        sem_post(&own);
        join(t[0]);
    }
    pthread_attr_destroy(&attr);
    if (n) {
        sem_post(&sem);
        join(parked);
    }
}

// Calls that go through as they are, and others that name a thread.
static void* asks(void* p) {
    struct timespec ts;
    char name[16];
    cpu_set_t cpus;
    CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts) == 0 && clock_getres(CLOCK_REALTIME, &ts) == 0);
    CHECK(prctl(PR_GET_DUMPABLE) >= 0 && prctl(PR_GET_NAME, name) == 0);
    (void)TRY(prctl(PR_SET_NAME, "asks"), 0);
    errno = 0;
    CHECK(getpriority(PRIO_PROCESS, getppid()) != -1 || !errno);
    CHECK(getpriority(PRIO_PGRP, 0) != -1 || !errno);
    CHECK(syscall(SYS_ioprio_get, 1, 0) >= 0 && syscall(SYS_ioprio_get, 2, 0) >= 0);
    CHECK(TRY(sched_getaffinity(getppid(), sizeof cpus, &cpus), ENOSYS, EPERM) >= -1);
    CHECK(syscall(SYS_tgkill, getppid(), getppid(), 0) == 0 || errno == EPERM || errno == EAGAIN);
    CHECK(syscall(SYS_tgkill, getpid(), (int)syscall(SYS_gettid), 0) == 0);
    pid_t child = (pid_t)TRY(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0), EAGAIN, ENOMEM, EPERM);
    if (child == 0) _exit(0);
    if (child > 0) ends_well(child);
    return p;
}
static void asking(void) {
    pthread_t t;
    asks(0);
    if (try_start(&t, asks, 0)) join(t);
}

static void ids(void) {
    CHECK(setgid(getgid()) == 0);
}

struct shared {
    pthread_mutex_t mutex;
    sem_t sem;
    int count, expected;
};
static void* adds(void* p) {
    struct shared* s = p;
    for (int i = 0; i < 20; i++) {
        int error = pthread_mutex_lock(&s->mutex);
        if (error == EAGAIN) continue;  // no kernel thread to be had for an owner that the kernel knows
        CHECK(!error || error == EOWNERDEAD);
        ADD(s->expected, 1);
        s->count++;
        sched_yield();
        if (error) CHECK0(pthread_mutex_consistent(&s->mutex));
        CHECK0(pthread_mutex_unlock(&s->mutex));
    }
    sem_post(&s->sem);
    return 0;
}
static void between_processes(void) {
    struct shared* s = mmap(0, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t attr;
    pthread_t t[2];
    CHECK(s != MAP_FAILED);
    CHECK0(pthread_mutexattr_init(&attr));
    CHECK0(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED));
    CHECK0(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST));
    CHECK0(pthread_mutex_init(&s->mutex, &attr));
    CHECK(sem_init(&s->sem, 1, 0) == 0);
    pid_t child = (pid_t)TRY(fork(), EAGAIN, ENOMEM);
    if (child == 0) {
        adds(s);
        _exit(0);
    }
    int n = try_start_many(t, 2, adds, s) + (child > 0);
    for (int i = 0; i < n; i++)
        while (sem_wait(&s->sem)) {}
    join_many(t, n - (child > 0));
    if (child > 0) ends_well(child);
    CHECK(s->count == s->expected);
    CHECK(munmap(s, sizeof *s) == 0);
}

static void* ends_it(void* p) {
    sleep_ms(2);
    exit(0);
}

void processes_part(void) {
    pthread_t t;
    forking(), spawning(), ids(), asking(), binding(), ids(), between_processes(), forking();
    quiet();
    if (!try_start(&t, ends_it, 0)) return;
    pthread_exit(0);  // the first thread ends, and another the process
}

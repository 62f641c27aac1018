// Goal: robust process-shared mutexes: when the owner's process is killed, or the owning thread ends, a waiter in another process (and in another thread) gets
// EOWNERDEAD, makes it consistent, and it goes on working; given up, it is ENOTRECOVERABLE. Recursive and error-checking ones are not mistaken for a thread's own
// in another process. Method: a child with several threads, one of which locks; SIGKILL.
// RUN: %matrix %s
#include "check.h"
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>

struct shared {
    pthread_mutex_t robust, recursive, checking;
    sem_t held, go;
    int tid;
};
static struct shared* s;

static void init(pthread_mutex_t* m, int type, int robust, int protocol) {
    pthread_mutexattr_t a;
    CHECK0(pthread_mutexattr_init(&a));
    CHECK0(pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED));
    CHECK0(pthread_mutexattr_settype(&a, type));
    if (robust) CHECK0(pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST));
    if (protocol) CHECK0(pthread_mutexattr_setprotocol(&a, protocol));
    CHECK0(pthread_mutex_init(m, &a));
}
static void* parks(void* p) {
    sleep_ms(100000);
    return 0;
}
static void* locks(void* p) {
    CHECK0(pthread_mutex_lock(&s->robust));
    sleep_ms(2);  // it may move, were it not bound
    CHECK0(pthread_mutex_lock(&s->recursive));
    CHECK0(pthread_mutex_lock(&s->recursive));
    CHECK0(pthread_mutex_lock(&s->checking));
    CHECK(pthread_mutex_lock(&s->checking) == EDEADLK);
    s->tid = (int)syscall(SYS_gettid);
    sem_post(&s->held);
    sleep_ms(100000);
    return 0;
}
static pid_t child_that_locks(void) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child) return child;
    for (int i = 0; i < 3; i++) start(parks, 0);
    start(locks, 0);
    sleep_ms(100000);
    _exit(0);
}
static void* takes_over(void* p) {
    CHECK(pthread_mutex_lock(&s->robust) == EOWNERDEAD);
    CHECK0(pthread_mutex_consistent(&s->robust));
    CHECK0(pthread_mutex_unlock(&s->robust));
    CHECK0(pthread_mutex_lock(&s->robust));
    CHECK0(pthread_mutex_unlock(&s->robust));
    return 0;
}
// Threads of this process have the ids that threads of the child have.
static void* is_refused(void* p) {
    CHECK(pthread_mutex_trylock(&s->recursive) == EBUSY);
    CHECK(pthread_mutex_trylock(&s->checking) == EBUSY);
    CHECK(pthread_mutex_unlock(&s->checking) == EPERM);
    CHECK(pthread_mutex_unlock(&s->recursive) == EPERM);
    CHECK(pthread_mutex_trylock(&s->robust) == EBUSY);
    return 0;
}
static void* locks_and_ends(void* p) {
    CHECK0(pthread_mutex_lock(&s->robust));
    return 0;
}
static void* gives_up(void* p) {
    CHECK(pthread_mutex_lock(&s->robust) == EOWNERDEAD);
    CHECK0(pthread_mutex_unlock(&s->robust));
    CHECK(pthread_mutex_lock(&s->robust) == ENOTRECOVERABLE);
    return 0;
}
static void round_of(int protocol) {
    init(&s->robust, PTHREAD_MUTEX_NORMAL, 1, protocol);
    init(&s->recursive, PTHREAD_MUTEX_RECURSIVE, 0, protocol);
    init(&s->checking, PTHREAD_MUTEX_ERRORCHECK, 0, protocol);
    pid_t child = child_that_locks();
    CHECK(sem_wait(&s->held) == 0);
    for (int i = 0; i < 6; i++) join(start(is_refused, 0));
    pthread_t waiter = start(takes_over, 0);
    settle();
    CHECK(kill(child, SIGKILL) == 0);
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    join(waiter);
    join(start(locks_and_ends, 0));
    join(start(takes_over, 0));
    join(start(locks_and_ends, 0));
    join(start(gives_up, 0));
}
int main(void) {
    s = mmap(0, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(s != MAP_FAILED);
    CHECK(sem_init(&s->held, 1, 0) == 0);
    round_of(0);
    round_of(PTHREAD_PRIO_INHERIT);
}

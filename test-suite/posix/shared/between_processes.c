// Goal: process-shared mutexes, condition variables, rwlocks, barriers, semaphores and raw shared futexes work between processes with several threads on both
// sides. Method: two processes, some threads each, on one mapping; counters that the locks guard, turns that pass from process to process.
// RUN: %matrix --seconds 90 %s
#include "check.h"
#include <linux/futex.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { sides = 2, threads = 6, rounds = 200 };
static struct shared {
    pthread_mutex_t m;
    pthread_cond_t c;
    pthread_rwlock_t rw;
    pthread_barrier_t b;
    sem_t sem;
    int word, turn;
    long guarded, written, by_sem, serial;
}* s;

static void* works(void* p) {
    int me = (int)(long)p;
    for (int i = 0; i < rounds; i++) {
        CHECK0(pthread_mutex_lock(&s->m));
        long seen = s->guarded;
        if (i % 64 == 0) sleep_ms(1);
        s->guarded = seen + 1;
        CHECK0(pthread_mutex_unlock(&s->m));

        CHECK0(pthread_rwlock_wrlock(&s->rw));
        s->written++;
        CHECK0(pthread_rwlock_unlock(&s->rw));
        CHECK0(pthread_rwlock_rdlock(&s->rw));
        CHECK(s->written > 0);
        CHECK0(pthread_rwlock_unlock(&s->rw));

        while (sem_wait(&s->sem)) {}
        s->by_sem++;
        CHECK(sem_post(&s->sem) == 0);
    }
    // Every thread of both processes once round.
    for (int i = 0; i < 5; i++) {
        CHECK0(pthread_mutex_lock(&s->m));
        while (s->turn % (sides * threads) != me) CHECK0(pthread_cond_wait(&s->c, &s->m));
        s->turn++;
        CHECK0(pthread_cond_broadcast(&s->c));
        CHECK0(pthread_mutex_unlock(&s->m));
    }
    for (int i = 0; i < 3; i++) {
        int r = pthread_barrier_wait(&s->b);
        CHECK(r == 0 || r == PTHREAD_BARRIER_SERIAL_THREAD);
        if (r) ADD(s->serial, 1);
    }
    // A raw futex, shared: side 0 waits for each value, side 1 sets it.
    if (me == 0)
        for (int v = 1; v < 50; v++)
            while (LOAD(s->word) < v) syscall(SYS_futex, &s->word, FUTEX_WAIT, v - 1, 0);
    if (me == threads)
        for (int v = 1; v < 50; v++) {
            if (v % 8 == 0) sleep_ms(1);
            STORE(s->word, v);
            syscall(SYS_futex, &s->word, FUTEX_WAKE, 1);
        }
    return 0;
}
static void run(int side) {
    pthread_t t[threads];
    for (long i = 0; i < threads; i++) t[i] = start(works, (void*)(side * threads + i));
    for (int i = 0; i < threads; i++) join(t[i]);
}
int main(void) {
    s = mmap(0, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(s != MAP_FAILED);
    pthread_mutexattr_t ma;
    pthread_condattr_t ca;
    pthread_rwlockattr_t ra;
    pthread_barrierattr_t ba;
    CHECK0(pthread_mutexattr_init(&ma));
    CHECK0(pthread_condattr_init(&ca));
    CHECK0(pthread_rwlockattr_init(&ra));
    CHECK0(pthread_barrierattr_init(&ba));
    CHECK0(pthread_mutexattr_setpshared(&ma, PTHREAD_PROCESS_SHARED));
    CHECK0(pthread_condattr_setpshared(&ca, PTHREAD_PROCESS_SHARED));
    CHECK0(pthread_rwlockattr_setpshared(&ra, PTHREAD_PROCESS_SHARED));
    CHECK0(pthread_barrierattr_setpshared(&ba, PTHREAD_PROCESS_SHARED));
    CHECK0(pthread_mutex_init(&s->m, &ma));
    CHECK0(pthread_cond_init(&s->c, &ca));
    CHECK0(pthread_rwlock_init(&s->rw, &ra));
    CHECK0(pthread_barrier_init(&s->b, &ba, sides * threads));
    CHECK(sem_init(&s->sem, 1, 1) == 0);
    pid_t child = fork();
    if (child == 0) {
        run(1);
        exit(0);
    }
    run(0);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(s->guarded == sides * threads * rounds && s->written == s->guarded && s->by_sem == s->guarded && s->serial == 3);
}

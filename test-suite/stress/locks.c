// Goal: mutex, condition variable and semaphore under random time-outs and cancellations: what they protect stays whole, and everybody comes to an end. Method:
// items go through a bounded queue (mutex and two conditions, waits with random time-outs) while threads that wait for a semaphore or the queue
// are cancelled at random; produced equals consumed plus left.
// RUN: %matrix %s
#include "check.h"
#include <semaphore.h>
enum { room = 8, workers = 6 };
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER, not_full = PTHREAD_COND_INITIALIZER;
static int count, produced, consumed, stop;
static sem_t sem;
static void unlock(void* p) { pthread_mutex_unlock(&m); }
static void* produces(void* p) {
    unsigned seed = (unsigned)(long)p;
    while (!LOAD(stop)) {
        struct timespec ts = in_ms(CLOCK_REALTIME, rand_r(&seed) % 3);
        CHECK0(pthread_mutex_lock(&m));
        if (count == room) {
            int e = pthread_cond_timedwait(&not_full, &m, &ts);
            CHECK(e == 0 || e == ETIMEDOUT);
        }
        CHECK(count >= 0 && count <= room);
        if (count < room) count++, produced++, pthread_cond_signal(&not_empty);
        CHECK0(pthread_mutex_unlock(&m));
        if (rand_r(&seed) % 4 == 0) sem_post(&sem);
    }
    return 0;
}
// Cancelled at any time: in the lock's section only at the wait, which gives the mutex back to the cleanup.
static void* consumes(void* p) {
    unsigned seed = (unsigned)(long)p;
    for (;;) {
        struct timespec ts = in_ms(CLOCK_REALTIME, rand_r(&seed) % 3);
        if (rand_r(&seed) % 2) sem_timedwait(&sem, &ts);
        CHECK0(pthread_mutex_lock(&m));
        pthread_cleanup_push(unlock, 0);
        while (!count) {
            int e = rand_r(&seed) % 2 ? pthread_cond_wait(&not_empty, &m) : pthread_cond_timedwait(&not_empty, &m, &ts);
            CHECK(e == 0 || e == ETIMEDOUT);
            if (e) break;
        }
        if (count) count--, consumed++, pthread_cond_signal(&not_full);
        pthread_cleanup_pop(1);
        pthread_testcancel();
    }
    return 0;
}
int main(void) {
    pthread_t p[2], c[workers];
    unsigned seed = 1;
    sem_init(&sem, 0, 0);
    for (long i = 0; i < 2; i++) p[i] = start(produces, (void*)(i + 1));
    for (long i = 0; i < workers; i++) c[i] = start(consumes, (void*)(i + 10));
    long until = now_ms() + 1000;
    for (long k = 100; now_ms() < until; k++) {
        int i = rand_r(&seed) % workers;
        if (k % 2) sleep_ms(1);
        CHECK0(pthread_cancel(c[i]));
        CHECK(join(c[i]) == PTHREAD_CANCELED);
        c[i] = start(consumes, (void*)k);
    }
    STORE(stop, 1);
    for (int i = 0; i < 2; i++) join(p[i]);
    for (int i = 0; i < workers; i++) {
        CHECK0(pthread_cancel(c[i]));
        CHECK(join(c[i]) == PTHREAD_CANCELED);
    }
    CHECK(produced == consumed + count && produced > 100);
}

// Goal: waits for the longest times that can be said last, cost nothing while they do, and are ended by what they wait for. Method: threads in nanosleep, timed
// condition waits and poll with the largest arguments, beside timers that come; the process's own CPU time is compared with its sleep.
// RUN: %matrix %s
#include "check.h"
#include <limits.h>
#include <semaphore.h>
static sem_t sem;
static void* sleeps(void* p) {
    const struct timespec longest[] = {{9223372036, 854775807}, {LONG_MAX, 999999999}, {4611686018, 427387904}, {4700000000, 0}};
    nanosleep(&longest[(long)p], 0);
    CHECK(!"it woke up");
    return 0;
}
static void* waits(void* p) {
    struct timespec far = {(long)p ? LONG_MAX : 9223372036, 0};
    return (void*)(long)sem_timedwait(&sem, &far);
}
static long cpu_ms(void) {
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
int main(void) {
    pthread_t t[6];
    for (long i = 0; i < 4; i++) t[i] = start(sleeps, (void*)i);
    for (long i = 0; i < 2; i++) t[4 + i] = start(waits, (void*)i);
    sleep_ms(20);
    long cpu = cpu_ms(), begin = now_ms();
    for (int i = 0; i < 10; i++) sleep_ms(50);
    cpu = cpu_ms() - cpu, begin = now_ms() - begin;
    CHECK(begin >= 500 && cpu < begin / 5);
    for (int i = 0; i < 4; i++) {
        CHECK0(pthread_cancel(t[i]));
        CHECK(join(t[i]) == PTHREAD_CANCELED);
    }
    sem_post(&sem), sem_post(&sem);
    for (int i = 4; i < 6; i++) CHECK(join(t[i]) == 0);
}

// Goal: 100 threads pass a token on by semaphores, 100,000 hops; timed and try forms.
// RUN: %matrix %s
#include "check.h"
#include <semaphore.h>
#define N 100
static sem_t s[N];
static void* f(void* p) {
    long me = (long)p;
    for (int i = 0; i < 1000; i++) {
        CHECK(sem_wait(&s[me]) == 0);
        CHECK(sem_post(&s[(me + 1) % N]) == 0);
    }
    return p;
}
int main(void) {
    pthread_t t[N];
    for (int i = 0; i < N; i++) sem_init(&s[i], 0, 0);
    for (long i = 0; i < N; i++) t[i] = start(f, (void*)i);
    sem_post(&s[0]);
    for (int i = 0; i < N; i++) join(t[i]);
    CHECK(sem_trywait(&s[0]) == 0 && sem_trywait(&s[0]) == -1 && errno == EAGAIN);
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    CHECK(sem_timedwait(&s[0], &at) == -1 && errno == ETIMEDOUT);
}

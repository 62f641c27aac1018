// Goal: a thread that has made many threads goes on although they keep each other busy without end. Method: main makes pairs that wake each other for ever,
// then says stop; on one processor too.
// RUN: %matrix %s
#include "check.h"
#include <semaphore.h>
enum { pairs = 12 };
static sem_t sems[pairs][2];
static int stop;
static void* wakes(void* p) {
    sem_t* mine = &sems[(long)p / 2][(long)p % 2];
    sem_t* other = &sems[(long)p / 2][!((long)p % 2)];
    while (!LOAD(stop)) {
        CHECK0(sem_wait(mine));
        CHECK0(sem_post(other));
    }
    CHECK0(sem_post(other));
    return p;
}
int main(void) {
    pthread_t t[2 * pairs];
    for (int i = 0; i < pairs; i++) CHECK(sem_init(&sems[i][0], 0, 1) == 0 && sem_init(&sems[i][1], 0, 0) == 0);
    for (long i = 0; i < 2 * pairs; i++) t[i] = start(wakes, (void*)i);
    STORE(stop, 1);
    for (int i = 0; i < 2 * pairs; i++) join(t[i]);
    return 0;
}

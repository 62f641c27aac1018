// Goal: a descriptor number that is closed and opened again at once belongs to the new file only.
// Method: threads make, use and close pipes as fast as they can, so numbers move between them; a blocked reader each time.
// RUN: %matrix %s
#include "check.h"
static void* reads(void* p) {
    int c = 0;
    CHECK(read((int)(long)p, &c, sizeof c) == sizeof c);
    return (void*)(long)c;
}
static void* churns(void* p) {
    for (int i = 0; i < 300; i++) {
        int fds[2], value = (int)(long)p * 1000 + i;
        CHECK(pipe(fds) == 0);
        pthread_t t = start(reads, (void*)(long)fds[0]);
        sched_yield();
        CHECK(write(fds[1], &value, sizeof value) == sizeof value);
        CHECK((long)join(t) == value);
        CHECK(close(fds[0]) == 0 && close(fds[1]) == 0);
    }
    return p;
}
int main(void) {
    pthread_t t[20];
    for (long i = 0; i < 20; i++) t[i] = start(churns, (void*)i);
    for (int i = 0; i < 20; i++) join(t[i]);
}

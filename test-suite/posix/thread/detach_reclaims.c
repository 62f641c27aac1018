// Goal: detached threads give their memory back. Method: 100,000 of them, at most 100 at a time; the address space stays small.
// RUN: %matrix %s
#include "check.h"
#include <semaphore.h>
static sem_t room;
static void* f(void* p) {
    sem_post(&room);
    return p;
}
static long pages(void) {
    long n;
    FILE* s = fopen("/proc/self/statm", "r");
    CHECK(s && fscanf(s, "%*d %ld", &n) == 1);
    fclose(s);
    return n;
}
int main(void) {
    pthread_attr_t a;
    pthread_attr_init(&a);
    pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
    sem_init(&room, 0, 100);
    long before = pages();
    for (int i = 0; i < 100000; i++) {
        pthread_t t;
        sem_wait(&room);
        CHECK0(pthread_create(&t, &a, f, 0));
    }
    CHECK(pages() - before < 5000);
}

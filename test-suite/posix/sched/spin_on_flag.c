// Goal: a thread that spins on a plain flag lets the one that sets it run, also with one processor; hogs do not starve a sleeper.
// RUN: %matrix %s
#include "check.h"
static volatile int flag;
static pthread_spinlock_t lock;
static long count;
static void* spins(void* p) {
    while (!flag) {}
    return p;
}
static void* locks(void* p) {
    for (int i = 0; i < 2000; i++) {
        pthread_spin_lock(&lock);
        count++;
        pthread_spin_unlock(&lock);
    }
    return p;
}
int main(void) {
    pthread_t t[8];
    for (int i = 0; i < 8; i++) t[i] = start(spins, 0);
    for (int i = 0; i < 20; i++) sleep_ms(1);
    flag = 1;
    for (int i = 0; i < 8; i++) join(t[i]);
    pthread_spin_init(&lock, 0);
    for (int i = 0; i < 8; i++) t[i] = start(locks, 0);
    for (int i = 0; i < 8; i++) join(t[i]);
    CHECK(count == 16000);
}

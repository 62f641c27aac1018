// Goal: 1,000 threads in nanosleep, and in read of a timerfd each, hold no kernel threads and all wake.
// RUN: %matrix %s
#include "blocked.h"
#include <stdint.h>
#include <sys/timerfd.h>
#define N 1000
static void* sleeps(void* p) {
    enter();
    sleep_ms(300 + (long)p % 50);
    return p;
}
static void* reads_timer(void* p) {
    uint64_t n = 0;
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    struct itimerspec it = {{0, 0}, {0, 300000000 + (long)p % 50 * 1000000}};
    CHECK(fd >= 0 && timerfd_settime(fd, 0, &it, 0) == 0);
    enter();
    CHECK(read(fd, &n, 8) == 8 && n == 1);
    close(fd);
    return p;
}
int main(void) {
    static pthread_t t[N];
    many_descriptors();
    for (int k = 0; k < 2; k++) {
        block(t, N, k ? reads_timer : sleeps);
        for (long i = 0; i < N; i++) CHECK((long)join(t[i]) == i);
    }
}

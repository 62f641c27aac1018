// Goal: 1,000 threads in std::atomic::wait, std::latch::wait and std::counting_semaphore::acquire hold no kernel threads and go on when they are released.
// RUN: %matrix --seconds 200 %s
#include <atomic>
#include <latch>
#include <semaphore>

#include "blocked.h"

constexpr int n = 1000;
static std::atomic<int> word{0};
static std::latch latch{1};
static std::counting_semaphore<n> semaphore{0};
static int kind;

static void* waits(void* p) {
    enter();
    if (kind == 0) word.wait(0);
    if (kind == 1) latch.wait();
    if (kind == 2) semaphore.acquire();
    return p;
}
int main() {
    static pthread_t t[n];
    for (kind = 0; kind < 3; kind++) {
        block(t, n, waits);
        if (kind == 0) word = 1, word.notify_all();
        if (kind == 1) latch.count_down();
        if (kind == 2) semaphore.release(n);
        for (long i = 0; i < n; i++) CHECK(long(join(t[i])) == i);
    }
}

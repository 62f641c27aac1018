// Goal: the timing wheel fires every timer once, never early and at most two ticks after `now` has passed it, and cancelled ones never. Method: random
// arms, cancels and steps of time over five orders of magnitude, against a plain list.
// RUN: %clangxx -static -std=c++20 -O1 -g %unit %s %top/runtime/core/timer_wheel.cpp -o %t && %run %t
#include "core/timer_wheel.h"

#include <stdio.h>
#include <stdlib.h>

using namespace coro;

static TimerWheel wheel;
static Coroutine timers[5000];
static u64 deadline[5000];
static bool armed[5000];
constexpr u64 tick_ns = 1 << 14;

static u64 random_below(u64 n) { return (u64(rand()) << 31 | u64(rand())) % n; }
static void fail(const char* what, int i, u64 now) {
    printf("%s: timer %d, now %lu, deadline %lu\n", what, i, (unsigned long)now, (unsigned long)deadline[i]);
    exit(1);
}

static void fire(u64 now) {
    CoroutineQueue ready;
    wheel.fire(now, ready);
    while (Coroutine* co = ready.pop_front()) {
        int i = int(co - timers);
        if (!armed[i]) fail("fired though not armed", i, now);
        if (deadline[i] > now) fail("early", i, now);
        armed[i] = false;
    }
    u64 earliest = never;
    for (int i = 0; i < 5000; i++) {
        if (!armed[i]) continue;
        if (deadline[i] + 2 * tick_ns < now) fail("late", i, now);
        earliest = min(earliest, deadline[i]);
    }
    if (earliest != never && wheel.next_ns() > earliest + 2 * tick_ns) fail("next deadline too late", 0, now);
}

int main() {
    u64 now = 12345678901234;
    for (int step = 0; step < 20000; step++) {
        for (int k = 0; k < 8; k++) {
            int i = int(random_below(5000));
            if (armed[i]) {
                if (random_below(3)) continue;
                TimerWheel::cancel(&timers[i]);
                armed[i] = false;
            } else {
                u64 scales[] = {1000, 100000, 10000000, 5000000000, 4000000000000, u64(1) << 55};
                deadline[i] = now + random_below(scales[random_below(6)]);
                timers[i].wait.store(wait_parked, relaxed);
                wheel.arm(&timers[i], deadline[i]);
                armed[i] = true;
            }
        }
        now += random_below(step % 100 ? 200000 : 3000000000);
        fire(now);
    }
    return 0;
}

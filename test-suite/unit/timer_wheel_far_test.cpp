// Goal: deadlines beyond the wheel's reach (146 years, up to the largest number) neither fire, nor make the wheel look at every tick; those of each level
// fire in the order of a sorted list of the same deadlines. Method: time jumps from one deadline to the next; each fire is counted.
// RUN: %clangxx -static -std=c++20 -O1 -g %unit %s %top/runtime/core/timer_wheel.cpp -o %t && %run %t
#include "core/timer_wheel.h"

#include <stdio.h>
#include <stdlib.h>

using namespace coro;
#define CHECK(x) ((x) ? void() : (printf("line %d: %s\n", __LINE__, #x), exit(1)))

constexpr u64 tick_ns = 1 << 14;
static Coroutine timers[4000];

static u64 random_bits(int bits) { return ((u64(rand()) << 42) ^ (u64(rand()) << 21) ^ u64(rand())) >> (64 - bits); }

static void arm(TimerWheel& wheel, Coroutine& co, u64 deadline) {
    co.wait.store(wait_parked, relaxed);
    wheel.arm(&co, deadline);
}
static int fire(TimerWheel& wheel, u64 now) {
    CoroutineQueue ready;
    wheel.fire(now, ready);
    return int(ready.size());
}

// One far deadline beside none, and beside a near one: the next look is not soon.
static void far(u64 start, u64 deadline) {
    TimerWheel wheel;
    Coroutine near;
    arm(wheel, timers[0], deadline);
    for (int i = 0; i < 100; i++) {
        u64 now = start + u64(i) * 1000000;
        CHECK(fire(wheel, now) == 0);
        CHECK(wheel.next_ns() > now + 3600 * ns_per_s);
    }
    near.wait.store(wait_parked, relaxed);
    wheel.arm(&near, start + 5 * ns_per_s);
    CHECK(wheel.next_ns() <= start + 5 * ns_per_s + tick_ns);
    CHECK(fire(wheel, start + 5 * ns_per_s + 2 * tick_ns) == 1);
    CHECK(wheel.next_ns() > start + 3600 * ns_per_s);
    TimerWheel::cancel(&timers[0]);
    CHECK(fire(wheel, start + 4000 * ns_per_s) == 0);
    CHECK(fire(wheel, never - 1) == 0);
}

// Deadlines of every size up to 2^61 ns, against a sorted list of the same.
static void against_list(int seed) {
    constexpr int count = 4000;
    static u64 deadlines[count];
    TimerWheel wheel;
    srand(unsigned(seed));
    u64 start = random_bits(50);
    fire(wheel, start);
    for (int i = 0; i < count; i++) {
        deadlines[i] = start + random_bits(1 + i % 61);
        arm(wheel, timers[i], deadlines[i]);
    }
    qsort(deadlines, count, sizeof(u64), [](const void* a, const void* b) {
        u64 x = *static_cast<const u64*>(a), y = *static_cast<const u64*>(b);
        return x < y ? -1 : x > y;
    });
    int fired = 0;
    while (fired < count) {
        u64 now = deadlines[fired] + tick_ns, previous = 0;  // rounding up may take a tick
        CHECK(wheel.next_ns() <= now);
        CoroutineQueue ready;
        wheel.fire(now, ready);
        CHECK(!ready.empty());
        while (Coroutine* co = ready.pop_front()) {
            CHECK(co->deadline_ns <= now && co->deadline_ns / tick_ns >= previous / tick_ns);
            previous = co->deadline_ns;
            fired++;
        }
        CHECK(deadlines[fired - 1] <= now);                                    // nobody early
        CHECK(fired == count || deadlines[fired] + tick_ns > now);             // nobody late
    }
    CHECK(wheel.next_ns() == never);
}

int main() {
    const u64 starts[] = {0, 12345678901234, u64(1) << 50};
    for (u64 start : starts) {
        const u64 deadlines[] = {u64(1) << 62, (u64(1) << 62) + 5, u64(1) << 63, start + (u64(1) << 63) - 1, never - 1, never - tick_ns, never / 3 * 2};
        for (u64 deadline : deadlines) far(start, deadline);
    }
    for (int seed = 1; seed <= 5; seed++) against_list(seed);
    return 0;
}

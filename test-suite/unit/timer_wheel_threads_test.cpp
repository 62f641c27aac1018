// Goal: threads that arm and cancel their own timers on shared wheels while others fire them: each arming ends in exactly one of timeout and cancel, a
// timer once cancelled is in no wheel, and none is forgotten. Method: an owner of 64 timers claims each back as a woken coroutine does: try_wake, then
// cancel. Time is a counter that the firing threads advance.
// RUN: %clangxx -static -std=c++20 -O2 -g %unit %s %top/runtime/core/timer_wheel.cpp -o %t -pthread && env CORO_MODE=kernel %run %t
#include "core/timer_wheel.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

using namespace coro;
#define CHECK(x) ((x) ? void() : (printf("line %d: %s\n", __LINE__, #x), exit(1)))

constexpr int owners = 3, firers = 2, each = 64, rounds = 300;
static TimerWheel wheels[2];
static Coroutine timers[owners][each];
static Atomic<u32> fired[owners][each];  // timeouts handed out in a `ready` queue
static Atomic<u64> clock_ns{1 << 20};
static Atomic<bool> stop{false};

static void* fire(void*) {
    while (!stop.load(acquire)) {
        u64 now = clock_ns.fetch_add(1 << 14, seq_cst);
        CoroutineQueue ready;
        for (auto& wheel : wheels) wheel.fire(now, ready);
        while (Coroutine* co = ready.pop_front()) {
            CHECK(co->deadline_ns <= now);
            int i = int(co - timers[0]);
            fired[i / each][i % each].fetch_add(1, release);
        }
    }
    return nullptr;
}

static void* own(void* arg) {
    long me = long(arg);
    unsigned seed = unsigned(me);
    u64 timeouts = 0, cancels = 0;
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < each; i++) {
            Coroutine* co = &timers[me][i];
            co->wait.store(wait_parked, seq_cst);
            fired[me][i].store(0, relaxed);
            u64 ahead = u64(rand_r(&seed)) % (i % 8 ? 1 << 18 : 1 << 30);
            wheels[rand_r(&seed) % 2].arm(co, clock_ns.load(seq_cst) + ahead);
        }
        for (int i = 0; i < each; i++) {
            Coroutine* co = &timers[me][i];
            bool ours = i % 2 == 0 && try_wake(co, cause_woken) == Woken::ready;
            if (!ours && i % 8 == 0) ours = try_wake(co, cause_woken) == Woken::ready;
            if (ours) {
                cancels++;
            } else {  // it must come by itself
                while (!fired[me][i].load(acquire)) sched_yield();
                timeouts++;
            }
            TimerWheel::cancel(co);
            CHECK(!co->timer_link.linked() && !co->timer_wheel);
            CHECK(co->wait.load(seq_cst) == u32(ours ? cause_woken : cause_timeout));
            CHECK(fired[me][i].load(seq_cst) == (ours ? 0u : 1u));
        }
    }
    return reinterpret_cast<void*>(timeouts && cancels);
}

int main() {
    pthread_t t[owners + firers];
    for (long i = 0; i < owners; i++) CHECK(pthread_create(&t[i], nullptr, own, reinterpret_cast<void*>(i)) == 0);
    for (int i = 0; i < firers; i++) CHECK(pthread_create(&t[owners + i], nullptr, fire, nullptr) == 0);
    for (int i = 0; i < owners; i++) {
        void* both;
        pthread_join(t[i], &both);
        CHECK(both);
    }
    stop.store(true, release);
    for (int i = 0; i < firers; i++) pthread_join(t[owners + i], nullptr);
    for (auto& wheel : wheels) {
        CoroutineQueue ready;
        wheel.fire(never - 1, ready);
        CHECK(ready.empty() && wheel.next_ns() == never);
    }
    return 0;
}

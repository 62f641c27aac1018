// Goal: try_wake against the commit of a park: of all wakers one wins, the coroutine is handed over exactly once, by that waker if it was parked and by the
// committer if not, and the winner's writes are seen by the one who resumes it. Method: a host thread parks a coroutine as sched/switch does (save,
// then commit by cas); three others try to wake it with a cause and a payload of their own.
// RUN: %clangxx -static -std=c++20 -O2 -g %unit %s -o %t -pthread && env CORO_MODE=kernel %run %t
#include "core/coroutine.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

using namespace coro;
#define CHECK(x) ((x) ? void() : (printf("line %d: %s\n", __LINE__, #x), exit(1)))

constexpr int wakers = 3, rounds = 20000;
static const Wait causes[wakers] = {cause_woken, cause_timeout, cause_signal};
static Coroutine co;
static u32 payload[wakers];  // plain: ordered by the claim alone
static u64 saved;            // the context, plain: written before the commit, read by whoever is told `ready`
static Atomic<u32> round_of{0}, tried{0}, ready{0}, early{0};

static void* wakes(void* arg) {
    long me = long(arg);
    for (u32 round = 1; round <= rounds; round++) {
        while (round_of.load(acquire) < round) sched_yield();
        payload[me] = round * 10 + u32(me);
        Woken w = try_wake(&co, causes[me]);
        if (w == Woken::ready) {
            CHECK(saved == round);  // off its stack
            ready.fetch_add(1, release);
        }
        if (w == Woken::early) early.fetch_add(1, release);
        tried.fetch_add(1, release);
    }
    return nullptr;
}

int main() {
    alarm(100);
    pthread_t t[wakers];
    for (long i = 0; i < wakers; i++) CHECK(pthread_create(&t[i], nullptr, wakes, reinterpret_cast<void*>(i)) == 0);
    u32 left_to_us = 0, by_waker = 0;
    for (u32 round = 1; round <= rounds; round++) {
        ready.store(0, relaxed), early.store(0, relaxed), tried.store(0, relaxed);
        co.wait.store(wait_preparing, seq_cst);
        round_of.store(round, release);
        for (u32 spin = 0; spin < round % 200; spin++) arch::cpu_relax();
        if (round % 4 == 0) sched_yield();
        saved = round;
        u32 expected = wait_preparing;
        bool parked = co.wait.cas(expected, wait_parked, acq_rel);
        u32 cause = expected;
        while (parked && (cause = co.wait.load(acquire)) == wait_parked) sched_yield();
        CHECK(cause >= cause_woken);
        for (int i = 0; i < wakers; i++)
            if (causes[i] == cause) CHECK(payload[i] == round * 10 + u32(i));
        while (tried.load(acquire) < wakers) sched_yield();
        CHECK(co.wait.load(relaxed) == cause);  // who came later changed nothing
        CHECK(ready.load(acquire) == u32(parked) && early.load(acquire) == u32(!parked));
        (parked ? by_waker : left_to_us)++;
        co.wait.store(wait_running, seq_cst);
        CHECK(try_wake(&co, cause_woken) == Woken::no);
    }
    for (auto thread : t) pthread_join(thread, nullptr);
    printf("%u woken from parked, %u before\n", by_waker, left_to_us);
    CHECK(by_waker > rounds / 100 && left_to_us > rounds / 100);
    return 0;
}

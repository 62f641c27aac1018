// Goal: futex table under threads: no wake-up is lost, none counts twice, none reaches a waiter that time or a signal has claimed. Method: waiters are host
// threads that go through a coroutine's motions (enlist, compare, commit the park, take themselves off); they take tokens from semaphores that
// other threads post, while one moves waiters between two semaphores and one claims them for timeouts at random (in the first half). What the wakers
// counted must be what the waiters saw. A token that nobody takes is a lost wake-up: the test then ends by its alarm.
// RUN: %clangxx -static -std=c++20 -O2 -g %unit %s %top/runtime/core/futex_table.cpp -o %t -pthread && env CORO_MODE=kernel %run %t
#include "core/futex_table.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

using namespace coro;
#define CHECK(x) ((x) ? void() : (printf("line %d: %s\n", __LINE__, #x), exit(1)))

constexpr int waiters = 3, posters = 2, keys = 2, tokens_each = 10000;
constexpr u64 timeouts_until = u64(tokens_each) * waiters / 2;  // later nothing but a waker helps one that was forgotten
static Atomic<u32> tokens[keys];
static Coroutine co[waiters];
static Atomic<u32> resumed[waiters];
static Atomic<u64> counted{0}, seen{0}, timeouts{0}, posted{0};
static Atomic<u32> posting{posters}, waiting{waiters};

static uptr key(unsigned k) { return uptr(tokens[k % keys].address()); }
static void resume(CoroutineQueue& ready) {
    while (Coroutine* c = ready.pop_front()) resumed[c - co].fetch_add(1, release);
}
static bool take(Atomic<u32>& t) {
    for (u32 n = t.load(seq_cst); n;)
        if (t.cas(n, n - 1, seq_cst)) return true;
    return false;
}

// One wait, as gate/futex.cpp does it. True: a waker has counted us.
static bool wait_on(long me, unsigned k, u32 bitset) {
    Coroutine* c = &co[me];
    futex_enlist(c, key(k), bitset);
    // Any token will do: one that is moved may be woken for the other semaphore's sake.
    bool changed = (tokens[0].load(seq_cst) || tokens[1].load(seq_cst)) && try_wake(c, cause_signal) != Woken::no;
    u32 expected = wait_preparing;
    if (c->wait.cas(expected, wait_parked, acq_rel)) {
        while (!resumed[me].load(acquire)) sched_yield();
        CHECK(resumed[me].exchange(0, acq_rel) == 1);
    } else {
        CHECK(expected >= cause_woken && resumed[me].load(acquire) == 0);
    }
    u32 cause = c->wait.load(acquire);
    if (k % 4 == 0) sched_yield();  // still on the list if not woken by a waker: others must pass it by
    futex_delist(c);
    CHECK(!c->futex_link.linked() && !c->futex_bucket);
    c->wait.store(wait_running, relaxed);
    CHECK(!changed || cause == cause_signal);
    return cause == cause_woken;
}

static void* waits(void* arg) {
    long me = long(arg);
    unsigned seed = unsigned(me);
    for (int taken = 0; taken < tokens_each;) {
        unsigned k = unsigned(rand_r(&seed));
        if (take(tokens[k % keys]) || take(tokens[(k + 1) % keys])) taken++;
        else if (wait_on(me, k >> 4, 1u << (k >> 8) % 2)) seen.fetch_add(1, relaxed);
    }
    waiting.fetch_add(u32(-1), seq_cst);
    return nullptr;
}

static void* posts(void* arg) {
    unsigned seed = 100 + unsigned(long(arg));
    while (!timeouts.load(relaxed)) sched_yield();  // the others are there, too
    for (int i = 0; i < tokens_each * waiters / posters; i++) {
        unsigned k = unsigned(rand_r(&seed));
        CoroutineQueue ready;
        while (tokens[0].load(relaxed) + tokens[1].load(relaxed) > 1) sched_yield();  // waiters are to wait
        tokens[k % keys].fetch_add(1, seq_cst);
        posted.fetch_add(1, relaxed);
        // A waiter may stand at either semaphore with either bit: look at all, wake one.
        u32 n = 0;
        for (unsigned at = 0; at < keys && !n; at++)
            for (u32 bit = 1; bit <= 2 && !n; bit++) n = futex_wake(key(k + at), 1, bit, ready);
        CHECK(n <= 1 && ready.size() <= n);
        counted.fetch_add(n, relaxed);
        resume(ready);
    }
    posting.fetch_add(u32(-1), seq_cst);
    return nullptr;
}

// Moves waiters, and claims them for a timeout. Each move is followed by a look as a poster's: a post may have missed the one in between.
static void* disturbs(void*) {
    unsigned seed = 7;
    while (waiting.load(seq_cst)) {
        unsigned k = unsigned(rand_r(&seed));
        CoroutineQueue ready;
        u32 moved, n = futex_requeue(key(k), 0, key(k + 1), 1 + (k >> 4) % 3, ready, &moved);
        CHECK(n == 0 && moved <= 3);
        if (moved && (tokens[0].load(seq_cst) || tokens[1].load(seq_cst))) counted.fetch_add(futex_wake(key(k + 1), moved, ~0u, ready), relaxed);
        if (k % 4 == 0 && posted.load(relaxed) < timeouts_until) {
            Coroutine* c = &co[(k >> 8) % waiters];
            Woken w = try_wake(c, cause_timeout);
            if (w != Woken::no) timeouts.fetch_add(1, relaxed);
            if (w == Woken::ready) ready.push_back(c);
        }
        resume(ready);
        if (k % 4 == 0) sched_yield();
    }
    return nullptr;
}

int main() {
    alarm(60);
    CHECK(futex_table_start() == 0);
    pthread_t w[waiters], p[posters], d;
    for (long i = 0; i < waiters; i++) CHECK(pthread_create(&w[i], nullptr, waits, reinterpret_cast<void*>(i)) == 0);
    for (long i = 0; i < posters; i++) CHECK(pthread_create(&p[i], nullptr, posts, reinterpret_cast<void*>(i)) == 0);
    CHECK(pthread_create(&d, nullptr, disturbs, nullptr) == 0);
    for (auto t : p) pthread_join(t, nullptr);
    for (auto t : w) pthread_join(t, nullptr);
    pthread_join(d, nullptr);
    printf("%lu woken, %lu timeouts\n", (unsigned long)counted.load(seq_cst), (unsigned long)timeouts.load(seq_cst));
    CHECK(counted.load(seq_cst) == seen.load(seq_cst));
    CHECK(seen.load(seq_cst) > 100 && timeouts.load(seq_cst) > 0);  // the interesting ways were gone
    CHECK(tokens[0].load(seq_cst) == 0 && tokens[1].load(seq_cst) == 0);
    CoroutineQueue ready;
    CHECK(futex_wake(key(0), 9, ~0u, ready) == 0 && futex_wake(key(1), 9, ~0u, ready) == 0);
    return 0;
}

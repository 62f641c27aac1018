// Goal: futex table: order of arrival, count, bitset, requeue with its counts, and a waiter that takes itself off, each against a waiter of another key in the
// same bucket. Method: single-threaded; parked coroutines are objects that nobody runs.
// RUN: %clangxx -static -std=c++20 -O1 -g %unit %s %top/runtime/core/futex_table.cpp -o %t && %run %t
#include "core/futex_table.h"

#include <stdio.h>
#include <stdlib.h>

using namespace coro;
#define CHECK(x) ((x) ? void() : (printf("line %d: %s\n", __LINE__, #x), exit(1)))

static volatile int list_lock;
extern "C" volatile int* __coro_musl_list_lock() { return &list_lock; }

static u32 words[1 << 20];
static Coroutine co[8];

static uptr bucket_bits(uptr key) { return (key >> 2) * 0x9E3779B97F4A7C15ull >> 48; }  // as futex_table.cpp has it
static uptr neighbour(uptr key) {
    for (auto& w : words)
        if (uptr(&w) != key && bucket_bits(uptr(&w)) == bucket_bits(key)) return uptr(&w);
    CHECK(!"a second key in the bucket");
    return 0;
}
static void park(int i, uptr key, u32 bitset) {
    futex_enlist(&co[i], key, bitset);
    CHECK(co[i].wait.load(relaxed) == wait_preparing);
    if (i % 2 == 0) co[i].wait.store(wait_parked, relaxed);  // odd ones are still on their stack
}
// Checks that exactly `expected`, of those parked, are in the queue, in this order; -1 ends.
static void is(CoroutineQueue& ready, int a, int b = -1, int c = -1) {
    const int expected[] = {a, b, c};
    for (int i : expected)
        if (i >= 0) CHECK(ready.pop_front() == &co[i]);
    CHECK(ready.empty());
}

int main() {
    CHECK(futex_table_start() == 0);
    uptr a = uptr(&words[5]), b = neighbour(a), far = uptr(&words[77]);
    CHECK(bucket_bits(far) != bucket_bits(a));
    CHECK(futex_is_private(a, 128) && !futex_is_private(a, 0) && futex_is_private(uptr(&list_lock), 0));
    CoroutineQueue ready;
    u32 moved;

    CHECK(futex_wake(a, 1, ~0u, ready) == 0);
    for (int i = 0; i < 6; i++) park(i, i == 2 ? b : a, i == 4 ? 2u : 1u);
    CHECK(futex_wake(a, 1, ~0u, ready) == 1);  // the oldest
    is(ready, 0);
    CHECK(futex_wake(a, 9, 2, ready) == 1);  // only 4 has that bit
    is(ready, 4);
    CHECK(futex_wake(a, 9, 4, ready) == 0);
    CHECK(try_wake(&co[1], cause_timeout) == Woken::early);  // claimed by another: not counted, and still to take itself off
    CHECK(futex_wake(a, 9, ~0u, ready) == 2);                // 3 and 5, which were early: not for the queue
    is(ready, -1);
    CHECK(co[3].wait.load(relaxed) == cause_woken && co[1].wait.load(relaxed) == cause_timeout);
    for (int i = 0; i < 6; i++)
        if (i != 2) futex_delist(&co[i]);
    CHECK(futex_wake(a, 9, ~0u, ready) == 0);

    for (int i = 4; i < 8; i++) park(i, a, ~0u);
    CHECK(futex_requeue(a, 1, far, 2, ready, &moved) == 1 && moved == 2);
    is(ready, 4);
    CHECK(futex_wake(a, 9, ~0u, ready) == 1 && co[7].wait.load(relaxed) == cause_woken);
    futex_delist(&co[5]);  // finds itself where it was moved to
    CHECK(futex_wake(far, 9, ~0u, ready) == 1);
    is(ready, 6);
    futex_delist(&co[4]), futex_delist(&co[6]), futex_delist(&co[7]);

    for (int i = 4; i < 8; i++) park(i, a, ~0u);
    CHECK(futex_requeue(a, 0, b, 3, ready, &moved) == 0 && moved == 3);  // within one bucket, behind 2
    CHECK(futex_wake(b, 2, ~0u, ready) == 2);
    is(ready, 2, 4);
    CHECK(futex_requeue(b, 0, b, 9, ready, &moved) == 0 && moved == 2);  // to itself: comes to an end
    CHECK(futex_wake(a, 9, ~0u, ready) == 1 && futex_wake(b, 9, ~0u, ready) == 2);
    is(ready, 6);

    park(0, a, ~0u);
    CHECK(futex_requeue(a, 0, far, 1, ready, &moved) == 0 && moved == 1);
    CHECK(futex_wake(a, 9, ~0u, ready) == 0 && futex_wake(far, 9, ~0u, ready) == 1);
    is(ready, 0);
    return 0;
}

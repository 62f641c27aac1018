// Goal: under stealing every coroutine pushed is taken exactly once. Method: an owner pushes, pops, uses the slot and the creators' stack;
// three thieves steal; kernel threads. Before that, alone: the newest creator comes first, and the oldest is kicked out or stolen.
// RUN: %clangxx -static -std=c++20 -O2 -g %unit %s -o %t -pthread && env CORO_MODE=kernel %run %t
#include "core/run_queue.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

using namespace coro;

constexpr int count = 2000000, thieves = 3;
static RunQueue queue, stolen[thieves];
static Atomic<u8> taken[count];
static Atomic<u32> total{0};

// Pointers stand for numbers: a queue never looks inside.
static Coroutine* item(int i) { return reinterpret_cast<Coroutine*>(uptr(i + 1) * 64); }
static void take(Coroutine* co) {
    int i = int(uptr(co) / 64) - 1;
    if (taken[i].exchange(1, seq_cst)) {
        printf("%d was taken twice\n", i);
        exit(1);
    }
    total.fetch_add(1, seq_cst);
}

static void* steal(void* arg) {
    RunQueue& mine = stolen[long(arg)];
    while (total.load(seq_cst) < count) {
        if (Coroutine* co = queue.steal_into(mine)) take(co);
        if (long(arg) == 0)
            if (Coroutine* co = queue.take_next()) take(co);
        while (Coroutine* co = mine.pop()) take(co);
    }
    return nullptr;
}

static void creators() {
    static RunQueue q, to;
    for (int i = 0; i < 64; i++)
        if (q.push_creator(item(i))) exit(2);
    if (q.push_creator(item(64)) != item(0) || q.size() != 64 || q.empty()) exit(3);
    if (q.pop_creator() != item(64) || q.pop_creator() != item(63) || q.steal_into(to) != item(1)) exit(4);
    if (!q.push(item(99)) || q.steal_into(to) != item(99)) exit(5);  // the ring's first
    for (int i = 62; i > 1; i--)
        if (q.pop_creator() != item(i)) exit(6);
    if (q.pop_creator() || !q.empty()) exit(7);
}

int main() {
    creators();
    pthread_t t[thieves];
    for (long i = 0; i < thieves; i++) pthread_create(&t[i], nullptr, steal, (void*)i);
    for (int i = 0; i < count;) {
        if (i % 5 == 0) {
            Coroutine* kicked = queue.put_next(item(i++));
            if (kicked && !queue.push(kicked)) take(kicked);
        } else if (i % 7 == 0) {
            if (Coroutine* kicked = queue.push_creator(item(i++))) take(kicked);
        } else if (queue.push(item(i))) {
            i++;
        }
        if (i % 3 == 0)
            if (Coroutine* co = queue.pop()) take(co);
        if (i % 11 == 0)
            if (Coroutine* co = queue.pop_creator()) take(co);
    }
    while (total.load(seq_cst) < count) {
        if (Coroutine* co = queue.pop()) take(co);
        if (Coroutine* co = queue.take_next()) take(co);
        if (Coroutine* co = queue.pop_creator()) take(co);
    }
    for (auto thread : t) pthread_join(thread, nullptr);
    return total.load(seq_cst) != count;
}

// Goal: ids of live coroutines are unique and found, those of freed ones are not, and are used again late; under threads too; without memory the answer is
// null and nothing is lost. Method: a window of live ones; three threads that allocate, find and free; then a limit on address space.
// RUN: %clangxx -static -std=c++20 -O1 -g %unit %s %top/runtime/core/coroutine_table.cpp -o %t -pthread && env CORO_MODE=kernel %run %t
#include "core/coroutine_table.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

using namespace coro;
#define CHECK(x) ((x) ? void() : (printf("line %d: %s\n", __LINE__, #x), exit(1)))

constexpr int threads = 3, window = 200, rounds = 20000;
static CoroutineTable table;
static Atomic<u8> live[1 << 20];  // by index of the id

static Coroutine* allocate() {
    Coroutine* co = table.allocate();
    if (!co) return nullptr;
    CHECK(co->tid >= CoroutineTable::tid_base && co->tid < CoroutineTable::tid_end);
    CHECK(live[co->tid - CoroutineTable::tid_base].exchange(1, seq_cst) == 0);  // unique
    CHECK(co->depth == 0 && co->wait.load(relaxed) == wait_running && co->signal_mask == 0 && !co->entry_arg && !co->clear_tid);
    CHECK(table.find(co->tid) == co);
    co->depth = 7, co->signal_mask = 7, co->clear_tid = reinterpret_cast<volatile int*>(8);  // to be zero when used again
    return co;
}
static void give_back(Coroutine* co) {
    int tid = co->tid;
    CHECK(table.find(tid) == co);
    CHECK(live[tid - CoroutineTable::tid_base].exchange(0, seq_cst) == 1);
    table.free(co);
}

static void* churn(void* arg) {
    Coroutine* mine[window] = {};
    unsigned seed = unsigned(long(arg));
    for (int i = 0; i < rounds; i++) {
        Coroutine*& co = mine[unsigned(rand_r(&seed)) % window];
        if (co) give_back(co);
        co = co ? nullptr : allocate();
        Coroutine* other = table.find(CoroutineTable::tid_base + rand_r(&seed) % 1000);  // anybody's: live or null, never garbage
        CHECK(!other || uptr(other) % alignof(Coroutine) == 0);
    }
    for (auto co : mine)
        if (co) give_back(co);
    return nullptr;
}

int main() {
    CHECK(!table.find(0) && !table.find(-1) && !table.find(CoroutineTable::tid_base) && !table.find(CoroutineTable::tid_end - 1));
    // A freed id stays unknown for a while: some others are freed before it comes again.
    Coroutine* first = allocate();
    int tid = first->tid;
    give_back(first);
    CHECK(!table.find(tid));
    for (u32 i = 0; i < CoroutineTable::late_reuse; i++) {
        Coroutine* co = allocate();
        CHECK(co->tid != tid);
        give_back(co);
    }
    Coroutine* again = allocate();
    CHECK(again == first && again->tid == tid);  // least recently freed first
    give_back(again);

    pthread_t t[threads];
    for (long i = 0; i < threads; i++) CHECK(pthread_create(&t[i], nullptr, churn, reinterpret_cast<void*>(i)) == 0);
    for (auto thread : t) pthread_join(thread, nullptr);
    u32 made = 0;
    table.for_each([&](Coroutine* co) { made++, CHECK(co->tid == 0); });
    CHECK(made <= threads * window + CoroutineTable::late_reuse + threads);

    rlimit none{1 << 20, RLIM_INFINITY}, all{RLIM_INFINITY, RLIM_INFINITY};
    static Coroutine* held[100000];
    int n = 0;
    CHECK(setrlimit(RLIMIT_AS, &none) == 0);
    if (mmap(nullptr, 1 << 30, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) return 0;  // an emulator may not know the limit
    while ((held[n] = allocate())) n++;  // until the chunks in hand are used up
    CHECK(n > 0 && !allocate());
    give_back(held[--n]);  // one freed is one to be had, at once
    CHECK((held[n++] = allocate()) && !allocate());
    CHECK(setrlimit(RLIMIT_AS, &all) == 0);
    CHECK((held[n++] = allocate()) != nullptr);
    while (n) give_back(held[--n]);
    table.reset();
    CHECK(!table.find(tid));
    CHECK(allocate()->tid == CoroutineTable::tid_base);
    return 0;
}

// Goal: stacks are zeroed where promised, distinct, guarded (write(2) from the guard gives EFAULT), reused last in first out, and separate by guard size;
// trimming gives the pages of many freed ones back; without memory the answer is null, but not while a cache has one.
// RUN: %clangxx -static -std=c++20 -O1 -g %unit %s %top/runtime/core/stack_pool.cpp -o %t && %run %t
#include "core/stack_pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace coro;
#define CHECK(x) ((x) ? void() : (printf("line %d: %s\n", __LINE__, #x), exit(1)))

constexpr size_t bytes = 76 << 10, guard = 8 << 10, top = 1400;

static long resident() {
    long n = 0;
    FILE* f = fopen("/proc/self/statm", "r");
    CHECK(f && fscanf(f, "%*d %ld", &n) == 1);
    fclose(f);
    return n;
}
static bool writable_from(void* p, int fd) { return write(fd, p, 1) == 1; }

static void limit_memory(rlim_t bytes) {
    rlimit l{bytes, RLIM_INFINITY};
    CHECK(setrlimit(RLIMIT_AS, &l) == 0);
}

// An emulator may not know the limit.
static bool memory_is_limited() {
    void* p = mmap(nullptr, 1 << 30, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p != MAP_FAILED) munmap(p, 1 << 30);
    return p == MAP_FAILED;
}

int main() {
    int fds[2];
    CHECK(pipe(fds) == 0);
    static char* s[20000];
    StackCache cache;
    for (auto& p : s) {
        p = static_cast<char*>(stack_allocate(&cache, bytes, guard, top));
        CHECK(p);
        for (size_t i = 0; i < top; i += 100) CHECK(p[bytes - 1 - i] == 0);
        memset(p + bytes - 3000, 1, 3000);
    }
    for (int i = 0; i < 20000; i += 997) CHECK(!writable_from(s[i] + guard - 1, fds[1]) && writable_from(s[i] + guard, fds[1]));
    long full = resident();
    for (auto p : s) stack_free(&cache, p, bytes);
    CHECK(resident() > full - 2000);  // they stay warm
    u32 excess;
    while ((excess = stack_pool_excess())) CHECK(stack_pool_trim(excess) > 0);
    CHECK(resident() < full - 12000);
    void* last = s[63];  // the cache holds the first 64, the newest is reused first
    char* again = static_cast<char*>(stack_allocate(&cache, bytes, guard, top));
    CHECK(again == last && again[bytes - 1] == 0);
    // What another cache holds is to be had after a flush, when there is nothing else.
    limit_memory(64 << 20);
    if (!memory_is_limited()) return 0;
    StackCache others;
    while (void* p = stack_allocate(&cache, bytes, guard, top)) last = p;
    stack_free(&others, last, bytes);
    CHECK(!stack_allocate(&cache, bytes, guard, top));
    stack_cache_flush(&others);
    CHECK(stack_allocate(&cache, bytes, guard, top) == last);
    limit_memory(RLIM_INFINITY);
    char* other = static_cast<char*>(stack_allocate(&cache, bytes, page_bytes, top));  // the same size, another guard
    CHECK(other && !writable_from(other, fds[1]) && writable_from(other + page_bytes, fds[1]));
    stack_free(&cache, other, bytes);
    CHECK(stack_allocate(&cache, bytes, page_bytes, top) == other);
    void* large = stack_allocate(nullptr, 64 << 20, guard, top);
    CHECK(large);
    stack_free(nullptr, large, 64 << 20);
    limit_memory(64 << 20);
    CHECK(!stack_allocate(nullptr, 8 << 20, guard, top));
    return 0;
}

// Where coroutines come from, and how a thread id finds one. Memory grows in chunks that are never given back (type-stable).
// Thread ids: 2^22 + index. 2^22 is above the kernel's largest pid_max, so that an id which leaks to the kernel gives ESRCH, and
// musl packs an id into 28 bits. An index is reused least recently freed first.
#pragma once
#include "core/coroutine.h"
#include "sys/spin_lock.h"

namespace [[gnu::visibility("hidden")]] coro {

class CoroutineTable {
public:
    static constexpr int tid_base = 1 << 22, tid_end = 1 << 28;
    static constexpr u32 chunk_coroutines = 1024, chunks_max = 16384;

    static constexpr u32 late_reuse = 16;  // so many others are freed before an id comes again; more of them would not stay in the CPU's first cache

    // A zeroed coroutine with a tid, or null when memory or ids have run out.
    Coroutine* allocate();
    void free(Coroutine* co);
    // The live coroutine with this virtual id, or null.
    Coroutine* find(int tid);
    // Live ones now, most at once, ever; main, which has no place here, not counted.
    struct Counts {
        u64 live, peak, made;
    };
    Counts counts();
    // In a fork child: the parent's coroutines are none of ours.
    void reset();
    // Every object ever made, live (tid != 0) or not.
    template <class F> void for_each(F f) {
        for (u32 i = 0, n = made_.load(acquire); i < n; i++) f(at(i));
    }

private:
    friend struct DebuggerTable;
    Coroutine* take_free();
    void count_made();
    bool add_chunk(u32 chunk);
    Coroutine* at(u32 index) { return &chunks_[index / chunk_coroutines][index % chunk_coroutines]; }
    SpinLock lock_;
    Coroutine* chunks_[chunks_max] = {};  // written once each, before made_ covers them
    Atomic<u32> made_{0};
    CoroutineQueue free_;                 // guarded by lock_
    u32 peak_ = 0;                        // guarded by lock_, as the next
    u64 total_ = 0;
};

extern CoroutineTable coroutine_table;

}  // namespace coro

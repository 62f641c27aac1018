// What is counted for CORO_STATS and <coro.h>. Each worker has its own counters, which its kernel thread alone writes: an increment of a word that nobody else
// has in his cache. Who wants a sum reads them all (observe/stats.cpp), and may miss what happens meanwhile.
#pragma once
#include "core/coroutine.h"

namespace [[gnu::visibility("hidden")]] coro {

// What must happen once the previous coroutine is off its stack: done by whoever runs next on the worker.
enum class After : u8 { nothing, park, yield, preempt, handed_over, exit, unmap };

// Why a coroutine was given a kernel thread of its own (sched/binding.h).
enum class BindReason : u8 { scope, inherited, scheduling, attribute, clock, mutex };

class Counter {
public:
    [[gnu::always_inline]] void add() { value_.store(value_.load(relaxed) + 1, relaxed); }
    u64 get() const { return value_.load(relaxed); }

private:
    Atomic<u64> value_{0};
};

struct Counters {
    static constexpr size_t ways = size_t(After::unmap) + 1, reasons = size_t(Reason::created) + 1, bind_reasons = size_t(BindReason::mutex) + 1;

    Counter left[ways];         // switches, by what became of the coroutine that was left
    Counter parks[reasons];
    Counter binds[bind_reasons];
    Counter steals;
    Counter handoffs;           // calls whose processor went on without them
    Counter covers;             // extra processors that were lent
};

}  // namespace coro

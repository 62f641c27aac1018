// musl's thread-list lock, which every thread takes to make another and to exit. Its word holds the owner's id. It is held for some 200 ns
// at a time, so whoever finds it taken waits for a moment before he parks; and its owner is not preempted: with it off its processor
// all that is ready would run up to the lock and park there, one after the other, breadth first.
#pragma once
#include "core/coroutine.h"

extern "C" volatile int* __coro_musl_list_lock();

namespace [[gnu::visibility("hidden")]] coro {
namespace thread_list {

inline bool held_by(const Coroutine* co) { return *__coro_musl_list_lock() == co->tid; }

// True: `owner` has released it. Only worth while if he may run on another processor.
inline bool released_soon(int owner) {
    constexpr int spins = 64;
    for (int i = 0; i < spins; i++) {
        if (*__coro_musl_list_lock() != owner) return true;
        arch::cpu_relax();
    }
    return false;
}

}  // namespace thread_list
}  // namespace coro

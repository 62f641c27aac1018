// A lock for the runtime's own short sections (tens of instructions, no system call, no program memory inside). The holder may
// be preempted by the kernel, so a waiter gives its CPU up after a short spin. Never held while a coroutine parks.
#pragma once
#include "sys/kernel.h"

namespace [[gnu::visibility("hidden")]] coro {

class [[clang::capability("mutex")]] SpinLock {
public:
    void lock() __attribute__((acquire_capability())) {
        if (CORO_UNLIKELY(word_.exchange(1, acquire))) lock_slow();  // pairs with the store in unlock
    }
    bool try_lock() __attribute__((try_acquire_capability(true))) {
        return !word_.load(relaxed) && !word_.exchange(1, acquire);
    }
    void unlock() __attribute__((release_capability())) { word_.store(0, release); }

private:
    [[gnu::noinline]] void lock_slow() {
        for (unsigned spins = 0;; spins++) {
            if (!word_.load(relaxed) && !word_.exchange(1, acquire)) return;
            if (spins % 64 == 63) sys::yield();
            else arch::cpu_relax();
        }
    }
    Atomic<u32> word_{0};
};

class [[clang::scoped_lockable]] Locked {
public:
    explicit Locked(SpinLock& l) __attribute__((acquire_capability(l))) : lock_(l) { lock_.lock(); }
    ~Locked() __attribute__((release_capability())) { lock_.unlock(); }
    Locked(const Locked&) = delete;

private:
    SpinLock& lock_;
};

}  // namespace coro

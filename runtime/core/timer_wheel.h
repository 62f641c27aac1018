// Timers of one processor: a hierarchical timing wheel (Varghese and Lauck 1987). Eight levels of 64 slots; a tick is 2^14 ns (16 us),
// so a timer fires at most one tick late and never early. Arming and cancelling are O(1) at any number of timers, and nothing
// is allocated: a coroutine waits for one deadline at a time and carries the link.
//
// Anybody may fire a wheel that is due: its processor, the poller, the monitor. Lock: the wheel's own, a leaf.
#pragma once
#include "core/coroutine.h"
#include "sys/spin_lock.h"

namespace [[gnu::visibility("hidden")]] coro {

class TimerWheel {
public:
    // Wakes co with cause_timeout at `deadline_ns` (CLOCK_MONOTONIC). co is `preparing`.
    void arm(Coroutine* co, u64 deadline_ns);
    // Fires what is due at `now_ns`: those it could claim are appended to `ready`. Cheap when nothing is due.
    void fire(u64 now_ns, CoroutineQueue& ready);
    // A time not after the first deadline; `never` when there is none. Read without the lock.
    u64 next_ns() const { return next_ns_.load(acquire); }

    // Takes back co's timer, wherever it is. Called by co itself after its wake.
    static void cancel(Coroutine* co);

private:
    static constexpr u32 levels = 8, slot_bits = 6, slots = 1 << slot_bits, tick_bits = 14;
    u64 insert(Coroutine* co);
    void cascade(u32 level);
    u64 next_tick() const;

    SpinLock lock_;
    u64 tick_ = 0;            // every tick before this one has been fired; guarded by lock_
    u64 occupied_[levels] = {};
    Link slot_[levels][slots] = {};  // singly used as list heads
    Atomic<u64> next_ns_{never};
};

}  // namespace coro

// The run queue of one processor: a ring that its owner pushes to and pops from, and that others steal half of (as in Go's runqput,
// runqget and runqgrab), a slot for the coroutine woken last, which runs next, and a stack of creators that have handed over to a
// child: the newest goes on first, so that a tree of threads is walked depth first and few stacks are alive at a time.
//
// head_: next to pop; moved by CAS, by the owner and by thieves.  tail_: next to push; the owner's store alone.
// [ring] release store of tail_ after the entry is written pairs with the acquire load in steal;
//        a CAS on head_ (acq_rel) claims entries: an entry is not overwritten before head_ has passed it, since push reads head_ with
//        acquire.
// [slot] exchanged by everybody (acq_rel): whoever gets the pointer owns the coroutine.
// [creators] under a lock of its own, which thieves take only when the ring has nothing for them.
#pragma once
#include "core/coroutine.h"
#include "sys/spin_lock.h"

namespace [[gnu::visibility("hidden")]] coro {

class RunQueue {
public:
    static constexpr u32 capacity = 256;

    // Owner only. The one that had the slot, if any, is returned and must be queued elsewhere.
    Coroutine* put_next(Coroutine* co) {
        if (!next_.load(relaxed)) {
            next_.store(co, release);  // only the owner fills the slot: nobody can fill it between load and store
            return nullptr;
        }
        return next_.exchange(co, acq_rel);
    }
    // Anybody.
    Coroutine* take_next() { return next_.load(relaxed) ? next_.exchange(nullptr, acq_rel) : nullptr; }
    Coroutine* peek_next() const { return next_.load(relaxed); }

    // Owner only; false when full.
    bool push(Coroutine* co) {
        u32 head = head_.load(acquire), tail = tail_.load(relaxed);
        if (tail - head >= capacity) return false;
        ring_[tail % capacity].store(co, relaxed);
        tail_.store(tail + 1, release);  // [ring]
        return true;
    }
    // Owner only.
    Coroutine* pop() {
        u32 head = head_.load(acquire);
        for (;;) {
            if (head == tail_.load(relaxed)) return nullptr;
            Coroutine* co = ring_[head % capacity].load(relaxed);
            if (head_.cas(head, head + 1, acq_rel)) return co;
        }
    }
    // Owner only. When there is no room the oldest is returned and must be queued elsewhere.
    Coroutine* push_creator(Coroutine* co) {
        Locked hold(creators_lock_);
        Coroutine* kicked = creator_count_.load(relaxed) == creators_max ? take_oldest_creator() : nullptr;
        u32 n = creator_count_.load(relaxed);
        creators_[n] = co;
        creator_count_.store(n + 1, relaxed);
        return kicked;
    }
    // Owner only: the newest.
    Coroutine* pop_creator() {
        if (!creator_count_.load(relaxed)) return nullptr;
        Locked hold(creators_lock_);
        u32 n = creator_count_.load(relaxed);
        if (!n) return nullptr;
        creator_count_.store(n - 1, relaxed);
        return creators_[n - 1];
    }
    // A thief, for its own queue `to`, which is empty: half of the ring, or the oldest creator. One of them is returned, not queued.
    Coroutine* steal_into(RunQueue& to) {
        Coroutine* co = steal_from_ring(to);
        return co ? co : steal_creator();
    }
    // Anybody: the oldest.
    Coroutine* steal_creator() {
        if (!creator_count_.load(relaxed)) return nullptr;
        Locked hold(creators_lock_);
        return creator_count_.load(relaxed) ? take_oldest_creator() : nullptr;
    }
    u32 size() const { return tail_.load(relaxed) - head_.load(relaxed) + creator_count_.load(relaxed); }
    bool empty() const { return size() == 0 && !next_.load(relaxed); }

private:
    static constexpr u32 creators_max = 64;

    Coroutine* steal_from_ring(RunQueue& to) {
        for (;;) {
            u32 head = head_.load(acquire), tail = tail_.load(acquire);  // [ring]
            u32 n = tail - head;
            n -= n / 2;
            if (n == 0) return nullptr;
            if (n > capacity / 2) continue;  // head and tail were read apart
            u32 mine = to.tail_.load(relaxed);
            Coroutine* first = ring_[head % capacity].load(relaxed);
            for (u32 i = 1; i < n; i++)
                to.ring_[(mine + i - 1) % capacity].store(ring_[(head + i) % capacity].load(relaxed), relaxed);
            if (!head_.cas(head, head + n, acq_rel)) continue;
            to.tail_.store(mine + n - 1, release);
            return first;
        }
    }
    // Requires the lock, and that there is one.
    Coroutine* take_oldest_creator() {
        u32 n = creator_count_.load(relaxed);
        Coroutine* oldest = creators_[0];
        __builtin_memmove(creators_, creators_ + 1, (n - 1) * sizeof *creators_);
        creator_count_.store(n - 1, relaxed);
        return oldest;
    }

    Atomic<u32> head_{0};
    Atomic<u32> tail_{0};
    Atomic<Coroutine*> next_{nullptr};
    SpinLock creators_lock_;
    Atomic<u32> creator_count_{0};  // written under the lock; a hint without it
    Coroutine* creators_[creators_max] = {};
    Atomic<Coroutine*> ring_[capacity] = {};
};

}  // namespace coro

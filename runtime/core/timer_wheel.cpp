#include "core/timer_wheel.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace {

void push(Link& head, Link* l) {
    if (!head.next) head.next = head.prev = &head;
    l->prev = head.prev;
    l->next = &head;
    head.prev->next = l;
    head.prev = l;
}

}  // namespace

// Level k holds deadlines whose tick differs from tick_ first in digit k (base 64): it is reached when all digits below are 0.
// Returns when it is due: rounded up to a tick, so never early.
u64 TimerWheel::insert(Coroutine* co) {
    u64 due = (co->deadline_ns >> tick_bits) + 1;
    if (due < tick_) due = tick_;
    u64 differ = due ^ tick_;
    u32 level = differ ? (63 - u32(__builtin_clzll(differ))) / slot_bits : 0;
    u32 slot = u32(due >> (level * slot_bits)) % slots;
    if (level >= levels) {  // beyond the wheel: as far ahead as it reaches, to be looked at again from there
        level = levels - 1;
        slot = u32((tick_ >> (level * slot_bits)) + slots - 1) % slots;
    }
    co->timer_slot_level = u8(level);
    co->timer_slot = u8(slot);
    occupied_[level] |= u64{1} << slot;
    push(slot_[level][slot], &co->timer_link);
    return due <= never >> tick_bits ? due << tick_bits : never;
}

void TimerWheel::arm(Coroutine* co, u64 deadline_ns) {
    Locked hold(lock_);
    co->deadline_ns = deadline_ns;
    co->timer_wheel = this;
    u64 due_ns = insert(co);
    if (due_ns < next_ns_.load(relaxed)) next_ns_.store(due_ns, release);
}

void TimerWheel::cancel(Coroutine* co) {
    TimerWheel* wheel = co->timer_wheel;
    if (!wheel) return;
    co->timer_wheel = nullptr;
    Locked hold(wheel->lock_);
    if (!co->timer_link.linked()) return;
    co->timer_link.unlink();
    Link& head = wheel->slot_[co->timer_slot_level][co->timer_slot];
    if (head.next == &head) wheel->occupied_[co->timer_slot_level] &= ~(u64{1} << co->timer_slot);
    // next_ns_ may now be too early: a fire that finds nothing corrects it.
}

// Moves the slot of `level` that tick_ has come to, down.
void TimerWheel::cascade(u32 level) {
    u32 slot = u32(tick_ >> (level * slot_bits)) % slots;
    if (!(occupied_[level] & (u64{1} << slot))) return;
    occupied_[level] &= ~(u64{1} << slot);
    Link& head = slot_[level][slot];
    while (head.next != &head) {
        Link* l = head.next;
        l->unlink();
        insert(Coroutine::from_timer_link(l));
    }
}

// The first tick, not before tick_, at which a slot begins that holds something.
u64 TimerWheel::next_tick() const {
    u64 next = never;
    for (u32 level = 0; level < levels; level++) {
        if (!occupied_[level]) continue;
        u32 shift = level * slot_bits;
        u64 now = tick_ >> shift, digit = now % slots;
        u64 ahead = occupied_[level] >> digit;
        // Behind the digit only in the last level, where far deadlines are clamped.
        u64 slot = ahead ? digit + u64(__builtin_ctzll(ahead)) : u64(__builtin_ctzll(occupied_[level])) + slots;
        next = min(next, max(tick_, (now - digit + slot) << shift));
    }
    return next;
}

void TimerWheel::fire(u64 now_ns, CoroutineQueue& ready) {
    if (now_ns < next_ns_.load(acquire)) return;
    Locked hold(lock_);
    u64 now = now_ns >> tick_bits;
    for (u64 tick; (tick = next_tick()) <= now; tick_ = tick + 1) {
        tick_ = tick;
        for (u32 level = levels - 1; level > 0; level--)
            if (tick % (u64{1} << (level * slot_bits)) == 0) cascade(level);
        Link& head = slot_[0][tick % slots];
        occupied_[0] &= ~(u64{1} << (tick % slots));
        while (head.next && head.next != &head) {
            Link* l = head.next;
            l->unlink();
            Coroutine* co = Coroutine::from_timer_link(l);
            if (try_wake(co, cause_timeout) == Woken::ready) ready.push_back(co);
        }
    }
    tick_ = max(tick_, now + 1);
    u64 next = next_tick();
    next_ns_.store(next >= never >> tick_bits ? never : next << tick_bits, release);
}

}  // namespace coro

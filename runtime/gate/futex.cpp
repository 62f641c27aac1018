// futex(2).
#include "core/futex_table.h"

#include "core/thread_list.h"
#include "gate/deadline.h"
#include "gate/submit.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace {

enum { op_wait = 0, op_wake = 1, op_requeue = 3, op_cmp_requeue = 4, op_wake_op = 5, op_lock_pi = 6, op_unlock_pi = 7,
       op_trylock_pi = 8, op_wait_bitset = 9, op_wake_bitset = 10, op_lock_pi2 = 13, op_mask = 127, op_private = 128,
       op_realtime = 256 };
constexpr u32 pi_waiters = 0x80000000, pi_tid = 0x3fffffff;

// A compare-and-swap of a futex word, a full barrier. 0; 1: `*seen` was not there, now it is what is; -EFAULT.
long cas(uptr key, u32* seen, u32 value) { return __coro_arch_cas(reinterpret_cast<void*>(key), seen, value); }

// What a handler means for a wait: as futex(2) has it, one with a time-out is not restarted, one for a lock always.
enum class AfterHandler { as_flags_say, ends, goes_on };

long wait(Call& c, uptr key, u32 value, u32 bitset, u64 deadline_ns, AfterHandler after) {
    Coroutine* co = c.co;
    if (!bitset) return -EINVAL;
    for (;;) {
        u32 seen;
        if (!read_program_word(&seen, key)) return -EFAULT;
        if (seen != value) return -EAGAIN;
        if (deadline_ns != never && deadline_ns <= sys::now_ns()) return -ETIMEDOUT;
        futex_enlist(co, key, bitset);
        bool there = read_program_word(&seen, key);
        bool changed = (!there || seen != value) && try_wake(co, cause_woken) != Woken::no;
        if (deadline_ns != never && !changed) arm_deadline(co, deadline_ns);
        Wait cause = park_interruptible(co, Reason::futex, reinterpret_cast<void*>(key));
        futex_delist(co);
        if (deadline_ns != never) TimerWheel::cancel(co);
        if (changed) return -EAGAIN;
        if (cause == cause_woken) return 0;
        if (cause == cause_timeout) return -ETIMEDOUT;
        if (after == AfterHandler::goes_on) run_handlers_may_migrate(co);
        else if (ends_with_eintr(c, after == AfterHandler::as_flags_say)) return -EINTR;
    }
}

// Another process may be on the other side: the kernel's futex, through the ring if there is one that knows how.
long wait_shared(Call& c, uptr key, u32 value, u32 bitset, u64 deadline_ns, AfterHandler after) {
    for (;;) {
        ring::Request r{};
        r.operation = sys::uring_futex_wait;
        r.fd = sys::uring_futex_u32;
        r.address = key;
        r.offset = value;
        r.mask = bitset;
        Wait cause = may_submit(c.co) ? submit_interruptible(c, r, deadline_ns, Reason::futex, reinterpret_cast<void*>(key)) : not_submitted;
        if (cause == not_submitted || r.result == -EINVAL) return in_place(c, CallKind::long_call);
        if (r.result != -ECANCELED) return r.result;
        if (cause == cause_timeout) return -ETIMEDOUT;
        if (cause == cause_signal && ends_with_eintr(c, after == AfterHandler::as_flags_say)) return -EINTR;
    }
}

// Callers of futex_waitv(2), which wait in the kernel: a wake-up of a private futex is for them too. A count that a handler left behind
// (siglongjmp) costs a system call for each wake-up, nothing else.
constinit Atomic<u32> waiters_in_kernel{0};

long wake(uptr key, u32 count, u32 bitset) {
    CoroutineQueue ready;
    u32 woken = futex_wake(key, count, bitset, ready);
    // seq_cst, behind futex_wake's fence: the word was changed before this is looked at; pairs with futex_waitv.
    if (CORO_UNLIKELY(waiters_in_kernel.load(seq_cst)) && woken < count) {
        long more = sys::syscall(SYS_futex, key, op_wake_bitset | op_private, count - woken, 0, 0, bitset);
        if (more > 0) woken += u32(more);
    }
    if (ready.empty()) return woken;
    if (CORO_UNLIKELY(futex_is_thread_list(key))) make_ready_below(ready.pop_front());  // the slot is for the thread just made
    else make_ready(ready);
    return woken;
}

long requeue(uptr key, u32 count, uptr to, u32 move, bool report_moved) {
    CoroutineQueue ready;
    u32 moved, woken = futex_requeue(key, count, to, move, ready, &moved);
    if (!ready.empty()) make_ready(ready);
    return woken + (report_moved ? moved : 0);
}

// FUTEX_WAKE_OP: *key2 = op(*key2), wake key, and key2 if the old value compares.
long wake_op(uptr key, u32 count, uptr key2, u32 count2, u32 encoded) {
    int op = encoded >> 28 & 7, compare = encoded >> 24 & 15;
    int arg = int(encoded << 8) >> 20, compare_arg = int(encoded << 20) >> 20;
    if (encoded >> 31) arg = 1 << (arg & 31);
    u32 old;
    if (!read_program_word(&old, key2)) return -EFAULT;
    for (long r = 1; r != 0;) {
        u32 next = op == 0 ? u32(arg) : op == 1 ? old + u32(arg) : op == 2 ? old | u32(arg) : op == 3 ? old & ~u32(arg) : old ^ u32(arg);
        if (op > 4) return -ENOSYS;
        if ((r = cas(key2, &old, next)) < 0) return r;
    }
    int seen = int(old);
    bool meets = compare == 0   ? seen == compare_arg
                 : compare == 1 ? seen != compare_arg
                 : compare == 2 ? seen < compare_arg
                 : compare == 3 ? seen <= compare_arg
                 : compare == 4 ? seen > compare_arg
                                : seen >= compare_arg;
    return wake(key, count, ~0u) + (meets ? wake(key2, count2, ~0u) : 0);
}

// Priority-inheriting locks among coroutines, which have no priorities: the word's protocol is kept, the boost is not.
long lock_pi(Call& c, uptr key, u64 deadline_ns, bool only_try) {
    u32 tid = u32(c.co->tid), waited = 0;
    for (;;) {
        u32 seen;
        if (!read_program_word(&seen, key)) return -EFAULT;
        if ((seen & pi_tid) == tid) return -EDEADLK;
        if (!(seen & pi_tid)) {
            if (long r = cas(key, &seen, tid | (seen & ~pi_tid) | waited); r <= 0) return r;
            continue;
        }
        if (only_try) return -EAGAIN;
        if (!(seen & pi_waiters)) {
            long r = cas(key, &seen, seen | pi_waiters);
            if (r < 0) return r;
            if (r > 0) continue;
        }
        long r = wait(c, key, seen | pi_waiters, ~0u, deadline_ns, AfterHandler::goes_on);
        if (r != 0 && r != -EAGAIN) return r;
        waited = pi_waiters;  // others may wait still: whoever unlocks must look
    }
}

long unlock_pi(Call& c, uptr key) {
    u32 seen;
    if (!read_program_word(&seen, key)) return -EFAULT;
    if ((seen & pi_tid) != u32(c.co->tid)) return -EPERM;
    for (long r = 1; r != 0;)
        if ((r = cas(key, &seen, 0)) < 0) return r;
    wake(key, 1, ~0u);
    return 0;
}

// The commands that wait: a relative time-out for FUTEX_WAIT, an absolute one for the others.
long wait_command(Call& c, int command, bool shared) {
    uptr key = uptr(c.a[0]);
    u32 value = u32(c.a[2]), bitset = command == op_wait ? ~0u : u32(c.a[5]);
    long timeout = c.a[3];
    Deadline deadline{never, 0};
    if (timeout && command == op_wait) deadline = relative_deadline(c.nr, timeout);
    else if (timeout) deadline = absolute_deadline(c.nr, (c.a[1] & op_realtime) || command == op_lock_pi ? CLOCK_REALTIME : CLOCK_MONOTONIC, timeout);
    if (deadline.error) return deadline.error;
    if (command == op_lock_pi || command == op_lock_pi2) return lock_pi(c, key, deadline.ns, false);
    AfterHandler after = timeout ? AfterHandler::ends : AfterHandler::as_flags_say;
    if (shared) return wait_shared(c, key, value, bitset, deadline.ns, after);
    if (CORO_UNLIKELY(futex_is_thread_list(key)) && scheduler.processor_count > 1 && thread_list::released_soon(int(value))) return -EAGAIN;
    return wait(c, key, value, bitset, deadline.ns, after);
}

}  // namespace

long gate::futex_waitv(Call& c) {
    waiters_in_kernel.fetch_add(1, seq_cst);  // before the kernel compares the words; pairs with wake
    long r = in_place(c, CallKind::long_call);
    waiters_in_kernel.fetch_add(u32(-1), relaxed);
    return r;
}

long gate::futex(Call& c) {
    uptr key = uptr(c.a[0]);
    int op = int(c.a[1]), command = op & op_mask;
    u32 value = u32(c.a[2]);
    bool shared = !futex_is_private(key, op);
    if (shared && (command == op_lock_pi || command == op_lock_pi2)) return in_place(c, CallKind::long_call);
    if (shared && command != op_wait && command != op_wait_bitset) return direct(c);
    if (key % 4) return -EINVAL;
    switch (command) {
    case op_wait:
    case op_wait_bitset:
    case op_lock_pi:
    case op_lock_pi2:
        return wait_command(c, command, shared);
    case op_trylock_pi:
        return lock_pi(c, key, never, true);
    case op_unlock_pi:
        return unlock_pi(c, key);
    case op_wake:
        return wake(key, value, ~0u);
    case op_wake_bitset:
        return u32(c.a[5]) ? wake(key, value, u32(c.a[5])) : -EINVAL;
    case op_cmp_requeue: {
        u32 seen;
        if (!read_program_word(&seen, key)) return -EFAULT;
        if (seen != u32(c.a[5])) return -EAGAIN;
        return requeue(key, value, uptr(c.a[4]), u32(c.a[3]), true);
    }
    case op_requeue:
        return requeue(key, value, uptr(c.a[4]), u32(c.a[3]), false);
    case op_wake_op:
        return wake_op(key, value, uptr(c.a[4]), u32(c.a[3]), u32(c.a[5]));
    }
    return -ENOSYS;
}

}  // namespace coro

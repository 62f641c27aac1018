// rt_sigprocmask(2) and the other calls on a thread's signals. Masks and pending sets are the coroutine's.
#include "core/coroutine_table.h"
#include "gate/deadline.h"
#include "gate/gate.h"
#include "sched/preempt.h"
#include "signals/delivery.h"
#include "sys/valgrind.h"

extern "C" void __coro_musl_learn_masks();

namespace [[gnu::visibility("hidden")]] coro {
namespace {

// musl's own two sets, which it blocks for short sections: nothing is told to the kernel for them.
const void* internal_masks[2];
u32 internal_known;

bool internal(const void* set) { return set == internal_masks[0] || set == internal_masks[1]; }

constexpr u64 reserved = bit_of(32) | bit_of(33) | bit_of(34);

long mask_size(long bytes) { return bytes == 8 ? 0 : -EINVAL; }

// tkill(2) to a coroutine.
long kill_thread(Coroutine* co, int tid, const siginfo_t& info) {
    int sig = info.si_signo;
    Coroutine* target = tid == co->tid ? co : find_thread(tid);
    if (!target) return -ESRCH;
    if (u32(sig) > 64) return -EINVAL;
    if (sig == 0) return 0;
    if (only_asks_for_dump(sig)) return 0;
    if (sig == SIGKILL || sig == SIGSTOP) return sys::syscall(SYS_kill, scheduler.process_id, sig);
    if (sig == signal_cancel) {  // musl has set the flag: whoever is at a cancellation point, or asynchronous, acts on it
        if (target == co) return 0;
        if (target->cancellable || cancels_now(target)) wake(target, cause_signal);
        target->attention.fetch_or(attention_signal, seq_cst);
        Worker* w = target->worker;
        if (w && w->current == target) signal_worker(w);
        return 0;
    }
    Action a = get_action(sig);
    bool held = (target->signal_mask | target->sigwait_set) & bit_of(sig);
    if (!held && (a.is_ignored() || (a.is_default() && ignored_by_default(sig)))) return 0;
    return post_signal(target, info);
}

siginfo_t tkill_info(int sig) {
    siginfo_t info{};
    info.si_signo = sig;
    info.si_code = SI_TKILL;
    info.si_pid = scheduler.process_id;
    info.si_uid = uid_t(sys::syscall(SYS_getuid));
    return info;
}

// Parks until a signal is deliverable with `mask`, and delivers it; the old mask is back afterwards.
long suspend_with(Call& c, u64 mask) {
    Coroutine* co = c.co;
    u64 old = co->signal_mask;
    co->signal_mask = mask & ~unblockable;
    while (!claim_signal(co)) {
        prepare_to_park(co);
        Wait cause = park_interruptible(co, Reason::signal, nullptr);
        if (cause == cause_signal && ends_with_eintr(c, false)) break;  // for a signal, or cancelled
    }
    co->depth--;
    deliver_signals_may_migrate(co);
    co->depth++;
    co->signal_mask = old;
    pass_on(co, old);
    if (signal_deliverable(co)) co->attention.fetch_or(attention_signal, relaxed);
    return -EINTR;
}

}  // namespace

void learn_internal_masks() {
    internal_known = 0;
    __coro_musl_learn_masks();
}

long gate::rt_sigprocmask(Call& c) {
    Coroutine* co = c.co;
    int how = int(c.a[0]);
    auto* set = reinterpret_cast<const u64*>(c.a[1]);
    if (long r = mask_size(c.a[3])) return r;
    if (CORO_UNLIKELY(internal_known < 2)) {
        internal_masks[internal_known++] = set;
        return 0;
    }
    u64 before = co->signal_mask, after = before;
    if (set) {
        u64 given;
        if (!read_program(&given, c.a[1])) return -EFAULT;
        if (how == SIG_BLOCK) after |= given;
        else if (how == SIG_UNBLOCK) after &= ~given;
        else if (how == SIG_SETMASK) after = given;
        else return -EINVAL;
        after &= ~unblockable;
        if (!internal(set)) hold_blocked(after & ~reserved);
        co->signal_mask = after;
        fence_signal();  // no barrier: post_signal interrupts a running target, blocked or not; route has one for all
        pass_on(co, after & ~before);
        if (CORO_UNLIKELY(signal_deliverable(co))) co->attention.fetch_or(attention_signal, relaxed);
    }
    return c.a[2] && !write_program(c.a[2], before) ? -EFAULT : 0;
}

long gate::rt_sigaction(Call& c) {
    int sig = int(c.a[0]);
    if (long r = mask_size(c.a[3])) return r;
    if (sig < 1 || sig > 64 || ((sig == SIGKILL || sig == SIGSTOP) && c.a[1])) return -EINVAL;
    Action before = get_action(sig), now;
    if (c.a[1]) {
        if (!read_program(&now, c.a[1])) return -EFAULT;
        if (!now.is_function() && before.is_function()) {  // what came before this call is the old handler's
            settle_signals(bit_of(sig));
            run_handlers_may_migrate(c.co);
        }
        now.mask &= ~unblockable;
        if (long r = set_action(sig, now)) return r;
    }
    return c.a[2] && !write_program(c.a[2], before) ? -EFAULT : 0;
}

long gate::rt_sigpending(Call& c) {
    settle_signals(c.co->signal_mask & ~reserved);
    u64 pending = c.co->signal_pending.load(seq_cst) | process_pending.load(seq_cst);
    return write_program(c.a[0], pending & c.co->signal_mask) ? 0 : -EFAULT;
}

long gate::sigaltstack(Call& c) {
    Coroutine* co = c.co;
    stack_t given;
    uptr sp = uptr(__builtin_frame_address(0));
    bool on_it = co->alt_stack_bytes && sp - uptr(co->alt_stack_base) < co->alt_stack_bytes;
    stack_t before{co->alt_stack_base, co->alt_stack_bytes ? (on_it ? SS_ONSTACK : 0) : SS_DISABLE, co->alt_stack_bytes};
    if (c.a[0]) {
        if (!read_program(&given, c.a[0])) return -EFAULT;
        if (on_it) return -EPERM;
        int flags = given.ss_flags & ~int(1u << 31);  // SS_AUTODISARM
        if (flags & ~SS_DISABLE & ~SS_ONSTACK) return -EINVAL;
        bool off = flags & SS_DISABLE;
        if (!off && given.ss_size < 2048) return -ENOMEM;
        co->alt_stack_base = off ? nullptr : given.ss_sp;
        co->alt_stack_bytes = off ? 0 : given.ss_size;
        co->alt_stack_flags = 0;
        if (CORO_UNLIKELY(valgrind::runs) && !off) valgrind::register_stack(uptr(given.ss_sp), uptr(given.ss_sp) + given.ss_size);
    }
    return c.a[1] && !write_program(c.a[1], before) ? -EFAULT : 0;
}

// To this process: pending somewhere before the call returns, as signal(7) has it; by way of the kernel and the monitor it would be later.
static bool for_ourselves(const Call& c) {
    int sig = int(c.a[1]);
    return int(c.a[0]) == scheduler.process_id && sig > 0 && sig <= 64 && is_taken_by_entry(sig);
}

long gate::kill(Call& c) {
    if (!for_ourselves(c)) return in_place(c, CallKind::short_call);
    siginfo_t info = tkill_info(int(c.a[1]));
    info.si_code = SI_USER;
    if (only_asks_for_dump(info.si_signo)) return 0;
    route(info.si_signo, info);
    return 0;
}

long gate::rt_sigqueueinfo(Call& c) {
    if (!for_ourselves(c)) return in_place(c, CallKind::short_call);
    siginfo_t info;
    if (!read_program(&info, c.a[2])) return -EFAULT;
    info.si_signo = int(c.a[1]);
    if (only_asks_for_dump(info.si_signo)) return 0;
    route(info.si_signo, info);
    return 0;
}

long gate::tkill(Call& c) {
    int tid = int(c.a[0]);
    if (tid <= 0) return -EINVAL;
    return kill_thread(c.co, tid, tkill_info(int(c.a[1])));
}

long gate::tgkill(Call& c) {
    if (int(c.a[0]) != scheduler.process_id || !find_thread(int(c.a[1]))) return direct(c);
    return kill_thread(c.co, int(c.a[1]), tkill_info(int(c.a[2])));
}

long gate::rt_tgsigqueueinfo(Call& c) {
    if (int(c.a[0]) != scheduler.process_id || !find_thread(int(c.a[1]))) return direct(c);
    siginfo_t info;
    if (!read_program(&info, c.a[3])) return -EFAULT;
    info.si_signo = int(c.a[2]);
    return kill_thread(c.co, int(c.a[1]), info);
}

long gate::pause(Call& c) { return suspend_with(c, c.co->signal_mask); }

long gate::rt_sigsuspend(Call& c) {
    if (long r = mask_size(c.a[1])) return r;
    u64 mask;
    if (!read_program(&mask, c.a[0])) return -EFAULT;
    hold_blocked(mask & ~reserved);
    return suspend_with(c, mask);
}

long gate::rt_sigtimedwait(Call& c) {
    Coroutine* co = c.co;
    if (long r = mask_size(c.a[3])) return r;
    u64 set;
    if (!read_program(&set, c.a[0])) return -EFAULT;
    set &= ~unblockable;
    Deadline deadline{never, 0};
    if (c.a[2]) deadline = relative_deadline(c.nr, c.a[2]);
    if (deadline.error) return deadline.error;
    hold_blocked(set & ~reserved);
    siginfo_t info{};
    settle_signals(set & ~reserved);  // a timer's expirations up to now count
    co->sigwait_set = set;
    long r = 0;
    while (!r) {
        prepare_to_park(co);
        if (int sig = take_pending(co, set, &info)) {
            try_wake(co, cause_woken);
            r = sig;
        } else if (deadline.ns <= sys::now_ns()) {
            try_wake(co, cause_woken);
            r = -EAGAIN;
        } else if (deadline.ns != never) {
            arm_deadline(co, deadline.ns);
        }
        Wait cause = park_interruptible(co, Reason::signal, nullptr);
        TimerWheel::cancel(co);
        if (r) break;
        if (cause == cause_timeout) settle_signals(set & ~reserved);
        if (int sig = take_pending(co, set, &info)) r = sig;
        else if (cause == cause_timeout) r = -EAGAIN;
        else if (cause == cause_signal && ends_with_eintr(c, false)) r = -EINTR;
    }
    co->sigwait_set = 0;
    fence_signal();
    pass_on(co, set);
    return r > 0 && c.a[1] && !write_program(c.a[1], info) ? -EFAULT : r;
}

}  // namespace coro

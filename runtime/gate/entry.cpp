// How musl gets in: __coro_syscall for each virtual number, __coro_syscall_cp at a cancellation point; and how a coroutine gets out.
#include "gate/gate.h"

#include "core/thread_list.h"
#include "sched/preempt.h"
#include "signals/delivery.h"

extern "C" {
[[gnu::weak]] long __cancel();
}

namespace [[gnu::visibility("hidden")]] coro {
namespace {

const volatile int not_cancelled = 0;

enum { cancel_enabled = 0, cancel_disabled = 1, cancel_masked = 2 };

volatile int& cancel_flag(Coroutine* co) { return arch::tcb_field<int>(co->context.tp, arch::tcb_cancel); }
bool cancel_is_disabled(Coroutine* co) {
    return arch::tcb_field<u8>(co->context.tp, arch::tcb_canceldisable) == cancel_disabled;
}

[[gnu::always_inline]] inline long enter(Coroutine* co, long nr, long a, long b, long c, long d, long e, long f, bool cp) {
    Call call{co, nr, {a, b, c, d, e, f}, cp};
    co->depth++;
    fence_signal();
    long r = handler_of(nr)(call);
    leave_may_migrate(co);
    return r;
}

}  // namespace

long in_place(Call& c, CallKind kind) {
    Coroutine* co = c.co;
    for (;;) {
        co->in_call = {.interruptible = kind == CallKind::long_call || interruptible(c.nr)};
        enter_call(co, kind);
        // Posted while inside the runtime, where it interrupts nothing: now, not when the call has ended.
        bool posted = co->attention.load(relaxed) & attention_signal;
        long r = posted ? -EINTR : __coro_arch_call(c.cancellation_point ? &cancel_flag(co) : &not_cancelled, c.nr, c.a);
        leave_call_may_migrate(co);
        if (posted) {
            co->attention.fetch_and(~u32(attention_signal), seq_cst);
            co->depth--;
            deliver_signals_may_migrate(co);
            co->depth++;
            continue;
        }
        if (CORO_UNLIKELY(co->in_call.gives_way)) {
            schedule_may_migrate(co, After::preempt);
            continue;
        }
        // A signal of the runtime's own ends calls that never restart: that is not for the program to see. But a number is closed whatever close(2) says.
        if (r != -EINTR || c.nr == SYS_close || co->in_call.handler_ran || claim_signal(co) || (c.cancellation_point && cancel_flag(co))) return r;
    }
}

Wait park_interruptible(Coroutine* co, Reason reason, void* object) {
    // The caller's full barrier after `preparing` (futex_enlist, prepare_to_park, Await) pairs with tkill, which sets its flag before it claims.
    if (CORO_UNLIKELY(signal_deliverable(co) || (co->cancellable && cancel_flag(co)) || cancels_now(co))) try_wake(co, cause_signal);
    return park_may_migrate(co, reason, object);
}

bool ends_with_eintr(Call& c, bool restartable) {
    if (c.cancellation_point && cancel_flag(c.co)) return true;
    if (cancels_now(c.co)) run_handlers_may_migrate(c.co);  // asynchronous: here it ends
    if (!claim_signal(c.co)) return false;  // another took it
    if (!restartable || !signals_restart(c.co)) return true;
    run_handlers_may_migrate(c.co);
    return false;
}

void run_handlers_may_migrate(Coroutine* co) {
    co->depth--;
    deliver_signals_may_migrate(co);
    co->depth++;
}

void attend_may_migrate(Coroutine* co) {
    // A call of the runtime's own, which came back here by way of musl, is no way out; nor is one of a thread that holds musl's list of threads.
    while (u32 bits = co->depth || thread_list::held_by(co) ? 0 : co->attention.load(relaxed)) {
        if (bits & attention_signal) {
            co->attention.fetch_and(~u32(attention_signal), seq_cst);
            deliver_signals_may_migrate(co);
            continue;
        }
        co->attention.fetch_and(~bits, relaxed);
        co->depth++;
        if (bits & attention_preempt) {
            schedule_may_migrate(co, After::preempt);
        } else if (Coroutine* child = co->worker->processor ? co->worker->processor->queue.take_next() : nullptr) {
            switch_may_migrate(co->worker, co, child, After::handed_over);
        }
        fence_signal();
        co->depth--;
        fence_signal();
    }
}

// Before the first thread, and in the child of vfork or posix_spawn. Apart, so that the way in saves no registers for it.
[[gnu::noinline]] static long outside(long nr, long a, long b, long c, long d, long e, long f) {
    if (arch::self() && (nr == SYS_execve || nr == SYS_execveat)) signals_ignore_held();
    return sys::syscall(nr, a, b, c, d, e, f);
}

extern "C" [[gnu::visibility("hidden")]] long __coro_syscall(long nr, long a, long b, long c, long d, long e, long f) {
    Coroutine* co = arch::self();
    if (CORO_UNLIKELY(!co || arch::raw())) return outside(nr, a, b, c, d, e, f);
    return enter(co, nr, a, b, c, d, e, f, false);
}

// musl's __syscall_cp_c, for a thread whose cancellation is enabled or masked (pthread_cancel.c).
extern "C" [[gnu::visibility("hidden")]] long __coro_syscall_cp(long nr, long a, long b, long c, long d, long e, long f) {
    Coroutine* co = arch::self();
    if (!co || arch::raw()) return sys::syscall(nr, a, b, c, d, e, f);
    if (cancel_flag(co)) return __cancel();
    co->cancellable = true;
    long r = enter(co, nr, a, b, c, d, e, f, true);
    co->cancellable = false;
    if (r == -EINTR && nr != SYS_close && cancel_flag(co) && !cancel_is_disabled(co)) r = __cancel();
    return r;
}

}  // namespace coro

// How musl gets in: __coro_syscall for each virtual number, __coro_syscall_cp at a cancellation point; and how a coroutine gets out.
#include "gate/gate.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include "core/thread_list.h"
#include "event/reactor.h"
#include "sched/preempt.h"
#include "signals/delivery.h"

extern "C" {
[[gnu::weak]] long __cancel();
}

namespace [[gnu::visibility("hidden")]] coro {
namespace {

const volatile int not_cancelled = 0;

struct FirstTry {
    iovec piece;
    u32 seen;  // edges counted before it
};
constexpr long not_tried = -ENOTSOCK;  // look what kind of file it is

enum { cancel_enabled = 0, cancel_disabled = 1, cancel_masked = 2 };

volatile int& cancel_flag(Coroutine* co) { return arch::tcb(co->context.tp)->cancel; }
bool cancel_is_disabled(Coroutine* co) {
    return arch::tcb(co->context.tp)->canceldisable == cancel_disabled;
}

// At a cancellation point (cp): the call's result, or the cancellation that ended it.
template <bool cp> [[gnu::always_inline]] inline long leave_point(Coroutine* co, long nr, long r) {
    if (!cp) return r;
    co->cancellable = false;
    if (r == -EINTR && nr != SYS_close && cancel_flag(co) && !cancel_is_disabled(co)) r = __cancel();
    return r;
}

template <bool cp> [[gnu::noinline]] long enter(long nr, long a, long b, long c, long d, long e, long f, Coroutine* co) {
    if (cp) co->cancellable = true;
    Call call{co, nr, {a, b, c, d, e, f}, cp};
    co->depth++;
    fence_signal();
    long r = handler_of(nr)(call);
    leave_may_migrate(co);
    return leave_point<cp>(co, nr, r);
}

// On with a read(2) or write(2) that a first try did not end.
template <bool out, bool cp> [[gnu::noinline]] long go_on(long fd, const FirstTry& tried, long r) {
    Coroutine* co = arch::self();
    if (cp) co->cancellable = true;
    if (!out) co->depth++;
    Call call{co, out ? SYS_write : SYS_read, {fd, long(tried.piece.iov_base), long(tried.piece.iov_len)}, cp};
    r = gate::after_first_try(call, tried.seen, r);
    leave_may_migrate(co);
    return leave_point<cp>(co, call.nr, r);
}

// The common case in few instructions: a file whose kind is known, and a first try that is the last. It is asked not to block, and nothing that lives longer is
// kept in registers. A read that finds nothing, and a handler before it goes on: as if that had come before the call. What a write has written
// is counted before any handler runs.
template <bool out, bool cp> [[gnu::noinline]] long read_or_write(long fd, long buffer, long bytes) {
    constexpr long nr = out ? SYS_write : SYS_read;
    Descriptor* d = reactor::find_made(u32(fd));
    if (CORO_UNLIKELY(!d)) return enter<cp>(nr, fd, buffer, bytes, 0, 0, 0, arch::self());
    FirstTry tried{{reinterpret_cast<void*>(buffer), size_t(bytes)}, d->edges[out ? direction_out : direction_in].load(seq_cst)};
    long r;
    if (out) arch::self()->depth++;
    fence_signal();
    if (CORO_UNLIKELY(bytes <= 0)) r = not_tried;
    else if (CORO_LIKELY(d->kind == Descriptor::nowait)) r = sys::syscall(out ? SYS_pwritev2 : SYS_preadv2, fd, sys::arg(&tried.piece), 1, -1, -1, RWF_NOWAIT);
    else if (d->kind == Descriptor::socket) r = sys::syscall(out ? SYS_sendto : SYS_recvfrom, fd, buffer, bytes, MSG_DONTWAIT, 0, 0);
    else r = not_tried;
    if (CORO_UNLIKELY(out ? r != long(tried.piece.iov_len) : r <= 0)) return go_on<out, cp>(fd, tried, r);
    if (out) leave_may_migrate(arch::self());
    return r;
}

template <bool cp> [[gnu::always_inline]] inline long dispatch(long nr, long a, long b, long c, long d, long e, long f, Coroutine* co) {
    if (nr == SYS_read) return read_or_write<false, cp>(a, b, c);
    if (nr == SYS_write) return read_or_write<true, cp>(a, b, c);
    return enter<cp>(nr, a, b, c, d, e, f, co);
}

}  // namespace

long in_place(Call& c, CallKind kind) {
    Coroutine* co = c.co;
    for (;;) {
        co->in_call = {.interruptible = c.nr != SYS_close};  // musl takes its EINTR for closed
        preempt_disable(co);
        enter_call(co, kind);
        // Posted while inside the runtime, where it interrupts nothing: now, not when the call has ended.
        bool posted = co->attention.load(relaxed) & attention_signal;
        // A cancellation that comes after this look is seen by the call's first instruction, or takes the call back.
        bool cancellable = co->in_call.interruptible && (c.cancellation_point || cancels_asynchronously(co));
        const volatile int* cancel = cancellable ? &cancel_flag(co) : &not_cancelled;
        long r = posted ? -EINTR : __coro_arch_call(cancel, c.nr, c.a);
        leave_call_may_migrate(co);
        preempt_enable(co);
        if (posted || (r == -EINTR && cancels_now(co))) {
            co->attention.fetch_and(~u32(attention_signal), seq_cst);
            if (Coroutine* next = reactor::end_accept(co)) make_ready(next);
            run_handlers_may_migrate(co);
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
    return dispatch<false>(nr, a, b, c, d, e, f, co);
}

// musl's __syscall_cp_c, for a thread whose cancellation is enabled or masked (pthread_cancel.c).
extern "C" [[gnu::visibility("hidden")]] long __coro_syscall_cp(long nr, long a, long b, long c, long d, long e, long f) {
    Coroutine* co = arch::self();
    if (CORO_UNLIKELY(!co || arch::raw())) return outside(nr, a, b, c, d, e, f);
    if (CORO_UNLIKELY(cancel_flag(co))) return __cancel();
    return dispatch<true>(nr, a, b, c, d, e, f, co);
}

}  // namespace coro

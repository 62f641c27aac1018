#include "signals/kernel_entry.h"

#include "arch_signal.h"
#include "sched/blocking_call.h"
#include "sched/preempt.h"
#include "sched/switch.h"
#include "sched/synccall.h"
#include "signals/delivery.h"
#include "signals/handler.h"
#include "signals/timers.h"

extern "C" [[gnu::weak]] long __cancel();

namespace [[gnu::visibility("hidden")]] coro {
namespace {

bool synchronous(int sig, const siginfo_t* info) {
    return info->si_code > 0 && (sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE || sig == SIGILL || sig == SIGTRAP || sig == SIGSYS);
}

// The coroutine's own code was interrupted, or a system call that it sits in: no lock of the runtime is held.
bool interrupted_program(const Coroutine* co) { return co->depth == 0 || co->calling; }

// Around handlers that run while the coroutine is inside a system call: it needs a processor meanwhile.
struct OutOfCall {
    Coroutine* co;
    u32 depth;
    explicit OutOfCall(Coroutine* c) : co(c), depth(c->depth) {
        if (!depth) return;
        leave_call_may_migrate(co);
        co->call_interrupted = false;
        co->depth = 0;
    }
    void end(ucontext_t* uc) {
        if (!depth) return;
        co->depth = depth;
        enter_call(co, CallKind::short_call);  // it goes on in the call, maybe on another kernel thread
        // The kernel was told to restart; a handler without SA_RESTART means EINTR.
        if (co->call_interrupted && arch::frame_before_call(uc)) arch::abort_call(uc);
        // Posted while none could interrupt.
        if (co->attention.load(relaxed) & attention_signal) sys::tgkill(co->worker->kernel_tid, runtime_signal);
    }
};

// A cancellation that a call at a cancellation point must act on.
bool cancels_call(Coroutine* co) {
    uptr tp = co->context.tp;
    return co->cancellable && arch::tcb_field<int>(tp, arch::tcb_cancel) && arch::tcb_field<u8>(tp, arch::tcb_canceldisable) != 1;
}

}  // namespace

void signal_entry(int sig, siginfo_t* info, void* context) {
    auto* uc = static_cast<ucontext_t*>(context);
    Coroutine* co = arch::self();
    if (!co || arch::raw()) return run_handler_raw(sig, info, uc);
    if (interrupted_program(co) && co != &co->worker->idle) {
        Action action = get_action(sig);
        bool blocked = co->signal_mask & bit_of(sig);
        if (!blocked && action.is_function() && !timers::target(*info)) {
            timers::delivered(*info);
            OutOfCall out(co);
            run_handler(co, action, sig, info, uc);
            run_pending_handlers(co, uc);  // blocked while this one ran; the program may never enter the runtime again
            out.end(uc);
            return;
        }
    }
    if (sig == SIGPIPE && co->depth && co != &co->worker->idle) {  // raised by the write that this coroutine is in
        co->signal_pending.fetch_or(bit_of(sig), relaxed);
        co->attention.fetch_or(attention_signal, relaxed);
        return;
    }
    if (synchronous(sig, info)) return default_action(sig);  // a fault of the runtime, or blocked: as the kernel has it, fatal
    queue_for_monitor(sig, *info);
}

void runtime_signal_entry(int, siginfo_t*, void* context) {
    auto* uc = static_cast<ucontext_t*>(context);
    Coroutine* co = arch::self();
    if (!co) return;
    Worker* w = co->worker;
    w->signalled.store(false, seq_cst);  // before the bits are read: whoever sets one later signals again
    synccall_if_asked(w);
    if (arch::raw()) return;             // inside vfork: the bits are read after it
    bool preempted = w->preempt.exchange(false, acq_rel);
    if (!interrupted_program(co) || co == &w->idle) {
        if (preempted && co != &w->idle) co->attention.fetch_or(attention_preempt, relaxed);
        return;
    }
    if (co->calling && cancels_call(co)) {
        if (arch::frame_before_call(uc)) arch::abort_call(uc);
        return;
    }
    do {
        co->attention.fetch_and(~u32(attention_signal), seq_cst);
        if (signal_deliverable(co)) {
            OutOfCall out(co);
            run_pending_handlers(co, uc);
            out.end(uc);
            if (out.depth) return;
        }
        if (co->depth) return;
        if (cancels_now(co)) {
            __cancel();
            return;
        }
        if (!preempted || !co->preemptible) return;
        preempted = false;
        co->depth = 1;
        fence_signal();
        schedule_may_migrate(co, After::preempt);
        fence_signal();
        co->depth = 0;
        fence_signal();
    } while (co->attention.load(relaxed) & attention_signal);  // came while it was off
}

}  // namespace coro

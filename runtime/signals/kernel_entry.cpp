#include "signals/kernel_entry.h"

#include "arch/signal_frame.h"
#include "core/thread_list.h"
#include "event/reactor.h"
#include "sched/blocking_call.h"
#include "sched/preempt.h"
#include "sched/switch.h"
#include "sched/synccall.h"
#include "signals/delivery.h"
#include "signals/handler.h"
#include "signals/stack_overflow.h"
#include "signals/timers.h"

extern "C" [[gnu::weak]] long __cancel();

namespace [[gnu::visibility("hidden")]] coro {
namespace {

bool synchronous(int sig, const siginfo_t* info) {
    return info->si_code > 0 && (sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE || sig == SIGILL || sig == SIGTRAP || sig == SIGSYS);
}

// The coroutine's own code was interrupted, or a system call that it sits in: no lock of the runtime is held.
bool interrupted_program(const Coroutine* co) { return !co->delivering && (co->depth == 0 || co->calling); }

// The kernel blocks every signal as it enters; from here on the coroutine says what may run, and may leave this kernel thread.
void begin_delivery(Coroutine* co) {
    co->delivering = true;
    fence_signal();
    u64 none = 0;
    sys::sigmask(SIG_SETMASK, &none, nullptr);
}

// A cancellation that a call at a cancellation point must act on.
bool cancels_call(Coroutine* co) {
    uptr tp = co->context.tp;
    return co->cancellable && arch::tcb(tp)->cancel && arch::tcb(tp)->canceldisable != 1;
}

// A handler without SA_RESTART has run: the call is to end with EINTR if the kernel was about to do it again, but not if it had not begun. Where the frame
// does not tell, it goes on, and is sent the runtime's signal a little later: a call that has begun sleeps until then.
bool is_to_end(Coroutine* co, const ucontext_t* uc) {
    arch::Begun begun = arch::frame_restarts_call(uc);
    if (begun != arch::Begun::maybe) return begun == arch::Begun::yes;
    Coroutine::InCall& call = co->in_call;
    long sleeps = sys::voluntary_switches();
    if (call.doubted && sleeps != call.sleeps) return true;
    call.doubted = true;
    call.sleeps = sleeps;
    owe_signal(co->worker);
    return false;
}

// Around handlers that run while the coroutine is inside a system call: it needs a processor meanwhile.
struct OutOfCall {
    Coroutine* co;
    u32 depth;
    bool ended = false;
    OutOfCall(Coroutine* c, const ucontext_t* uc) : co(c), depth(c->depth) {
        if (!depth) return;
        ended = co->in_call.doubted && is_to_end(co, uc);
        leave_call_may_migrate(co);
        if (Coroutine* next = reactor::end_accept(co)) make_ready(next);
        co->in_call.interrupted = false;
        co->depth = 0;
    }
    void end(ucontext_t* uc) {
        if (!depth) return;
        co->depth = depth;
        enter_call(co, CallKind::short_call);  // it goes on in the call, maybe on another kernel thread
        // From here to sigreturn(2), which opens the mask again, no signal comes: it would find this handler's frame instead of the call's, and a cancellation be lost.
        u64 all = ~u64{0};
        sys::sigmask(SIG_SETMASK, &all, nullptr);
        // The kernel was told to restart; a handler without SA_RESTART means EINTR, and so does a cancellation that came while one ran.
        if (!co->in_call.interruptible) return;
        if (!ended && (co->in_call.interrupted || co->in_call.doubted)) {
            co->in_call.doubted = false;  // it may be another kernel thread now
            ended = is_to_end(co, uc);
        }
        if (ended || (cancels_call(co) && arch::frame_before_call(uc))) arch::abort_call(uc);
    }
};

}  // namespace

// The handler, in the program or in a call that the program sits in; then those of what it has held off.
static void handle(Coroutine* co, int sig, siginfo_t* info, ucontext_t* uc) {
    begin_delivery(co);
    timers::delivered(*info);
    OutOfCall out(co, uc);
    run_handler(co, get_action(sig), sig, info, uc);
    run_pending_handlers(co, uc);  // the program may never enter the runtime again
    out.end(uc);
    attend_to_signals(co);
}

static void handle_moved(int sig, void* info, void* uc) {
    handle(arch::self(), sig, static_cast<siginfo_t*>(info), static_cast<ucontext_t*>(uc));
}

// Off the kernel thread's signal stack, which the coroutine may leave, to where the handler is to run. No room there: a fault while SIGSEGV is blocked, and
// the kernel ends the process, as it does when it cannot build a frame itself.
[[noreturn]] static void handle_on_stack_of(Coroutine* co, const Action& action, int sig, siginfo_t* info, ucontext_t* uc) {
    void* top = alternate_stack_top(co, action, uc);
    if (!top) report_stack_overflow(co, sig, info, uc);  // of which it dies here
    arch::Frame f = arch::copy_frame(info, uc, top ? uptr(top) : arch::frame_sp(uc) - arch::red_zone_bytes);
    __coro_arch_enter_frame(handle_moved, sig, f.info, f.uc, f.start);
}

static bool on_signal_stack(const Worker* w, const void* frame) { return uptr(frame) - uptr(w->signal_stack) < signal_stack_bytes; }

// A fault that no handler is for: the instruction is done again, and the kernel does what SIG_DFL means with the registers as they were.
static void die_of_fault(const Coroutine* co, int sig, const siginfo_t* info, const ucontext_t* uc) {
    report_stack_overflow(co, sig, info, uc);
    if (sig == SIGTRAP || sig == SIGSYS) return default_action(sig);
    sys::KernelSigaction plain{};
    sys::sigaction(sig, &plain, nullptr);
}

void signal_entry(int sig, siginfo_t* info, void* context) {
    auto* uc = static_cast<ucontext_t*>(context);
    Coroutine* co = arch::self();
    if (!co || arch::raw()) return run_handler_raw(sig, info, uc);
    arch::forget_alternate_stack(uc);
    if (synchronous(sig, info) && arch::frame_in_access(uc)) return arch::fail_access(uc);
    if (only_asks_for_dump(sig)) return;
    if (interrupted_program(co) && co != &co->worker->idle) {
        Action action = get_action(sig);
        bool blocked = co->signal_mask & bit_of(sig);
        if (!blocked && action.is_function() && !timers::target(*info)) {
            if (on_signal_stack(co->worker, uc)) handle_on_stack_of(co, action, sig, info, uc);
            return handle(co, sig, info, uc);
        }
    }
    if (sig == SIGPIPE && co->depth && co != &co->worker->idle) {  // raised by the write that this coroutine is in
        co->signal_pending.fetch_or(bit_of(sig), relaxed);
        co->attention.fetch_or(attention_signal, relaxed);
        return;
    }
    if (synchronous(sig, info)) return die_of_fault(co, sig, info, uc);  // of the runtime, blocked or ignored: as the kernel has it, fatal
    queue_for_monitor(sig, *info);
}

void runtime_signal_entry(int, siginfo_t*, void* context) {
    auto* uc = static_cast<ucontext_t*>(context);
    Coroutine* co = arch::self();
    if (!co) return;
    arch::forget_alternate_stack(uc);
    Worker* w = co->worker;
    w->signalled.store(false, seq_cst);  // before the bits are read: whoever sets one later signals again
    synccall_if_asked(w);
    if (arch::raw()) return;             // inside vfork: the bits are read after it
    bool preempted = w->preempt.exchange(false, acq_rel);
    if (!interrupted_program(co) || co == &w->idle || thread_list::held_by(co)) {
        if (preempted && co != &w->idle) co->attention.fetch_or(attention_preempt, relaxed);
        return;
    }
    if (co->calling && (cancels_call(co) || cancels_now(co))) {
        if (co->in_call.interruptible && arch::frame_before_call(uc)) arch::abort_call(uc);
        return;
    }
    begin_delivery(co);
    do {
        co->attention.fetch_and(~u32(attention_signal), seq_cst);
        if (signal_deliverable(co)) {
            OutOfCall out(co, uc);
            run_pending_handlers(co, uc);
            out.end(uc);
        }
        bool cancel = co->depth == 0 && cancels_now(co);
        co->delivering = false;
        fence_signal();
        if (co->depth) {
            bool eintr = co->in_call.doubted;
            if (eintr ? is_to_end(co, uc) : preempted && arch::frame_before_call(uc)) {
                co->in_call.gives_way = !eintr;
                arch::abort_call(uc);
            }
            return attend_to_signals(co);
        }
        if (cancel) {
            __cancel();
            return;
        }
        if (preempted && co->preemptible) {
            preempted = false;
            co->depth = 1;
            fence_signal();
            schedule_may_migrate(co, After::preempt);
            fence_signal();
            co->depth = 0;
            fence_signal();
        }
    } while (co->attention.load(relaxed) & attention_signal);  // came meanwhile
}

}  // namespace coro

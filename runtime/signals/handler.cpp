#include "signals/handler.h"

#include "arch/signal_frame.h"
#include "sched/preempt.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace {

u64& mask_in(ucontext_t* uc) { return *reinterpret_cast<u64*>(&uc->uc_sigmask); }

}  // namespace

void* alternate_stack_top(const Coroutine* co, const Action& action, const ucontext_t* uc) {
    if (!(action.flags & SA_ONSTACK) || !co->alt_stack_bytes || (co->alt_stack_flags & SS_DISABLE)) return nullptr;
    uptr base = uptr(co->alt_stack_base), sp = arch::frame_sp(uc), here = uptr(__builtin_frame_address(0));
    if (sp - base < co->alt_stack_bytes || here - base < co->alt_stack_bytes) return nullptr;  // on it already
    return reinterpret_cast<void*>(base + co->alt_stack_bytes);
}

void attend_to_signals(Coroutine* co) {
    if (co->attention.load(relaxed) & attention_signal) signal_own_worker(co->worker);
}

void run_handler(Coroutine* co, Action action, int sig, siginfo_t* info, ucontext_t* uc) {
    if (action.flags & SA_RESETHAND) {
        Action reset = action;
        reset.handler = nullptr;
        set_action(sig, reset);
    }
    Coroutine::InCall in_call = co->in_call;
    mask_in(uc) = co->signal_mask;
    u64 mask = co->signal_mask | action.mask;
    if (!(action.flags & SA_NODEFER)) mask |= bit_of(sig);
    co->signal_mask = mask & ~unblockable;
    fence_signal();
    pass_on(co, co->signal_mask);
    // The handler may be inside a cancellation point that it interrupted: its own calls are none unless they say so.
    bool cancellable = co->cancellable;
    co->cancellable = false;
    auto handler = reinterpret_cast<SigactionHandler>(action.handler);
    co->delivering = false;
    preempt_enable(co);  // also in what is left of a call that it has interrupted
    fence_signal();
    attend_to_signals(co);
    if (void* top = alternate_stack_top(co, action, uc)) __coro_arch_on_stack(handler, sig, info, uc, top);
    else handler(sig, info, uc);
    co->cancellable = cancellable;
    in_call.handler_ran = true;
    if (!(action.flags & SA_RESTART)) in_call.interrupted = true;
    co->in_call = in_call;
    co->signal_mask = mask_in(uc) & ~unblockable;  // the handler may have changed it, as sigreturn(2) allows
    mask_in(uc) = 0;
    if (signal_deliverable(co)) co->attention.fetch_or(attention_signal, relaxed);
}

void run_pending_handlers(Coroutine* co, ucontext_t* uc) {
    siginfo_t info;
    for (;;) {
        co->delivering = true;
        fence_signal();
        int sig = take_pending(co, ~co->signal_mask, &info);
        Action action = sig ? get_action(sig) : Action{};
        if (!sig) {
            fence_signal();
            co->delivering = false;
            fence_signal();
            if (!signal_deliverable(co)) return;
            continue;  // it came while we looked
        }
        if (action.is_ignored()) continue;
        if (action.is_default()) {
            if (!ignored_by_default(sig)) default_action(sig);
            continue;
        }
        run_handler(co, action, sig, &info, uc);
    }
}

void run_handler_raw(int sig, siginfo_t* info, ucontext_t* uc) {
    Action action = get_action(sig);
    sys::sigmask(SIG_SETMASK, &mask_in(uc), nullptr);
    if (action.is_default()) return default_action(sig);
    if (!action.is_ignored()) reinterpret_cast<SigactionHandler>(action.handler)(sig, info, uc);
}

void default_action(int sig) {
    sys::KernelSigaction old{}, plain{};
    u64 only = bit_of(sig), mask;
    sys::sigaction(sig, &plain, &old);
    while (sys::tgkill(sys::gettid(), sig) == -EAGAIN) sys::yield();  // no room for a real-time signal
    sys::sigmask(SIG_UNBLOCK, &only, &mask);  // here it ends, dumps core, or stops
    sys::sigmask(SIG_SETMASK, &mask, nullptr);
    sys::sigaction(sig, &old, nullptr);
}

}  // namespace coro

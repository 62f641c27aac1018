#include "signals/handler.h"

#include "arch_signal.h"
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

void run_handler(Coroutine* co, Action action, int sig, siginfo_t* info, ucontext_t* uc) {
    if (action.flags & SA_RESETHAND) {
        Action reset = action;
        reset.handler = nullptr;
        co->depth++;  // what comes meanwhile is seen to after the handler
        fence_signal();
        set_action(sig, reset);
        fence_signal();
        co->depth--;
    }
    co->handler_ran = true;
    if (!(action.flags & SA_RESTART)) co->call_interrupted = true;
    mask_in(uc) = co->signal_mask;
    u64 mask = co->signal_mask | action.mask;
    if (!(action.flags & SA_NODEFER)) mask |= bit_of(sig);
    co->signal_mask = mask & ~unblockable;
    // The handler may be inside a cancellation point that it interrupted: its own calls are none unless they say so.
    bool cancellable = co->cancellable;
    co->cancellable = false;
    auto handler = reinterpret_cast<SigactionHandler>(action.handler);
    if (void* top = alternate_stack_top(co, action, uc)) __coro_arch_on_stack(handler, sig, info, uc, top);
    else handler(sig, info, uc);
    co->cancellable = cancellable;
    co->signal_mask = mask_in(uc) & ~unblockable;  // the handler may have changed it, as sigreturn(2) allows
    mask_in(uc) = 0;
    if (signal_deliverable(co)) co->attention.fetch_or(attention_signal, relaxed);
}

void run_pending_handlers(Coroutine* co, ucontext_t* uc) {
    siginfo_t info;
    for (;;) {
        co->depth++;
        int sig = take_pending(co, ~co->signal_mask, &info);
        Action action = sig ? get_action(sig) : Action{};
        fence_signal();
        co->depth--;
        fence_signal();
        if (!sig && !signal_deliverable(co)) return;
        if (!sig) continue;  // it came while we looked, inside the runtime
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
    if (action.is_default()) return default_action(sig);
    if (!action.is_ignored()) reinterpret_cast<SigactionHandler>(action.handler)(sig, info, uc);
}

void default_action(int sig) {
    sys::KernelSigaction old{}, plain{};
    u64 only = bit_of(sig), mask;
    sys::sigaction(sig, &plain, &old);
    sys::tgkill(sys::gettid(), sig);
    sys::sigmask(SIG_UNBLOCK, &only, &mask);  // here it ends, dumps core, or stops
    sys::sigmask(SIG_SETMASK, &mask, nullptr);
    sys::sigaction(sig, &old, nullptr);
}

}  // namespace coro

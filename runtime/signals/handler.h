// Running a program's handler on its coroutine.
#pragma once
#include <ucontext.h>

#include "signals/delivery.h"

namespace [[gnu::visibility("hidden")]] coro {

// What was posted while `delivering`: sends itself the runtime's signal again.
void attend_to_signals(Coroutine* co);
// At depth 0 and `delivering`, inside a signal frame `uc` of this coroutine. Applies the mask, SA_RESETHAND and SA_ONSTACK of sigaction(2).
void run_handler(Coroutine* co, Action action, int sig, siginfo_t* info, ucontext_t* uc);
// Where the handler's stack is to begin if it is to run on co's alternate stack and `uc` is not there yet; else null.
void* alternate_stack_top(const Coroutine* co, const Action& action, const ucontext_t* uc);
// At depth 0. Every deliverable pending signal, each with its handler or default action.
void run_pending_handlers(Coroutine* co, ucontext_t* uc);
// In a process that has no runtime (any more) but still the entry.
void run_handler_raw(int sig, siginfo_t* info, ucontext_t* uc);
// What SIG_DFL means for `sig`, done by the kernel.
void default_action(int sig);

}  // namespace coro

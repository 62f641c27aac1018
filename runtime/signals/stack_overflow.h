// Stack overflows tell on standard error whose stack it was and how large, before SIGSEGV takes its course.
#pragma once
#include <signal.h>
#include <ucontext.h>

#include "core/coroutine.h"

namespace [[gnu::visibility("hidden")]] coro {

// For a fault that co is about to die of. Uses the stack it is called on only: the kernel thread's signal stack.
void report_stack_overflow(const Coroutine* co, int sig, const siginfo_t* info, const ucontext_t* uc);

}  // namespace coro

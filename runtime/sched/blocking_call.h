// A system call that may block in the kernel: the kernel thread stays in it, its processor's work moves on.
//
// `short_call`: usually returns at once. The processor is only marked; the monitor takes it away if the call lasts.
// `long_call`: expected to block. The processor is given to another worker before the call.
#pragma once
#include "sched/switch.h"

namespace [[gnu::visibility("hidden")]] coro {

enum class CallKind { short_call, long_call };

void enter_call(Coroutine* co, CallKind kind);
// Gets a processor again, or waits for one: may return on another kernel thread.
void leave_call_may_migrate(Coroutine* co);

}  // namespace coro

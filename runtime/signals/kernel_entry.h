// The two functions that the kernel calls.
#pragma once
#include "sched/scheduler.h"

namespace [[gnu::visibility("hidden")]] coro {

// Every signal with a handler, or held for a coroutine that blocks it.
void signal_entry(int sig, siginfo_t* info, void* ucontext);
// The runtime's own signal: preemption, posted signals, cancellation.
void runtime_signal_entry(int sig, siginfo_t* info, void* ucontext);

// For the monitor: a signal that could not be handled where it arrived. Async-signal-safe.
void queue_for_monitor(int sig, const siginfo_t& info);
void signal_queues_reset();

}  // namespace coro

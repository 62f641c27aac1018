// Involuntary preemption, and the way from a kernel signal to the coroutine that it concerns. One signal number, which programs cannot
// use (musl's SIGSYNCCALL, 34), is the runtime's: "look at your attention bits".
#pragma once
#include "sched/scheduler.h"

namespace [[gnu::visibility("hidden")]] coro {

inline constexpr int runtime_signal = 34;

// Asks the coroutine that runs on w to make room.
void preempt(Worker* w);
// Sends the runtime's signal to w, unless one is on its way. The kernel may have no room for it (EAGAIN, RLIMIT_SIGPENDING: it is a real-time signal): then
// the monitor sends it again until there is.
void signal_worker(Worker* w);
// By w's own kernel thread: nobody sends it the runtime's signal any more, and none is on its way. permit_signal undoes it, and sends what was withheld.
void withhold_signal(Worker* w);
void permit_signal(Worker* w);
// The same to w, which is the caller's own: handlers run before this returns, if there is room.
void signal_own_worker(Worker* w);
// By the monitor. True: some are owed still.
bool send_owed_signals();
// Puts an extra processor into circulation and starts it; null if there is none left.
Processor* lend_processor();

// Signals that arrived where no handler may run wait here for the monitor, which gives each to a coroutine; or for who asks for them. (signals/delivery)
bool signals_waiting();
void route_signals();

}  // namespace coro

// Involuntary preemption, and the way from a kernel signal to the coroutine that it concerns. One signal number, which programs cannot
// use (musl's SIGSYNCCALL, 34), is the runtime's: "look at your attention bits".
#pragma once
#include "sched/scheduler.h"

namespace [[gnu::visibility("hidden")]] coro {

inline constexpr int runtime_signal = 34;

// By the monitor: asks the coroutine that runs on w to make room, unless it has gone into a call meanwhile.
void preempt(Worker* w);
// By the monitor: takes the coroutine that runs on w out of its call.
void interrupt_call(Worker* w);
// By co itself: no preemption is on its way to its kernel thread, and none will be sent. The signal would end a system call: where that says EINTR it can begin
// again, but a close(2) with SO_LINGER waits no longer, and does not say so.
void preempt_disable(Coroutine* co);
inline void preempt_enable(Coroutine* co) { co->preempt_disabled.store(false, release); }
// Sends the runtime's signal to w, unless one is on its way. The kernel may have no room for it (EAGAIN, RLIMIT_SIGPENDING: it is a real-time signal): then
// the monitor sends it again until there is.
void signal_worker(Worker* w);
// By w's own kernel thread: nobody sends it the runtime's signal any more, and none is on its way. permit_signal undoes it, and sends what was withheld.
void withhold_signal(Worker* w);
void permit_signal(Worker* w);
// The same to w, which is the caller's own: handlers run before this returns, if there is room.
void signal_own_worker(Worker* w);
// The monitor is to do it.
void owe_signal(Worker* w);
// By the monitor. True: some are owed still.
bool send_owed_signals();
// Puts an extra processor into circulation and starts it; null if there is none left.
Processor* lend_processor();

// Signals that arrived where no handler may run wait here for the monitor, which gives each to a coroutine; or for who asks for them. (signals/delivery)
bool signals_waiting();
void route_signals();

}  // namespace coro

// CORO_DEADLOCK=report: when the process stands still, says on stderr who waits for whom in a circle, once.
//
// A circle of mutexes is one whatever else may come; one with a join in it could be ended by pthread_cancel(3), so that all must wait for ever: on private futexes
// without a time-out. Where all wait and there is no circle that is known (condition variables, semaphores), it is said only if no handler could help: sem_post(3)
// is allowed in one. What is held by whom: observe/holder.h. All of it is the monitor's.
#pragma once
#include "base/base.h"

namespace [[gnu::visibility("hidden")]] coro {

// How long the monitor of an idle process may sleep before it must look.
u64 deadlock_pause_ns();
// Every processor is idle.
void look_for_deadlock();

}  // namespace coro

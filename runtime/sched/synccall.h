// A call that must happen on every kernel thread (setuid(2) and its like, by way of musl's __synccall). Workers are interrupted by the runtime's
// signal wherever they are; the monitor, which blocks every signal, does it as it comes round.
//
// A kernel thread inherits what its creator has: Worker::synced, the number of the last such call that it has made, or been born after.
#pragma once
#include "sched/scheduler.h"

namespace [[gnu::visibility("hidden")]] coro {

// On w's own kernel thread, from the signal handler or the monitor: makes the call if it is asked for.
void synccall_if_asked(Worker* w);

}  // namespace coro

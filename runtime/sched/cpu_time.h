// CPU time of coroutines (CLOCK_THREAD_CPUTIME_ID, pthread_getcpuclockid(3), getrusage(2)), accounted from the first time that a program
// asks: from then on each switch reads its kernel thread's CPU clock. Not a cycle counter: that would count what other processes took.
#pragma once
#include "core/coroutine.h"

namespace [[gnu::visibility("hidden")]] coro {

// `from` leaves w; on w's kernel thread.
void account_cpu(Worker* w, Coroutine* from);
// CPU time of co in nanoseconds, as far as it was accounted; co may run elsewhere meanwhile.
u64 cpu_time_ns(Coroutine* co);
// At the start of the runtime: main has run before.
void cpu_time_start(Coroutine* main);

}  // namespace coro

// CORO_STATS=1 and coro_stats(): sums of what is counted (sched/counters.h), and what is there now.
#pragma once
#include "base/base.h"

namespace [[gnu::visibility("hidden")]] coro {

// The process ends by exit(3), _exit(2) or its last thread's end: prints the summary, if it is asked for.
void stats_at_exit();
// Grows whenever a coroutine runs.
u64 switches_so_far();

}  // namespace coro

// Which thread's CPU time a clock id means (clock_gettime(2)).
#pragma once
#include "core/coroutine.h"

namespace [[gnu::visibility("hidden")]] coro {

// Null: not a clock of one of our threads.
Coroutine* cpu_clock_owner(Coroutine* self, int clock);

}  // namespace coro

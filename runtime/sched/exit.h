// The end of a coroutine: it leaves its stack for good; what it owned is given back by whoever runs next on the worker.
#pragma once
#include "sched/switch.h"

namespace [[gnu::visibility("hidden")]] coro {

// exit(2) of a thread: clears its clear-tid word and wakes one waiter there.
[[noreturn]] void exit_coroutine(Coroutine* co);
// The same, and gives back the stack it runs on.
[[noreturn]] void exit_and_unmap(Coroutine* co, void* base, size_t bytes);

void finish_exit(Worker* w, Coroutine* left, After after);

}  // namespace coro

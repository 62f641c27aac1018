// The door between coroutines. switch_to leaves the running coroutine for another (or for the worker's own stack); what is to be done
// with the one left happens in finish_switch, on the stack of the next: only then is its context saved and may others see it.
#pragma once
#include "sched/binding.h"
#include "sched/cpu_time.h"
#include "sched/scheduler.h"

namespace [[gnu::visibility("hidden")]] coro {

// The worker that runs the calling coroutine. Not stable: reload after everything that may switch.
inline Worker* current_worker() { return arch::self()->worker; }

void finish_switch();

// Who wants to hear of every switch. One word: where nobody does, a switch costs one look at it.
enum SwitchWatcher : u32 { watched_by_cpu_time = 1, watched_by_trace = 2 };
extern Atomic<u32> switch_watchers;
void watch_switches(SwitchWatcher who, bool yes);
void tell_watchers(Worker* w, Coroutine* from, Coroutine* to, After after);

// Leaves `from` (running on w) for `to`. Returns on whatever worker resumes `from`.
[[gnu::always_inline]] inline void switch_may_migrate(Worker* w, Coroutine* from, Coroutine* to, After after) {
    if (CORO_UNLIKELY(switch_watchers.load(relaxed))) tell_watchers(w, from, to, after);
    w->previous = from;
    w->after = after;
    to->worker = w;
    w->current = to;
    __coro_arch_switch(&from->context, &to->context);
    finish_switch();
}

// Leaves for the next ready coroutine, found from here if possible: a switch to the scheduler's own stack and back costs two thread pointers.
inline void schedule_may_migrate(Coroutine* from, After after) {
    Worker* w = from->worker;
    Coroutine* next = w->processor ? admit(w, pick_next(w)) : nullptr;
    // An event found on the way may have been its own.
    if (!next && after == After::park && from->wait.load(relaxed) != wait_preparing) return;
    switch_may_migrate(w, from, next ? next : &w->idle, after);
}

// Parks the calling coroutine, which is `preparing` and stands where its wakers look. Returns the cause.
inline Wait park_may_migrate(Coroutine* co, Reason reason, void* object) {
    co->reason = reason;
    co->wait_object = object;
    if (co->wait.load(relaxed) == wait_preparing) schedule_may_migrate(co, After::park);
    Wait cause = Wait(co->wait.load(acquire));  // pairs with the waker's cas
    co->wait.store(wait_running, relaxed);
    co->reason = Reason::none;
    return cause;
}
inline void prepare_to_park(Coroutine* co) { co->wait.store(wait_preparing, seq_cst); }

// Lets others run first.
void yield_may_migrate(Coroutine* co);

}  // namespace coro

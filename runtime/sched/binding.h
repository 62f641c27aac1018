// Bound coroutines: they own a kernel thread for as long as they live, and run on no other. Asked for by PTHREAD_SCOPE_SYSTEM, or made so when a call
// needs the kernel's notion of the calling thread (affinity, scheduling policy, namespaces, capabilities, ...).
//
// A bound worker has no processor: it runs its one coroutine whenever that is ready, beside the processors, and sleeps otherwise; the kernel
// schedules it. Everything else (futexes, reactor, timers, signals) is as for any coroutine: who makes it ready wakes its worker. A bound coroutine that
// is elsewhere (in a queue, or running, when somebody else binds it) goes to its worker the next time it is picked or stops.
//
// What its kernel thread has become (affinity, policy, credentials, ...) a new kernel thread would inherit: so only threads made to inherit it are
// made there; workers for processors are made by the monitor then. Such a kernel thread ends with its coroutine.
#pragma once
#include "sched/scheduler.h"

namespace [[gnu::visibility("hidden")]] coro {

// One kernel thread at least is left for those who have none of their own.
//
// From co itself, inside the runtime. 0: co runs on a kernel thread of its own. -EAGAIN: none to be had. May migrate.
long bind_self_may_migrate(Coroutine* co, BindReason reason);
// Gives co, another coroutine or a new one that nobody has made ready, a kernel thread, and returns its id; -EAGAIN: none to be had.
// `fresh`: made now, by the calling kernel thread.
long bind_other(Coroutine* co, bool fresh, BindReason reason);
// The kernel thread of a bound coroutine; 0: it is not bound.
int kernel_thread_of(const Coroutine* co);

// Makes co, which is bound and ready, run.
void wake_bound(Coroutine* co);
// co if w may run it; else null, and it is on its way.
inline Coroutine* admit(Worker* w, Coroutine* co) {
    if (CORO_LIKELY(!co || !co->bound.load(relaxed)) || co->bound.load(acquire) == w) return co;
    wake_bound(co);
    return nullptr;
}
// The life of a bound worker between two runs of its coroutine; does not return once that has ended.
Coroutine* wait_until_ready(Worker* w);
// w's coroutine has ended.
void unbind(Worker* w);

}  // namespace coro

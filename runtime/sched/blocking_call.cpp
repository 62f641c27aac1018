#include "sched/blocking_call.h"

namespace [[gnu::visibility("hidden")]] coro {

static u32 ticket(const Worker* w) { return u32(w->kernel_tid) * 4 + 2; }

void enter_call(Coroutine* co, CallKind kind) {
    Worker* w = co->worker;
    Processor* p = w->processor;
    co->reason = Reason::blocked;
    if (!p) {
        // A bound worker: there is nothing to hand on.
    } else if (kind == CallKind::short_call) {
        p->state.store(ticket(w), release);
    } else {
        w->counters.handoffs.add();
        trace::left_behind(p, "system call");
        w->processor = nullptr;
        p->worker.store(nullptr, relaxed);
        start_processor(p, false);
    }
    // Last: from here on a signal may run its handler, which takes the processor back and may call anything.
    fence_signal();
    co->calling = true;
    fence_signal();
}

void leave_call_may_migrate(Coroutine* co) {
    if (!co->calling) return;  // a signal handler during the call has been here
    co->calling = false;
    // Not before: until then a handler may run, and the call goes on on another kernel thread.
    fence_signal();
    Worker* w = co->worker;
    co->reason = Reason::none;
    if (CORO_UNLIKELY(co->bound.load(relaxed) == w)) return;
    if (Processor* p = w->processor) {
        u32 expected = ticket(w);
        if (p->state.cas(expected, processor_running, acq_rel)) return;  // against the monitor's cas
        w->processor = nullptr;
    }
    if (Processor* p = take_idle_processor()) {
        w->processor = p;
        p->worker.store(w, relaxed);
        trace::goes_on(w, co);
        return;
    }
    switch_may_migrate(w, co, &w->idle, After::yield);  // queued as soon as it has left this stack
}

}  // namespace coro

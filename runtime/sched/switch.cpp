#include "sched/switch.h"

#include "core/coroutine_table.h"
#include "observe/trace.h"
#include "sched/exit.h"

namespace [[gnu::visibility("hidden")]] coro {

constinit Atomic<u32> switch_watchers{0};

void watch_switches(SwitchWatcher who, bool yes) {
    if (yes) switch_watchers.fetch_or(who, seq_cst);
    else switch_watchers.fetch_and(~u32(who), seq_cst);
}

[[gnu::noinline]] void tell_watchers(Worker* w, Coroutine* from, Coroutine* to, After after) {
    u32 watchers = switch_watchers.load(relaxed);
    if (watchers & watched_by_cpu_time) account_cpu(w, from);
    if (watchers & watched_by_trace) trace::switched(w, from, to, after);
}

// [[gnu::noinline]]: runs after a switch, where nothing that was read before it is true any more.
[[gnu::noinline]] void finish_switch() {
    Worker* w = current_worker();
    Coroutine* left = w->previous;
    After after = w->after;
    w->after = After::nothing;
    w->counters.left[u8(after)].add();
    switch (after) {
    case After::nothing:
        break;
    case After::handed_over:  // to its newest child: next again when that one is done or waits
        make_ready_below(left);
        break;
    case After::park: {
        w->counters.parks[u8(left->reason)].add();  // before others may wake it
        u32 expected = wait_preparing;
        // release: pairs with the claim in try_wake. A failure means that a waker was faster and left it to us.
        if (!left->wait.cas(expected, wait_parked, acq_rel)) make_ready(left);
        break;
    }
    case After::yield:
        if (!w->processor || left->bound.load(relaxed) || !w->processor->queue.push(left)) queue_shared(left);
        break;
    case After::preempt:
        queue_preempted(left);
        break;
    case After::exit:
    case After::unmap:
        finish_exit(w, left, after);
        break;
    }
}

void yield_may_migrate(Coroutine* co) {
    Worker* w = co->worker;
    Processor* p = w->processor;
    if (CORO_UNLIKELY(co->bound.load(relaxed) == w)) return sys::yield();  // to whom the kernel would run there
    Coroutine* next = p ? admit(w, pick_local(p)) : nullptr;
    if (next) return switch_may_migrate(w, co, next, After::yield);
    bool retires = p && p->retire.load(relaxed);  // it goes on on another, and this one leaves circulation
    if (!scheduler.shared_count.load(relaxed) && !scheduler.preempted_count.load(relaxed) && !retires) return;
    switch_may_migrate(w, co, &w->idle, After::yield);
}

}  // namespace coro

#include "sched/binding.h"

#include "sched/preempt.h"
#include "sched/switch.h"

namespace [[gnu::visibility("hidden")]] coro {

void wake_bound(Coroutine* co) {
    Worker* w = co->bound.load(acquire);
    w->bound_ready.store(true, release);
    worker_wake(w);
}

Coroutine* wait_until_ready(Worker* w) {
    for (;;) {
        if (w->ended) end_kernel_thread(w);
        if (w->bound_ready.exchange(false, acq_rel)) return w->bound;  // pairs with wake_bound
        worker_sleep(w);
    }
}

void unbind(Worker* w) {
    // The list lies in the thread's control block, which its joiner frees. Only on its own kernel thread can it have been set.
    if (current_worker() == w) sys::syscall(SYS_set_robust_list, 0, 3 * sizeof(long));
    w->bound = nullptr;
    w->ended = true;
}

int kernel_thread_of(const Coroutine* co) {
    Worker* w = co->bound.load(acquire);
    return w ? w->kernel_tid : 0;
}

long bind_self_may_migrate(Coroutine* co, BindReason reason) {
    Worker* mine = co->bound.load(acquire);
    while (!mine && !take_from_pool())
        if (spawn_worker(nullptr, false) != 0) return -EAGAIN;
    Worker* w = co->worker;
    if (!mine && !co->bound.cas(mine, w, acq_rel)) give_to_pool();
    else if (!mine) {
        if (Processor* p = w->processor) {
            trace::left_behind(p, "bound");
            w->processor = nullptr;
            p->worker.store(nullptr, relaxed);
            start_processor(p, false);
        }
        w->bound = co;
        trace::goes_on(w, co);
        w->counters.binds[u8(reason)].add();
        return 0;
    }
    if (mine != w) schedule_may_migrate(co, After::preempt);  // somebody else has bound it
    return 0;
}

long bind_other(Coroutine* co, bool fresh, BindReason reason) {
    if (int tid = kernel_thread_of(co)) return tid;
    Worker* w = nullptr;
    if (!fresh && take_from_pool() && !(w = take_idle_worker())) give_to_pool();
    if (!w) {
        long r = spawn_bound_worker(&w);
        if (r < 0) return -EAGAIN;
    }
    w->bound = co;
    Worker* none = nullptr;
    if (!co->bound.cas(none, w, acq_rel)) {  // somebody was faster
        unbind(w);
        worker_wake(w);
        return kernel_thread_of(co);
    }
    current_worker()->counters.binds[u8(reason)].add();
    Worker* runs = co->worker;
    if (runs && runs->current == co) preempt(runs);  // comes over as it stops
    return w->kernel_tid;
}

}  // namespace coro

#include "sched/cpu_time.h"

#include "sched/switch.h"

namespace [[gnu::visibility("hidden")]] coro {

// A raw call: musl's clock_gettime comes back to the gate for this clock.
static u64 own_clock_ns() {
    timespec ts{};
    sys::syscall(sys::nr_clock_gettime, CLOCK_THREAD_CPUTIME_ID, sys::arg(&ts));
    return sys::to_ns(ts);
}

void account_cpu(Worker* w, Coroutine* from) {
    u64 now = own_clock_ns();
    from->cpu_ns.store(from->cpu_ns.load(relaxed) + now - w->cpu_mark.load(relaxed), relaxed);
    w->cpu_mark.store(now, release);
}

static void start_accounting() {
    for (Worker* w = scheduler.workers.load(acquire); w; w = w->all_next)
        if (w->kernel_tid > 0) w->cpu_mark.store(sys::thread_cpu_ns(w->kernel_tid), relaxed);
    watch_switches(watched_by_cpu_time, true);
}

u64 cpu_time_ns(Coroutine* co) {
    if (!(switch_watchers.load(seq_cst) & watched_by_cpu_time)) start_accounting();
    for (;;) {
        u64 before = co->cpu_ns.load(acquire);
        Worker* w = co->worker;
        if (!w || w->current != co || co->wait.load(acquire) == wait_parked) return before;
        u64 since = sys::thread_cpu_ns(w->kernel_tid), mark = w->cpu_mark.load(acquire);
        // It may have left w meanwhile: then its own count has moved.
        if (co->cpu_ns.load(acquire) == before && w->current == co) return before + (since > mark ? since - mark : 0);
    }
}

void cpu_time_start(Coroutine* main) { main->cpu_ns.store(own_clock_ns(), relaxed); }

}  // namespace coro

// The monitor: one kernel thread that looks at the processors while any of them runs, and sleeps when none does. It
//   - takes a processor from a worker whose system call lasts, and gives it to another;
//   - lets an idle processor have what waits in a busy one's queue or slot;
//   - polls the reactor, when no worker does, and fires timers for processors that are busy;
//   - preempts a coroutine that has run beyond its slice while others wait;
//   - asks for O_NONBLOCK again where calls wait on the word of an earlier answer;
//   - gives the pages of stacks that have been free for long back;
//   - does again what the kernel had nothing left for: a kernel thread, a signal;
//   - lends an extra processor while a worker is blocked in the kernel without having said so (page fault, inline system call).
#include "event/nonblock.h"
#include "observe/deadlock.h"
#include "observe/dump.h"
#include "sched/preempt.h"
#include "sched/switch.h"
#include "sched/synccall.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace {

constexpr u64 tick_min_ns = 50 * ns_per_us, tick_max_idle_ns = 400 * ns_per_us, tick_max_busy_ns = ns_per_ms;
constexpr u64 slice_woken_ns = ns_per_ms;       // one that was woken waits
constexpr u64 slice_equal_ns = 10 * ns_per_ms;  // only preempted ones wait
constexpr u64 unclear_ns = 4 * ns_per_ms;
constexpr u64 long_unclear_ns = 20 * ns_per_ms;

bool others_were_woken(Processor* p) {
    return !p->queue.empty() || scheduler.shared_count.load(relaxed);
}

// From when on one whose clock stands still gets a cover. On a machine with too much to do that happens to those who compute, too: the more covers there are
// already, the longer.
u64 stuck_after_ns() {
    u64 times = scheduler.active.load(relaxed) / scheduler.processor_count;
    return unclear_ns * times * times;
}

enum class Seen { computing, standing, unclear };

// What the kernel thread of p does: its CPU clock moves while one reads it twice, or has since another look just before (with one CPU it is this thread that
// has it now). Where looks are never that near each other (a machine with too much to do; valgrind, which lets one thread run at a time), the clock of one that
// runs on and on moved between two looks.
Seen look_at_clock(Processor* p, const Worker* w, u64 now) {
    u64 before = p->seen_cpu_ns, cpu = p->seen_cpu_ns = sys::thread_cpu_ns(w->kernel_tid);
    bool moved = cpu != before, just_before = before && now - p->clock_looked_at_ns < 4 * tick_min_ns;
    p->clock_looked_at_ns = now;
    if (moved) p->clock_moved_at_ns = now;
    bool runs_on = before && now - p->seen_since_ns > long_unclear_ns;
    if ((moved && (just_before || runs_on)) || sys::thread_cpu_ns(w->kernel_tid) != cpu) return Seen::computing;
    return now - p->clock_moved_at_ns > unclear_ns ? Seen::standing : Seen::unclear;
}

// A coroutine runs since seen_since_ns without a switch. True: look again soon.
bool watch_long_runner(Processor* p, u64 now) {
    u64 ran = now - p->seen_since_ns;
    bool woken = others_were_woken(p);
    if (ran <= slice_woken_ns || !(woken || scheduler.preempted_count.load(relaxed))) return false;
    Worker* w = p->worker.load(acquire);
    if (!w || w->kernel_tid <= 0) return false;
    Coroutine* current = w->current;
    bool fits = current == &w->idle || current->preemptible;  // a stack too small for the signal's frame: others get a processor beside it
    // Not one that waits in the kernel: a signal would end its call with EINTR if that is one that never restarts.
    Seen seen = look_at_clock(p, w, now);
    if (seen == Seen::computing && fits) {
        if (woken || ran > slice_equal_ns) preempt(w);
    } else if (!p->cover && (fits ? now - p->clock_moved_at_ns : ran) > stuck_after_ns()) {
        p->cover = lend_processor();
        if (p->cover) scheduler.monitor->counters.covers.add();
    }
    return seen == Seen::unclear;
}

void end_cover(Processor* p) {
    if (!p->cover) return;
    retire_processor(p->cover);
    p->cover = nullptr;
}

// True: something was done, or is to be looked at again soon.
bool examine(Processor* p, u64 now) {
    u32 state = p->state.load(acquire), switches = p->switches.load(relaxed);
    if (state == processor_idle) {
        p->seen_slot = nullptr;
        end_cover(p);
        return false;
    }
    if (switches != p->seen_switches) {
        p->seen_switches = switches;
        p->seen_since_ns = now;
        p->seen_slot = nullptr;
        p->seen_state = state;
        p->seen_cpu_ns = 0;
        end_cover(p);
        if (p->queue.size()) wake_processor();
        return false;
    }
    if (state != processor_running) {
        bool lasted = p->seen_state == state;
        p->seen_state = state;
        if (!lasted || !p->state.cas(state, processor_running, acq_rel)) return false;  // pairs with leave_call
        p->worker.store(nullptr, relaxed);
        p->switches.store(switches + 1, relaxed);
        scheduler.monitor->counters.handoffs.add();
        trace::left_behind(p, "system call");
        start_processor(p, false);
        return true;
    }
    p->seen_state = state;
    p->seen_slot = p->queue.peek_next();
    if (!p->queue.empty()) wake_processor();
    return watch_long_runner(p, now);
}

bool poll_for_the_busy(u64 now) {
    static reactor::Events events;  // the monitor's alone
    CoroutineQueue ready;
    u32 used = scheduler.processors_used.load(acquire);
    for (u32 i = 0; i < used; i++) {
        TimerWheel& timers = scheduler.processors[i].timers;
        if (timers.next_ns() < now) timers.fire(now, ready);
    }
    if (!reactor::hand_on(ready)) wake_processor();
    // Not where a worker has looked since the last tick: it would only carry the work to another CPU.
    static u32 seen_looks;
    if (u32 looks = scheduler.looks.load(relaxed); looks != seen_looks) seen_looks = looks;
    else look_at_reactor(events, ready);
    bool any = !ready.empty();
    make_ready(ready);
    return any;
}

// Free stacks that nobody needed for a whole window give their pages back, a batch a tick.
class Trimmer {
public:
    void look(u64 now) {
        u32 excess = stack_pool_excess();
        least_ = min(least_, excess);
        if (now >= window_end_) {
            left_ = least_;
            least_ = excess;
            window_end_ = now + window_ns;
        }
        if (left_) {
            u32 done = stack_pool_trim(left_);
            left_ = done ? left_ - min(left_, done) : 0;
        }
    }
    // Until when the monitor of an idle process may sleep.
    u64 pause_ns() const { return left_ ? tick_min_ns : stack_pool_excess() ? window_ns : never; }

private:
    static constexpr u64 window_ns = 50 * ns_per_ms;
    u64 window_end_ = 0;
    u32 least_ = 0, left_ = 0;
};
constinit Trimmer trimmer;

// No kernel thread can be had for what waits: one that sits in a call comes out of it, runs the others for a turn, and goes in again (in_place).
void borrow_worker() {
    for (Worker* w = scheduler.workers.load(acquire); w; w = w->all_next) {
        Coroutine* co = w->current;
        if (co != &w->idle && !w->bound && co->calling && co->in_call.interruptible) return interrupt_call(w);
    }
}

// A kernel thread was wanted. True: there is none still.
bool worker_is_wanted() {
    if (!scheduler.worker_wanted.load(relaxed) || !scheduler.worker_wanted.exchange(false, seq_cst)) return false;
    wake_processor();
    if (!scheduler.worker_wanted.load(seq_cst)) return false;
    if (work_waits(sys::now_ns())) borrow_worker();
    return true;
}

bool all_idle() { return scheduler.idle_count.load(seq_cst) == scheduler.active.load(seq_cst); }

u64 until_next_question() {
    u64 next = nonblock::next_ns(), now = next == never ? 0 : sys::now_ns();
    return next == never ? never : next - min(now, next - 1);
}

void ask_again(u64 now) {
    CoroutineQueue ready;
    nonblock::ask_again(now, ready);
    make_ready(ready);
}

void sleep_until_kicked() {
    scheduler.monitor_word.store(0, seq_cst);
    // seq_cst: pairs with monitor_kick after an idle processor was taken.
    if (all_idle() && !signals_waiting() && !dump_asked() && !scheduler.monitor->sync_asked.load(seq_cst) &&
        !scheduler.worker_wanted.load(seq_cst) && !scheduler.signals_owed.load(seq_cst))
        sys::futex_wait(scheduler.monitor_word.address(), 0, min(min(trimmer.pause_ns(), until_next_question()), deadlock_pause_ns()));
    scheduler.monitor_word.store(1, seq_cst);
}

}  // namespace

void monitor_kick() {
    if (scheduler.monitor_word.load(seq_cst)) return;
    if (scheduler.monitor_word.exchange(1, seq_cst) == 0) sys::futex_wake(scheduler.monitor_word.address(), 1);
}

void monitor_interrupt() {
    scheduler.monitor_word.store(2, seq_cst);
    sys::futex_wake(scheduler.monitor_word.address(), 1);
}

void monitor_loop() {
    u64 tick = tick_min_ns;
    for (;;) {
        route_signals();
        dump_if_asked();
        synccall_if_asked(current_worker());
        bool worker = worker_is_wanted(), signal = send_owed_signals();
        if (all_idle() && !worker && !signal) {
            sleep_until_kicked();
            if (all_idle()) look_for_deadlock();
            u64 now = sys::now_ns();
            trimmer.look(now);
            ask_again(now);
            tick = tick_min_ns;
            continue;
        }
        // The word is 1 while the monitor runs; a signal sets it to 2.
        sys::futex_wait(scheduler.monitor_word.address(), 1, tick);
        scheduler.monitor_word.store(1, seq_cst);
        u64 now = sys::now_ns();
        trimmer.look(now);
        ask_again(now);
        bool acted = poll_for_the_busy(now);
        for (u32 i = 0, used = scheduler.processors_used.load(acquire); i < used; i++)
            acted |= examine(&scheduler.processors[i], now);
        bool idle = scheduler.idle_count.load(relaxed);
        tick = acted ? tick_min_ns : min(tick * 2, idle ? tick_max_idle_ns : tick_max_busy_ns);
    }
}

}  // namespace coro

#include "sched/scheduler.h"

#include "event/ring.h"
#include "sched/binding.h"
#include "sched/switch.h"

namespace [[gnu::visibility("hidden")]] coro {

constinit Scheduler scheduler{};

static constexpr u64 surplus_worker_ns = 200 * ns_per_ms;

// ---- shared queues and idle processors

void queue_shared(Coroutine* co) {
    if (CORO_UNLIKELY(co->bound.load(relaxed) != nullptr)) return wake_bound(co);
    {
        Locked hold(scheduler.lock);
        scheduler.shared.push_back(co);
        scheduler.shared_count.store(scheduler.shared.size(), relaxed);
    }
    wake_processor();
}

void queue_preempted(Coroutine* co) {
    if (CORO_UNLIKELY(co->bound.load(relaxed) != nullptr)) return wake_bound(co);
    {
        Locked hold(scheduler.lock);
        scheduler.preempted.push_back(co);
        scheduler.preempted_count.store(scheduler.preempted.size(), relaxed);
    }
    wake_processor();
}

static Coroutine* pop_preempted() {
    if (!scheduler.preempted_count.load(relaxed)) return nullptr;
    Locked hold(scheduler.lock);
    Coroutine* co = scheduler.preempted.pop_front();
    scheduler.preempted_count.store(scheduler.preempted.size(), relaxed);
    return co;
}

// A fair share of the shared queue: one is returned, the rest goes to p's ring.
static Coroutine* pop_shared(Processor* p, u32 limit) {
    if (!scheduler.shared_count.load(relaxed)) return nullptr;
    Locked hold(scheduler.lock);
    u32 n = min(min(scheduler.shared.size() / scheduler.processor_count + 1, limit), RunQueue::capacity / 2);
    Coroutine* first = scheduler.shared.pop_front();
    for (u32 i = 1; i < n; i++) {
        Coroutine* co = scheduler.shared.pop_front();
        if (!co) break;
        if (!p->queue.push(co)) {
            scheduler.shared.push_back(co);
            break;
        }
    }
    scheduler.shared_count.store(scheduler.shared.size(), relaxed);
    return first;
}

Processor* take_idle_processor() {
    if (!scheduler.idle_count.load(relaxed)) return nullptr;
    scheduler.lock.lock();
    Processor* p = scheduler.idle_processors;
    if (p) {
        scheduler.idle_processors = p->idle_next;
        scheduler.idle_count.store(scheduler.idle_count.load(relaxed) - 1, seq_cst);
        p->state.store(processor_running, relaxed);
    }
    scheduler.lock.unlock();
    if (p) monitor_kick();
    return p;
}

void put_idle_processor(Processor* p) {
    Locked hold(scheduler.lock);
    p->worker.store(nullptr, relaxed);
    p->state.store(processor_idle, relaxed);
    if (p->extra && p->retire.load(relaxed)) {  // leaves circulation; its queue was emptied by its worker
        p->lent = false;
        scheduler.active.store(scheduler.active.load(relaxed) - 1, seq_cst);
        return;
    }
    p->idle_next = scheduler.idle_processors;
    scheduler.idle_processors = p;
    scheduler.idle_count.store(scheduler.idle_count.load(relaxed) + 1, seq_cst);
}

void retire_processor(Processor* p) {
    Locked hold(scheduler.lock);
    p->retire.store(true, seq_cst);
    if (p->state.load(relaxed) != processor_idle || !p->queue.empty()) return;
    for (Processor** at = &scheduler.idle_processors; *at; at = &(*at)->idle_next) {
        if (*at != p) continue;
        *at = p->idle_next;
        p->lent = false;
        scheduler.idle_count.store(scheduler.idle_count.load(relaxed) - 1, seq_cst);
        scheduler.active.store(scheduler.active.load(relaxed) - 1, seq_cst);
        return;
    }
}

Worker* take_idle_worker() {
    Locked hold(scheduler.lock);
    Worker* w = scheduler.idle_workers;
    if (w) scheduler.idle_workers = w->idle_next, scheduler.idle_worker_count--;
    return w;
}

static bool idle_worker_waits() {
    Locked hold(scheduler.lock);
    return scheduler.idle_workers;
}

// By who holds p, which has no worker.
static void share_queue(Processor* p) {
    if (p->queue.empty()) return;
    Locked hold(scheduler.lock);
    while (Coroutine* co = p->queue.pop()) scheduler.shared.push_back(co);
    if (Coroutine* co = p->queue.take_next()) scheduler.shared.push_back(co);
    scheduler.shared_count.store(scheduler.shared.size(), relaxed);
}

void start_processor(Processor* p, bool searching) {
    while (p) {
        if (Worker* w = take_idle_worker()) {
            w->processor = p;
            w->searching = searching;
            p->worker.store(w, relaxed);
            worker_wake(w);
            return;
        }
        // While one polls there is no need of another kernel thread. A bound worker makes none: it would inherit what only its coroutine is to have.
        bool bound = current_worker()->bound;
        if (!scheduler.polling.load(relaxed)) {
            if (!bound && spawn_worker(p, searching) == 0) return;
            share_queue(p);  // whoever has a processor next finds it
        }
        put_idle_processor(p);
        if (searching) scheduler.searching.fetch_add(u32(-1), seq_cst);
        searching = false;
        // p on the list, then another look: who stops polling, or goes to sleep, looks at the list after it has said so. One that
        // looked while we held p may sleep by now.
        if (scheduler.polling.load(seq_cst)) {
            reactor::interrupt();  // it takes an idle processor
            if (scheduler.polling.load(seq_cst)) return;
        } else if (!idle_worker_waits()) {
            // No kernel thread to be had, or not from here: the monitor tries again.
            scheduler.worker_wanted.store(true, seq_cst);
            if (bound) monitor_interrupt();
            else monitor_kick();
            return;
        }
        p = take_idle_processor();
    }
}

void wake_processor() {
    fence_seq_cst();  // what was queued, then idle_count; pairs with find_runnable, which goes idle and then looks at the queues
    if (!scheduler.idle_count.load(seq_cst)) return;
    u32 none = 0;
    if (!scheduler.searching.cas(none, 1, seq_cst)) return;  // somebody searches and will find it
    if (Processor* p = take_idle_processor()) start_processor(p, true);
    else scheduler.searching.fetch_add(u32(-1), seq_cst);
}

// ---- making ready

static void push_or_share(Processor* p, Coroutine* co) {
    if (CORO_UNLIKELY(co->bound.load(relaxed) != nullptr)) return wake_bound(co);
    if (!p->queue.push(co)) queue_shared(co);
}

void make_ready(Coroutine* co) {
    Worker* w = current_worker();
    Processor* p = w->processor;
    if (!p || p->state.load(relaxed) != processor_running || co->bound.load(relaxed)) return queue_shared(co);
    if (Coroutine* kicked = p->queue.put_next(co)) push_or_share(p, kicked);
}

void make_ready_below(Coroutine* co) {
    Processor* p = current_worker()->processor;
    if (!p || co->bound.load(relaxed)) return queue_shared(co);
    if (Coroutine* kicked = p->queue.push_creator(co)) push_or_share(p, kicked);
}

void make_ready(CoroutineQueue& ready) {
    if (ready.size() == 1) return make_ready(ready.pop_front());
    Processor* p = current_worker()->processor;
    bool local = p && p->state.load(relaxed) == processor_running;
    bool any = !ready.empty();
    while (Coroutine* co = ready.pop_front()) {
        if (local) push_or_share(p, co);
        else queue_shared(co);
    }
    if (any) wake_processor();
}

// ---- finding work

// Fires the timers of `owner`; who is due goes to `to`, the caller's processor.
static void fire_timers(Processor* owner, u64 now, Processor* to) {
    CoroutineQueue due;
    owner->timers.fire(now, due);
    while (Coroutine* co = due.pop_front()) push_or_share(to, co);
}

Coroutine* pick_local(Processor* p) {
    u32 n = p->switches.load(relaxed) + 1;
    p->switches.store(n, relaxed);
    if (CORO_UNLIKELY(n % 16 == 0)) {
        ring::flush();  // what is not taken waits for the next look: this processor runs, and takes one before it goes idle
        if (p->timers.next_ns() != never) fire_timers(p, sys::now_ns(), p);
        if (n % 64 == 0) {  // fairness: nothing shared or preempted waits for ever behind local work
            Coroutine* co = n % 128 ? pop_shared(p, 1) : pop_preempted();
            if (co) return co;
        }
        if (p->retire.load(relaxed)) return nullptr;
    }
    if (CORO_LIKELY(p->slot_streak < 64)) {
        Coroutine* co = p->queue.take_next();
        if (!co) co = p->queue.pop_creator();
        if (co) {
            p->slot_streak++;
            return co;
        }
    }
    p->slot_streak = 0;
    // Now those who do not come from the slot; a creator now and then, the oldest, for whom the slot may never be empty.
    if (CORO_UNLIKELY(n % 256 < 64))
        if (Coroutine* co = p->queue.steal_creator()) return co;
    if (Coroutine* co = p->queue.pop()) return co;
    if (Coroutine* co = p->queue.pop_creator()) return co;
    return p->queue.take_next();
}

void look_at_reactor(reactor::Events& room, CoroutineQueue& ready) {
    if (scheduler.polling.load(relaxed)) return;
    reactor::collect(0, room, ready);
    // Somebody has begun to block meanwhile: an interrupt for him may be among what we took.
    if (scheduler.polling.load(seq_cst)) reactor::interrupt();
}

// Not an atomic increment: the monitor asks only whether anybody has looked.
static void count_look() { scheduler.looks.store(scheduler.looks.load(relaxed) + 1, relaxed); }

static Coroutine* poll_now(Worker* w) {
    Processor* p = w->processor;
    CoroutineQueue ready;
    count_look();
    reactor::hand_on(ready);
    look_at_reactor(w->events, ready);
    Coroutine* first = ready.pop_front();
    bool more = !ready.empty();
    while (Coroutine* co = ready.pop_front()) push_or_share(p, co);
    if (more) wake_processor();
    return first;
}

Coroutine* pick_next(Worker* w) {
    Processor* p = w->processor;
    if (Coroutine* co = pick_local(p)) return co;
    if (CORO_UNLIKELY(p->retire.load(relaxed))) return nullptr;
    if (p->timers.next_ns() != never) {
        fire_timers(p, sys::now_ns(), p);
        if (Coroutine* co = p->queue.pop()) return co;
    }
    if (Coroutine* co = pop_shared(p, RunQueue::capacity / 2)) return co;
    if (Coroutine* co = poll_now(w)) return co;
    return pop_preempted();
}

static Coroutine* steal(Worker* w) {
    Processor* p = w->processor;
    u32 used = scheduler.processors_used.load(acquire);
    for (int round = 0; round < 2; round++) {
        p->random = p->random * 1664525 + 1013904223;
        for (u32 i = 0, at = p->random >> 8; i < used; i++, at++) {
            Processor* victim = &scheduler.processors[at % used];
            if (victim == p) continue;
            if (Coroutine* co = victim->queue.steal_into(p->queue)) return co;
            // The slot only in the second round: its processor will most likely run it in a moment.
            if (round == 1 && (victim->seen_slot == victim->queue.peek_next() || victim->state.load(relaxed) != processor_running))
                if (Coroutine* co = victim->queue.take_next()) return co;
            u64 due = victim->timers.next_ns();
            if (due == never || due > sys::now_ns()) continue;
            fire_timers(victim, sys::now_ns(), p);
            if (Coroutine* co = p->queue.pop()) return co;
        }
    }
    return nullptr;
}

u64 next_deadline() {
    u64 next = never;
    for (u32 i = 0, used = scheduler.processors_used.load(acquire); i < used; i++)
        next = min(next, scheduler.processors[i].timers.next_ns());
    return next;
}

bool work_waits(u64 now_ns) {
    if (scheduler.shared_count.load(seq_cst) || scheduler.preempted_count.load(seq_cst) || ring::pending()) return true;
    for (u32 i = 0, used = scheduler.processors_used.load(acquire); i < used; i++) {
        Processor* p = &scheduler.processors[i];
        if (p->queue.size() || p->timers.next_ns() <= now_ns) return true;
        if (p->queue.peek_next() && p->state.load(relaxed) == processor_idle) return true;
    }
    return false;
}

static void stop_searching(Worker* w) {
    if (!w->searching) return;
    w->searching = false;
    scheduler.searching.fetch_add(u32(-1), seq_cst);
}

static bool acquire_processor(Worker* w) {
    Processor* p = take_idle_processor();
    w->processor = p;
    if (p) p->worker.store(w, relaxed);
    return p != nullptr;
}

// With every processor idle one worker waits for events and timers. True: it has a processor again.
static bool wait_as_poller(Worker* w) {
    if (scheduler.idle_count.load(seq_cst) != scheduler.active.load(seq_cst)) return false;
    if (scheduler.polling.exchange(1, seq_cst)) return false;
    u64 until = next_deadline();
    scheduler.polling_until.store(until, seq_cst);
    // seq_cst: pairs with sleep_idle, where a timer is armed first and polling_until read next.
    while (next_deadline() < until) scheduler.polling_until.store(until = next_deadline(), seq_cst);
    CoroutineQueue ready;
    reactor::collect(work_waits(sys::now_ns()) ? 0 : until, w->events, ready);
    count_look();
    scheduler.polling.store(0, seq_cst);
    if (!acquire_processor(w)) {
        while (Coroutine* co = ready.pop_front()) queue_shared(co);
        return false;
    }
    bool more = ready.size() > 1;
    while (Coroutine* co = ready.pop_front()) push_or_share(w->processor, co);
    if (more) wake_processor();
    return true;
}

// By one who has no processor to look after what he leaves behind: somebody must poll, and not beyond the next deadline.
static void look_after_waiters() {
    fence_seq_cst();
    if (scheduler.polling.load(seq_cst)) {
        if (next_deadline() < scheduler.polling_until.load(seq_cst)) reactor::interrupt();
    } else if (work_waits(sys::now_ns()) || scheduler.idle_count.load(seq_cst) == scheduler.active.load(seq_cst)) {
        wake_processor();  // nobody polls: let somebody come and see (it may be us)
    }
}

void arm_deadline(Coroutine* co, u64 deadline_ns) {
    Processor* p = co->worker->processor;
    (p ? p : &scheduler.processors[0])->timers.arm(co, deadline_ns);
    if (!p) look_after_waiters();
}

// False: it is not there, somebody gives it a processor just now.
static bool take_from_idle(Worker* w) {
    Locked hold(scheduler.lock);
    for (Worker** at = &scheduler.idle_workers; *at; at = &(*at)->idle_next) {
        if (*at != w) continue;
        *at = w->idle_next;
        scheduler.idle_worker_count--;
        return true;
    }
    return false;
}

// Without a processor: until somebody gives one. A burst of calls that block leaves workers that nobody needs: who finds enough of them
// asleep already stays for a while only.
static void sleep_idle(Worker* w) {
    bool surplus;
    {
        Locked hold(scheduler.lock);
        surplus = scheduler.idle_worker_count++ > scheduler.processor_count && w->kernel_tid != scheduler.process_id && !w->has_forked;
        w->idle_next = scheduler.idle_workers;
        scheduler.idle_workers = w;
    }
    look_after_waiters();
    if (surplus) {
        if (worker_sleep_for(w, surplus_worker_ns)) return;
        if (take_from_pool()) {
            if (take_from_idle(w)) end_kernel_thread(w);
            give_to_pool();
        }
    }
    worker_sleep(w);
}

// Empties a processor that leaves circulation.
static void drain(Processor* p) {
    while (Coroutine* co = p->queue.pop()) queue_shared(co);
    while (Coroutine* co = p->queue.pop_creator()) queue_shared(co);
    if (Coroutine* co = p->queue.take_next()) queue_shared(co);
}

Coroutine* find_runnable(Worker* w) {
    for (;;) {
        if (CORO_UNLIKELY(w->bound || w->ended)) return wait_until_ready(w);
        Processor* p = w->processor;
        if (!p) {
            if (!wait_as_poller(w)) sleep_idle(w);
            continue;
        }
        if (CORO_UNLIKELY(p->retire.load(relaxed))) {
            drain(p);
        } else {
            Coroutine* co = pick_next(w);
            if (!co && (w->searching || 2 * scheduler.searching.load(relaxed) <
                                            scheduler.active.load(relaxed) - scheduler.idle_count.load(relaxed))) {
                if (!w->searching) {
                    w->searching = true;
                    scheduler.searching.fetch_add(1, seq_cst);
                }
                co = steal(w);
                if (co) w->counters.steals.add();
            }
            if (co) {
                bool was_searching = w->searching;
                stop_searching(w);
                // The last to search has found something: there may be more.
                if (was_searching && work_waits(0)) wake_processor();
                if (!admit(w, co)) continue;
                return co;
            }
        }
        w->processor = nullptr;
        put_idle_processor(p);
        stop_searching(w);
        fence_seq_cst();  // pairs with wake_processor
        if (work_waits(sys::now_ns()) && acquire_processor(w)) continue;
    }
}

}  // namespace coro

#include "sched/preempt.h"

#include "sched/switch.h"

namespace [[gnu::visibility("hidden")]] coro {

void interrupt_call(Worker* w) {
    w->preempt.store(true, release);
    signal_worker(w);
}

void preempt(Worker* w) {
    w->preempting.store(true, seq_cst);  // pairs with preempt_disable: one of the two sees the other
    if (!w->current->preempt_disabled.load(seq_cst)) interrupt_call(w);
    w->preempting.store(false, release);
}

void preempt_disable(Coroutine* co) {
    co->preempt_disabled.store(true, seq_cst);
    Worker* w = co->worker;
    while (w->preempting.load(seq_cst) || w->signalled.load(seq_cst)) sys::yield();  // it comes as this returns
}

void owe_signal(Worker* w) {
    w->signal_owed.store(true, seq_cst);
    scheduler.signals_owed.store(true, seq_cst);
    monitor_kick();
}

void signal_worker(Worker* w) {
    if (w->kernel_tid <= 0 || w->signalled.exchange(true, acq_rel)) return;
    if (sys::tgkill(w->kernel_tid, runtime_signal) != -EAGAIN) return;
    w->signalled.store(false, seq_cst);
    owe_signal(w);
}

void signal_own_worker(Worker* w) {
    if (sys::tgkill(w->kernel_tid, runtime_signal) == -EAGAIN) owe_signal(w);
}

bool send_owed_signals() {
    if (!scheduler.signals_owed.load(seq_cst)) return false;
    scheduler.signals_owed.store(false, seq_cst);
    for (Worker* w = scheduler.workers.load(acquire); w; w = w->all_next)
        if (w->signal_owed.exchange(false, seq_cst)) signal_worker(w);
    return scheduler.signals_owed.load(seq_cst);
}

void withhold_signal(Worker* w) {
    // Who has set the flag sends at once; its handler clears it.
    while (w->signalled.exchange(true, acq_rel)) sys::yield();
}

void permit_signal(Worker* w) {
    w->signalled.store(false, seq_cst);  // then the handler looks at the bits that others have set meanwhile
    signal_worker(w);
}

Processor* lend_processor() {
    Processor* p = nullptr;
    {
        Locked hold(scheduler.lock);
        u32 used = scheduler.processors_used.load(relaxed);
        for (u32 i = scheduler.processor_count; i < used && !p; i++) {
            Processor* old = &scheduler.processors[i];
            if (!old->lent) p = old;  // a retired one may still be on the idle list
        }
        if (!p && used < scheduler.processor_slots) {
            p = &scheduler.processors[used];
            scheduler.processors_used.store(used + 1, release);
        }
        if (!p) return nullptr;
        p->extra = p->lent = true;
        p->retire.store(false, relaxed);
        p->state.store(processor_running, relaxed);
        scheduler.active.store(scheduler.active.load(relaxed) + 1, seq_cst);
    }
    start_processor(p, false);
    return p;
}

}  // namespace coro

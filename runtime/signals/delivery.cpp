#include "signals/delivery.h"

#include "core/coroutine_table.h"
#include "sched/preempt.h"
#include "sched/switch.h"
#include "signals/kernel_entry.h"
#include "signals/timers.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace {

// A pending signal with its siginfo.
struct Pending {
    siginfo_t info;
    Coroutine* target;  // null: the process
    bool used;
};
constexpr u32 pending_max = 4096;  // in all: RLIMIT_SIGPENDING of this runtime
SpinLock lock;
Pending pending[pending_max] = {};  // guarded by lock; scanned in order, so real-time signals stay in order
u32 pending_high;              // entries ever used

// Signals on their way from an entry to the monitor. A slot is free (0), being filled (1) or full (2).
struct Arrived {
    Atomic<u32> state{0};
    int sig = 0;
    int tid = 0;  // whom it is for, if it is a timer's; noted now, since the timer may be deleted
    siginfo_t info = {};
};
constexpr u32 arrived_max = 1024;
constinit Arrived arrived[arrived_max] = {};
Atomic<u32> arrived_count{0};
Atomic<u32> overflowed[65] = {};  // by signal: no slot was free, so their siginfo is lost; they are not

// Requires the lock. False: no room.
bool store(Coroutine* target, const siginfo_t& info) {
    u32 i = 0;
    while (i < pending_high && pending[i].used) i++;
    if (i == pending_max) return false;
    if (i == pending_high) pending_high++;
    pending[i] = {info, target, true};
    return true;
}

// Requires the lock. True: one that waits already stands for this one too. Standard signals do not queue, nor do those of one timer.
bool stored_already(Coroutine* target, u64 waiting, const siginfo_t& info) {
    int sig = info.si_signo;
    if (!(waiting & bit_of(sig))) return false;
    for (u32 i = 0; i < pending_high; i++) {
        Pending& p = pending[i];
        if (p.used && p.target == target && p.info.si_signo == sig && timers::merge(p.info, info)) return true;
    }
    return sig < 32;
}

// Does nothing to who does not block it, not even end a call.
bool is_nothing(int sig) {
    Action a = get_action(sig);
    return a.is_ignored() || (a.is_default() && ignored_by_default(sig));
}

// One that may take a process-directed signal now: it waits for it, or does not block it. main first.
Coroutine* choose(int sig, const Coroutine* except) {
    u64 bit = bit_of(sig);
    Coroutine* willing = nullptr;
    auto look = [&](Coroutine* co) {
        if (co == except) return;
        if (co->sigwait_set & bit) willing = co;
        else if (!willing && !(co->signal_mask & bit)) willing = co;
    };
    if (main_coroutine) look(main_coroutine);
    coroutine_table.for_each([&](Coroutine* co) {
        if (co->tid) look(co);
    });
    return willing;
}

void route_to_thread(int tid, const siginfo_t& info) {
    Coroutine* co = find_thread(tid);
    if (!co) return;  // it has ended, or the timer was deleted
    bool held = (co->signal_mask | co->sigwait_set) & bit_of(info.si_signo);
    if (held || !is_nothing(info.si_signo)) post_signal(co, info);
}

}  // namespace

constinit Atomic<u64> process_pending{0};

// The process's own until the moment that a coroutine takes it: the one that is told of it may end, block it, or be slower than another.
void route(int sig, const siginfo_t& info) {
    Coroutine* co = choose(sig, nullptr);
    if (co && is_nothing(sig) && !(co->sigwait_set & bit_of(sig))) return;
    {
        Locked hold(lock);
        if (stored_already(nullptr, process_pending.load(relaxed), info)) return;
        if (store(nullptr, info)) process_pending.fetch_or(bit_of(sig), seq_cst);
    }
    // One may open or close its mask, begin or cease to wait, at this moment: it sees the pending bit or we see the mask. rt_sigprocmask has no
    // barrier between its mask and its look: this rare way pays for both.
    sys::barrier_on_all_threads();
    if (Coroutine* told = choose(sig, nullptr)) nudge(told);
}

void queue_for_monitor(int sig, const siginfo_t& info) {
    bool found = false;
    for (u32 i = 0; i < arrived_max && !found; i++) {
        u32 free = 0;
        if (!arrived[i].state.cas(free, 1, acq_rel)) continue;
        arrived[i].sig = sig;
        arrived[i].info = info;
        arrived[i].info.si_signo = sig;
        arrived[i].tid = timers::target(info);
        arrived[i].state.store(2, release);
        arrived_count.fetch_add(1, seq_cst);
        found = true;
    }
    if (!found) {
        overflowed[sig].fetch_add(1, acq_rel);
        arrived_count.fetch_add(1, seq_cst);
    }
    monitor_interrupt();
}

bool signals_waiting() { return arrived_count.load(seq_cst) != 0; }

void route_signals() {
    if (!signals_waiting()) return;
    for (u32 i = 0; i < arrived_max; i++) {
        u32 full = 2;
        if (!arrived[i].state.cas(full, 1, acq_rel)) continue;
        int sig = arrived[i].sig;
        int tid = arrived[i].tid;
        siginfo_t info = arrived[i].info;
        arrived[i].state.store(0, release);
        if (tid) route_to_thread(tid, info);
        else route(sig, info);
        arrived_count.fetch_add(u32(-1), seq_cst);  // last: settle_signals waits for it
    }
    for (int sig = 1; sig < 65; sig++) {
        siginfo_t info{};
        info.si_signo = sig;
        for (u32 n = overflowed[sig].exchange(0, acq_rel); n; n--) {
            route(sig, info);
            arrived_count.fetch_add(u32(-1), seq_cst);
        }
    }
}

void settle_signals(u64 set) {
    u64 mask;
    timespec none{};
    siginfo_t info;
    sys::sigmask(SIG_BLOCK, &set, &mask);
    for (long sig; (sig = sys::syscall(sys::nr_rt_sigtimedwait, sys::arg(&set), sys::arg(&info), sys::arg(&none), 8)) > 0;) queue_for_monitor(int(sig), info);
    sys::sigmask(SIG_SETMASK, &mask, nullptr);
    for (; signals_waiting(); sys::yield()) route_signals();
}

void nudge(Coroutine* co) {
    co->attention.fetch_or(attention_signal, seq_cst);
    if (wake(co, cause_signal)) return;
    Worker* w = co->worker;  // may be stale: then co is inside the runtime and looks as it leaves
    if (w && w->current == co && co != arch::self()) signal_worker(w);
}

long post_signal(Coroutine* co, const siginfo_t& info) {
    int sig = info.si_signo;
    {
        Locked hold(lock);
        if (stored_already(co, co->signal_pending.load(relaxed), info)) return 0;
        if (!store(co, info)) return -EAGAIN;
        co->signal_pending.fetch_or(bit_of(sig), seq_cst);
    }
    if ((co->sigwait_set & bit_of(sig)) || !(co->signal_mask & bit_of(sig))) {
        nudge(co);
    } else {
        // It may be unblocking the signal at this moment, without a barrier between its mask and its look at the pending set: being
        // interrupted is one.
        co->attention.fetch_or(attention_signal, seq_cst);
        Worker* w = co->worker;
        if (w && w->current == co && co != arch::self()) signal_worker(w);
    }
    return 0;
}

void pass_on_pending(Coroutine* co, u64 given_up) {
    for (u64 set = process_pending.load(seq_cst) & given_up; set; set &= set - 1)
        if (Coroutine* other = choose(__builtin_ctzll(set) + 1, co)) nudge(other);
}

// `more`: of the signal taken others wait, for whoever takes them.
static int take_one(Coroutine* co, u64 set, siginfo_t* info, bool& more) {
    u64 own = co->signal_pending.load(seq_cst) & set, shared = process_pending.load(seq_cst) & set;
    if (!(own | shared)) return 0;
    Locked hold(lock);
    own = co->signal_pending.load(relaxed) & set;
    shared = process_pending.load(relaxed) & set;
    if (!(own | shared)) return 0;
    int sig = __builtin_ctzll(own ? own : shared) + 1;
    Coroutine* target = own ? co : nullptr;
    *info = siginfo_t{};  // for one noted without room for its siginfo
    info->si_signo = sig;
    bool taken = false;
    for (u32 i = 0; i < pending_high; i++) {
        Pending& p = pending[i];
        if (!p.used || p.target != target || p.info.si_signo != sig) continue;
        if (taken) {
            more = true;
            break;
        }
        *info = p.info;
        p.used = false;
        taken = true;
    }
    if (!more) (own ? co->signal_pending : process_pending).fetch_and(~bit_of(sig), seq_cst);
    while (pending_high && !pending[pending_high - 1].used) pending_high--;
    timers::delivered(*info);
    return sig;
}

int take_pending(Coroutine* co, u64 set, siginfo_t* info) {
    bool more = false;
    int sig = take_one(co, set, info, more);
    if (more) pass_on_pending(co, bit_of(sig));
    return sig;
}

// What is pending, and to be ignored now that it is let through, ends no call.
static void drop_ignored(Coroutine* co) {
    siginfo_t info;
    u64 set = (co->signal_pending.load(seq_cst) | process_pending.load(seq_cst)) & ~co->signal_mask;
    for (; set; set &= set - 1) {
        int sig = __builtin_ctzll(set) + 1;
        if (is_nothing(sig))
            while (take_pending(co, bit_of(sig), &info)) {}
    }
}

bool claim_signal(Coroutine* co) {
    drop_ignored(co);
    if (co->signal_pending.load(seq_cst) & ~co->signal_mask) {
        co->attention.fetch_or(attention_signal, seq_cst);  // whoever posted it may not have come to that
        return true;
    }
    if (!(process_pending.load(seq_cst) & ~co->signal_mask)) return false;
    bool more = false;
    int sig;
    {
        Locked hold(lock);
        u64 set = process_pending.load(relaxed) & ~co->signal_mask;
        if (!set) return false;
        sig = __builtin_ctzll(set) + 1;
        Pending* first = nullptr;
        for (u32 i = 0; i < pending_high && !more; i++) {
            Pending& p = pending[i];
            if (!p.used || p.target || p.info.si_signo != sig) continue;
            more = first;
            if (!first) first = &p;
        }
        if (first) first->target = co;
        co->signal_pending.fetch_or(bit_of(sig), seq_cst);
        if (!more) process_pending.fetch_and(~bit_of(sig), seq_cst);
    }
    co->attention.fetch_or(attention_signal, seq_cst);  // another was told of it
    if (more) pass_on_pending(co, bit_of(sig));
    return true;
}

void drop_signals(Coroutine* co) {
    if (!co->signal_pending.load(seq_cst)) return;
    Locked hold(lock);
    for (u32 i = 0; i < pending_high; i++)
        if (pending[i].target == co) pending[i].used = false;
    while (pending_high && !pending[pending_high - 1].used) pending_high--;
    co->signal_pending.store(0, relaxed);
}

bool signals_restart(Coroutine* co) {
    u64 set = co->signal_pending.load(relaxed) & ~co->signal_mask;
    for (; set; set &= set - 1) {
        Action a = get_action(__builtin_ctzll(set) + 1);
        if (a.is_function() && !(a.flags & SA_RESTART)) return false;
    }
    return true;
}

bool cancels_asynchronously(Coroutine* co) {
    auto* tcb = arch::tcb(co->context.tp);
    return tcb->cancelasync && tcb->canceldisable != 1;
}
bool cancels_now(Coroutine* co) { return arch::tcb(co->context.tp)->cancel && cancels_asynchronously(co); }

void deliver_signals_may_migrate(Coroutine* co) {
    while (signal_deliverable(co) || cancels_now(co))
        if (sys::tgkill(co->worker->kernel_tid, runtime_signal) == -EAGAIN) sys::yield();  // until the kernel has room for it
}

void signal_queues_reset() {
    new (&lock) SpinLock;
    for (u32 i = 0; i < pending_high; i++) pending[i].used = false;
    pending_high = 0;
    for (auto& a : arrived) a.state.store(0, relaxed);
    for (auto& n : overflowed) n.store(0, relaxed);
    timers::reset_after_fork();
    arrived_count.store(0, relaxed);
}

}  // namespace coro

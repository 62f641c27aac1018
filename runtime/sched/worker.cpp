// Workers: kernel threads that run coroutines. Made when a processor has work and no worker is free; kept for a while, or for ever if they are few.
#include "abi/config.h"
#include "event/reactor.h"
#include "sched/switch.h"
#include "sys/print.h"
#include "sys/valgrind.h"

extern "C" int __coro_musl_kernel_thread(int (*)(void*), void* stack, void* arg, void* tp);

namespace [[gnu::visibility("hidden")]] coro {
namespace {

constexpr size_t worker_stack_bytes = 64 << 10;

int worker_main(void* arg) {
    Worker* w = static_cast<Worker*>(arg);
    w->kernel_tid = sys::gettid();
    worker_use_signal_stack(w, nullptr);
    u64 none = 0;
    sys::sigmask(SIG_SETMASK, &none, nullptr);
    worker_loop(w);
}

int monitor_main(void* arg) {
    static_cast<Worker*>(arg)->kernel_tid = sys::gettid();
    monitor_loop();
}

// A worker on a stack of its own, not running yet.
Worker* take_ended_worker() {
    Locked hold(scheduler.lock);
    for (Worker** at = &scheduler.ended_workers; *at; at = &(*at)->ended_next) {
        Worker* w = *at;
        if (w->kernel_alive.load(acquire)) continue;
        *at = w->ended_next;
        return w;
    }
    return nullptr;
}

void put_ended_worker(Worker* w) {
    Locked hold(scheduler.lock);
    w->ended_next = scheduler.ended_workers;
    scheduler.ended_workers = w;
}

Worker* make_worker() {
    if (Worker* w = take_ended_worker()) {
        w->ended = w->has_forked = false;
        w->bound_ready.store(false, relaxed);
        w->wake_word.store(0, relaxed);
        w->signalled.store(false, relaxed);
        w->preempt.store(false, relaxed);
        w->sync_asked.store(false, relaxed);
        w->cpu_mark.store(0, relaxed);
        __atomic_store_n(&w->kernel_tid, 0, __ATOMIC_RELEASE);
        return w;
    }
    char* low = static_cast<char*>(stack_allocate_permanent(signal_stack_bytes + worker_stack_bytes));
    if (!low) return nullptr;
    char* stack = low + signal_stack_bytes;
    if (valgrind::runs) {
        valgrind::register_stack(uptr(low), uptr(stack));
        valgrind::register_stack(uptr(stack), uptr(stack) + worker_stack_bytes);
    }
    Worker* w = reinterpret_cast<Worker*>((reinterpret_cast<uptr>(stack) + worker_stack_bytes - sizeof(Worker)) & ~uptr{127});
    worker_init(w);
    w->signal_stack = low;
    return w;
}

// There is no limit to them: calls that wait for each other in the kernel must all be there. Who asked to be told is told once.
void count_kernel_thread() {
    u32 n = scheduler.kernel_threads.fetch_add(1, relaxed) + 1, peak = scheduler.kernel_threads_peak.load(relaxed);
    while (n > peak && !scheduler.kernel_threads_peak.cas(peak, n, acq_rel)) {}
    u32 bound = config().warn_threads;
    if (CORO_LIKELY(!bound || n != bound + 1) || scheduler.warnings.fetch_add(1, relaxed)) return;
    Printer(2).text("coro-musl: pid ").number(scheduler.process_id).text(": more than ").number(bound).text(" kernel threads: so many calls block in the kernel "
        "at once. CORO_DUMP=QUIT and kill -QUIT show which; CORO_WARN_THREADS=n moves this line, 0 silences it\n");
}

// Born with every signal blocked; a worker opens them once `kernel_tid` is known, the monitor never does.
long start_kernel_thread(Worker* w, int (*main)(void*)) {
    u64 all = ~u64{0}, old;
    sys::sigmask(SIG_SETMASK, &all, &old);
    if (arch::self()) w->synced.store(current_worker()->synced.load(relaxed), relaxed);  // nothing comes between this and the clone
    int r = __coro_musl_kernel_thread(main, w, w, reinterpret_cast<void*>(w->idle.context.tp));
    sys::sigmask(SIG_SETMASK, &old, nullptr);
    if (r >= 0) {
        count_kernel_thread();
        return 0;
    }
    scheduler.kernel_threads_refused.fetch_add(1, relaxed);
    w->kernel_tid = -1;  // stays in the list of workers, never signalled; the next to be made is this one
    w->processor = nullptr;
    w->bound = nullptr;
    put_ended_worker(w);
    return r;
}

}  // namespace

// A worker's scheduler context looks like a coroutine that is always inside the runtime, with a thread control block of its own.
void worker_init(Worker* w) {
    uptr tp = arch::make_control_block(&w->tcb, arch::thread_pointer());
    arch::set_coroutine(tp, &w->idle);
    w->idle.context.tp = tp;
    arch::save_fp_control(w->idle.context);
    w->idle.depth = 1;
    w->idle.worker = w;
    w->current = &w->idle;
    Worker* head = scheduler.workers.load(relaxed);
    do w->all_next = head;
    while (!scheduler.workers.cas(head, w, acq_rel));
}

void worker_use_signal_stack(Worker* w, stack_t* old) {
    stack_t s{w->signal_stack, 0, signal_stack_bytes};
    sys::syscall(SYS_sigaltstack, sys::arg(&s), sys::arg(old));
}

long spawn_worker(Processor* p, bool searching) {
    Worker* w = make_worker();
    if (!w) return -EAGAIN;
    w->processor = p;
    w->searching = searching;
    if (p) p->worker.store(w, relaxed);
    long r = start_kernel_thread(w, worker_main);
    if (r == 0) scheduler.unbound_workers.fetch_add(1, relaxed);  // not before: nobody may count on it
    else if (p) p->worker.store(nullptr, relaxed);
    return r;
}

long spawn_bound_worker(Worker** made) {
    Worker* w = make_worker();
    if (!w) return -EAGAIN;
    w->processor = nullptr;
    w->searching = false;
    w->ended = false;
    w->bound = &w->idle;  // not for processors
    long r = start_kernel_thread(w, worker_main);
    if (r < 0) return r;
    while (!__atomic_load_n(&w->kernel_tid, __ATOMIC_ACQUIRE)) sys::yield();
    *made = w;
    return 0;
}

void end_kernel_thread(Worker* w) {
    // The process's first kernel thread stays: /proc/self would be that of a zombie.
    while (w->kernel_tid == scheduler.process_id) sys::futex_wait(w->wake_word.address(), w->wake_word.load(relaxed), never);
    u64 all = ~u64{0};
    sys::sigmask(SIG_SETMASK, &all, nullptr);
    __atomic_store_n(&w->kernel_tid, -1, __ATOMIC_RELEASE);
    w->kernel_alive.store(1, relaxed);
    sys::syscall(SYS_set_tid_address, sys::arg(w->kernel_alive.address()));
    put_ended_worker(w);
    scheduler.kernel_threads.fetch_add(u32(-1), relaxed);
    for (;;) sys::syscall(SYS_exit, 0);
}

long spawn_monitor() {
    Worker* w = scheduler.monitor = make_worker();
    return w ? start_kernel_thread(w, monitor_main) : -EAGAIN;
}

// For the initial kernel thread, which runs main: its scheduler context starts on this stack when main first leaves.
Worker* adopt_initial_thread(Processor* p) {
    Worker* w = make_worker();
    if (!w) return nullptr;
    w->kernel_tid = sys::gettid();
    count_kernel_thread();
    w->processor = p;
    p->worker.store(w, relaxed);
    arch::prepare_entry(w->idle.context, w);
    scheduler.unbound_workers.store(1, relaxed);
    return w;
}

void free_workers() {
    for (Worker* w = scheduler.workers.load(relaxed); w;) {
        char* low = w->signal_stack;
        w = w->all_next;
        stack_free_permanent(low, signal_stack_bytes + worker_stack_bytes);
    }
}

void worker_loop(Worker* w) {
    for (;;) {
        Coroutine* co = find_runnable(w);
        switch_may_migrate(w, &w->idle, co, After::nothing);
    }
}

bool take_from_pool() {
    u32 n = scheduler.unbound_workers.load(relaxed);
    while (n > 1)
        if (scheduler.unbound_workers.cas(n, n - 1, acq_rel)) return true;
    return false;
}
void give_to_pool() { scheduler.unbound_workers.fetch_add(1, relaxed); }

void worker_sleep(Worker* w) {
    while (!w->wake_word.load(acquire)) sys::futex_wait(w->wake_word.address(), 0, never);  // pairs with worker_wake
    w->wake_word.store(0, relaxed);
}

bool worker_sleep_for(Worker* w, u64 ns) {
    u64 until = sys::after_ns(sys::now_ns(), ns);
    while (!w->wake_word.load(acquire)) {
        u64 now = sys::now_ns();
        if (now >= until) return false;
        sys::futex_wait(w->wake_word.address(), 0, until - now);
    }
    w->wake_word.store(0, relaxed);
    return true;
}

void worker_wake(Worker* w) {
    w->wake_word.store(1, release);
    sys::futex_wake(w->wake_word.address(), 1);
}

}  // namespace coro

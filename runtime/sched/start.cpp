// Starting the runtime, at the first pthread_create, and forgetting it in the child of a fork.
#include "abi/config.h"
#include "core/coroutine_table.h"
#include "core/futex_table.h"
#include "event/reactor.h"
#include "observe/trace.h"
#include "sched/cpu_time.h"
#include "sched/switch.h"
#include "sys/valgrind.h"

extern "C" {
unsigned long __coro_musl_auxv(unsigned long tag);
volatile int* __coro_musl_list_lock();
}

namespace [[gnu::visibility("hidden")]] coro {

constinit Coroutine* main_coroutine;
static constinit Coroutine main_storage{};

constexpr unsigned long at_hwcap2 = 26, at_signal_frame = 51;
constexpr u32 extra_processors = 64;

Coroutine* find_thread(int tid) {
    Coroutine* main = main_coroutine;
    return main && tid == main->tid ? main : coroutine_table.find(tid);
}

static long make_processors(u32 count) {
    long p = sys::mmap_anonymous(sizeof(Processor) * (count + extra_processors), PROT_READ | PROT_WRITE);
    if (sys::is_error(p)) return p;
    scheduler.processors = reinterpret_cast<Processor*>(p);
    for (u32 i = 0; i < count + extra_processors; i++) {
        // Zeroed memory is a valid Processor but for what is not zero at rest.
        new (&scheduler.processors[i]) Processor{};
        scheduler.processors[i].random = i * 2654435761u;
    }
    scheduler.processor_count = count;
    scheduler.processor_slots = count + extra_processors;
    scheduler.processors_used.store(count, relaxed);
    scheduler.active.store(count, relaxed);
    for (u32 i = count; i-- > 1;) put_idle_processor(&scheduler.processors[i]);
    scheduler.processors[0].state.store(processor_running, relaxed);
    return 0;
}

// The calling thread becomes main: its stack, thread pointer and id stay what they were.
static long adopt_main() {
    Worker* w = adopt_initial_thread(&scheduler.processors[0]);
    if (!w) return -EAGAIN;
    Coroutine* co = &main_storage;
    new (co) Coroutine{};
    uptr tp = arch::thread_pointer();
    co->context.tp = tp;
    co->worker = w;
    co->tid = arch::tcb(tp)->tid;
    cpu_time_start(co);
    co->preemptible = true;
    co->clear_tid = __coro_musl_list_lock();  // as musl told the kernel at start
    w->current = co;
    main_coroutine = co;
    return 0;
}

// No second kernel thread has run. The stack pool stays: the thread that was to be has its stack from there.
static void undo_start() {
    free_workers();
    if (scheduler.processors) sys::munmap(scheduler.processors, sizeof(Processor) * scheduler.processor_slots);
    reactor::reset_after_fork();
    new (&scheduler) Scheduler{};
    main_coroutine = nullptr;
}

long scheduler_start() {
    arch::start(__coro_musl_auxv(at_hwcap2));
    valgrind::start();
    scheduler.process_id = sys::getpid();
    scheduler.monitor_word.store(1, relaxed);
    u32 count = config().processors ? config().processors : sys::usable_cpus();
    long r = make_processors(count);
    if (r == 0) r = futex_table_start();
    if (r == 0) r = reactor::start(config().ring && !valgrind::runs);  // it would not see what the ring writes
    if (r == 0) r = adopt_main();
    if (r == 0) r = spawn_monitor();
    if (r != 0) {
        undo_start();
        return r;
    }
    scheduler.preemptible_stack_bytes = max(size_t{16} << 10, (size_t{8} << 10) + size_t(__coro_musl_auxv(at_signal_frame)));  // big with SVE or AMX
    scheduler.started = true;
    return 0;
}

void scheduler_reset_after_fork() {
    // The parent's slabs, workers' stacks and coroutines are left alone: this thread runs on one of them.
    coroutine_table.reset();
    stack_pool_reset();
    reactor::reset_after_fork();
    futex_table_reset();
    switch_watchers.store(0, relaxed);
    trace::reset_after_fork();
    new (&scheduler) Scheduler{};
    main_coroutine = nullptr;
}

}  // namespace coro

// The life of a thread: clone(2) with CLONE_THREAD, exit(2), set_tid_address(2), gettid(2), sched_yield(2).
#include "abi/config.h"
#include "core/coroutine_table.h"
#include "gate/gate.h"
#include "gate/process.h"
#include "gate/thread_name.h"
#include "observe/holder.h"
#include "observe/stats.h"
#include "sched/binding.h"
#include "sched/exit.h"
#include "signals/delivery.h"
#include "sys/valgrind.h"

extern "C" {
int __coro_musl_clone(int (*fn)(void*), void* stack, int flags, void* arg, void* ptid, void* tls, void* ctid);
void __coro_musl_unmapself(void* base, size_t size);
}

namespace [[gnu::visibility("hidden")]] coro {

void learn_internal_masks();

namespace {

constexpr int scope_system = 1;  // CORO_SYSTEM of musl-patches
constexpr u32 runs_ahead = 8;  // a creator with so many children queued hands over to the newest

// The first pthread_create makes the caller a coroutine. 0 or -errno; then nothing has changed.
long start_runtime() {
    u64 all = ~u64{0}, mask;
    sys::sigmask(SIG_SETMASK, &all, &mask);
    sys::barrier_register();  // before there is a second kernel thread: with two it takes an RCU grace period, some 10 ms
    long r = scheduler_start();
    if (r == 0) {
        Coroutine* co = main_coroutine;
        co->signal_mask = mask;
        name_from_kernel(co);
        co->depth = 1;
        trace::start();
        signals_start();
        stack_t alt{};
        worker_use_signal_stack(co->worker, &alt);
        if (!(alt.ss_flags & SS_DISABLE)) {
            co->alt_stack_base = alt.ss_sp;
            co->alt_stack_bytes = alt.ss_size;
        }
        arch::tcb(co->context.tp)->coro_holder = holder_mark(co);
        arch::set_coroutine(co->context.tp, co);
        learn_internal_masks();
        co->depth = 0;
        mask = 0;
    }
    sys::sigmask(SIG_SETMASK, &mask, nullptr);
    return r;
}

// Free stacks may lie in the caches of other processors: none is kept back from one who would go without.
void* stack_allocate_thrifty(StackCache* cache, size_t bytes, size_t guard_bytes, size_t zero_bytes) {
    void* p = stack_allocate(cache, bytes, guard_bytes, zero_bytes);
    if (CORO_LIKELY(p)) return p;
    for (u32 i = 0, used = scheduler.processors_used.load(acquire); i < used; i++) stack_cache_flush(&scheduler.processors[i].stacks);
    return stack_allocate(cache, bytes, guard_bytes, zero_bytes);
}

StackCache* stack_cache() {
    Coroutine* co = arch::self();
    return co && co->worker->processor ? &co->worker->processor->stacks : nullptr;
}

// What a thread has from its creator and its control block. Null: no memory, no id, or no kernel thread.
Coroutine* make_coroutine(Coroutine* self, void* stack, void* tls, bool own_kernel_thread) {
    Coroutine* co = coroutine_table.allocate();
    if (!co) return nullptr;
    co->context.tp = uptr(tls);
    arch::save_fp_control(co->context);
    arch::prepare_entry(co->context, stack);
    arch::set_coroutine(uptr(tls), co);
    arch::tcb(uptr(tls))->coro_holder = holder_mark(co);
    co->depth = 1;
    co->signal_mask = self->signal_mask;
    fence_signal();
    pass_on(co, co->signal_mask);  // it may have looked willing
    co->name.copy(self->name);
    co->stack_high = stack;
    co->inherits = self->inherits;
    co->preemptible = arch::tcb(uptr(tls))->stack_size >= scheduler.preemptible_stack_bytes;
    if (CORO_LIKELY(!own_kernel_thread && !co->inherits) || bind_other(co, co->inherits, co->inherits ? BindReason::inherited : BindReason::scope) >= 0) return co;
    drop_signals(co);
    coroutine_table.free(co);
    return nullptr;
}

void start_coroutine(Coroutine* self, Coroutine* co) {
    if (CORO_UNLIKELY(valgrind::runs)) co->valgrind_stack = valgrind::register_stack(stack_of(co).low, stack_of(co).high);
    Processor* p = self->worker->processor;
    make_ready(co);
    if (p && p->queue.size() > runs_ahead) self->attention.fetch_or(attention_child, relaxed);
    else if (p && scheduler.idle_count.load(relaxed) && p->queue.size() > 1) wake_processor();
}

}  // namespace

// First function of a coroutine, or of the initial worker's scheduler context.
extern "C" [[noreturn, gnu::visibility("hidden"), gnu::used]] void __coro_main() {
    finish_switch();
    Coroutine* co = arch::self();
    if (co == &co->worker->idle) worker_loop(co->worker);
    leave_may_migrate(co);
    co->entry(co->entry_arg);
    co->depth++;
    drop_signals(co);
    exit_coroutine(co);
}

// Same contract as musl's __clone for the flags of pthread_create; anything else is the kernel's.
extern "C" [[gnu::visibility("hidden")]] int __coro_clone(int (*fn)(void*), void* stack, int flags, void* arg, int* ptid,
                                                           void* tls, volatile int* ctid) {
    Coroutine* self = arch::self();
    bool own_kernel_thread = (flags & scope_system) && !config().scope_process;
    flags &= ~scope_system;
    if (config().kernel_mode || arch::raw())
        return __coro_musl_clone(fn, stack, flags, arg, ptid, tls, const_cast<int*>(ctid));
    if (!self) {
        if (long r = start_runtime()) return int(r);
        self = arch::self();
    }
    self->depth++;
    fence_signal();
    Coroutine* co = make_coroutine(self, stack, tls, own_kernel_thread);
    int tid = co ? co->tid : -EAGAIN;
    if (co) {
        co->clear_tid = ctid;
        co->entry = fn;
        co->entry_arg = arg;
        *ptid = tid;
        start_coroutine(self, co);
    }
    fence_signal();
    self->depth--;  // no way out here: musl holds the thread-list lock; the next call sees to attention
    return tid;
}

extern "C" [[gnu::visibility("hidden")]] void __coro_unmapself(void* base, size_t bytes) {
    Coroutine* co = arch::self();
    if (!co) return __coro_musl_unmapself(base, bytes);
    co->depth++;
    drop_signals(co);
    exit_and_unmap(co, base, bytes);
}

extern "C" [[gnu::visibility("hidden")]] void* __coro_stack_map(size_t bytes, size_t guard_bytes, size_t zero_bytes) {
    Coroutine* co = arch::self();
    if (!config().kernel_mode) {
        if (co) co->depth++;
        void* p = stack_allocate_thrifty(stack_cache(), bytes, guard_bytes, zero_bytes);
        if (co) co->depth--;
        return p ? p : MAP_FAILED;
    }
    long p = sys::mmap(bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (sys::is_error(p)) return MAP_FAILED;
    if (sys::mprotect(reinterpret_cast<char*>(p) + guard_bytes, bytes - guard_bytes, PROT_READ | PROT_WRITE) == 0)
        return reinterpret_cast<void*>(p);
    sys::munmap(reinterpret_cast<void*>(p), bytes);
    return MAP_FAILED;
}

extern "C" [[gnu::visibility("hidden")]] void __coro_stack_unmap(void* base, size_t bytes) {
    if (config().kernel_mode) return (void)sys::munmap(base, bytes);
    Coroutine* co = arch::self();
    if (co) co->depth++;
    stack_free(stack_cache(), base, bytes);
    if (co) co->depth--;
}

// clone(2) through syscall(2): a fork with flags, or a thread that no libc knows of; both are the kernel's.
long gate::clone(Call& c) { return c.a[0] & CLONE_THREAD ? direct(c) : gate::fork(c); }

long gate::exit(Call& c) {
    drop_signals(c.co);
    exit_coroutine(c.co);
}

long gate::exit_group(Call& c) {
    trace::at_exit();
    stats_at_exit();
    return direct(c);
}

// In the child of a fork or clone this is the first call of musl: there the runtime ends.
long gate::set_tid_address(Call& c) {
    if (sys::getpid() != scheduler.process_id) {
        become_plain_thread(c.co);
        return direct(c);
    }
    c.co->clear_tid = reinterpret_cast<volatile int*>(c.a[0]);
    return c.co->tid;
}

long gate::gettid(Call& c) { return c.co->tid; }

long gate::sched_yield(Call& c) {
    yield_may_migrate(c.co);
    return 0;
}

// Robust lists are walked by musl as a thread exits. The kernel's walk, when the process dies, is for owners of process-shared mutexes: they are bound.
long gate::set_robust_list(Call& c) {
    if (kernel_thread_of(c.co)) return direct(c);
    return c.a[1] == 3 * long(sizeof(long)) ? 0 : -EINVAL;
}

}  // namespace coro

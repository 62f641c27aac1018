#include "sched/exit.h"

#include "core/coroutine_table.h"
#include "core/futex_table.h"
#include "sched/binding.h"
#include "sys/valgrind.h"

namespace [[gnu::visibility("hidden")]] coro {

void exit_coroutine(Coroutine* co) {
    schedule_may_migrate(co, After::exit);
    __builtin_trap();
}

void exit_and_unmap(Coroutine* co, void* base, size_t bytes) {
    co->worker->unmap_base = base;
    co->worker->unmap_bytes = bytes;
    schedule_may_migrate(co, After::unmap);
    __builtin_trap();
}

static void wake_after_exit(volatile int* clear_tid) {
    uptr key = reinterpret_cast<uptr>(clear_tid);
    CoroutineQueue ready;
    futex_wake(key, 1, ~0u, ready);
    if (futex_is_thread_list(key)) {
        if (!ready.empty()) make_ready_below(ready.pop_front());  // the slot is the joiner's
        return;
    }
    make_ready(ready);
    if (!futex_is_private(key, 0)) sys::syscall(SYS_futex, long(key), 1, 1);
}

void finish_exit(Worker* w, Coroutine* left, After after) {
    volatile int* clear_tid = left->clear_tid;
    if (CORO_UNLIKELY(valgrind::runs) && left != main_coroutine) valgrind::forget_stack(left->valgrind_stack, stack_of(left).low, stack_of(left).high);
    if (after == After::unmap) stack_free(w->processor ? &w->processor->stacks : nullptr, w->unmap_base, w->unmap_bytes);
    if (Worker* own = left->bound.load(acquire)) {
        unbind(own);
        if (own != w) worker_wake(own);  // it never came there
    }
    // With this word (musl's thread-list lock) a joiner is let at the stack and the control block.
    if (clear_tid) __atomic_store_n(clear_tid, 0, __ATOMIC_SEQ_CST);
    if (left == main_coroutine) main_coroutine = nullptr;
    else coroutine_table.free(left);
    if (clear_tid) wake_after_exit(clear_tid);
}

}  // namespace coro

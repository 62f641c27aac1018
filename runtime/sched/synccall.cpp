#include "sched/synccall.h"

#include "sched/preempt.h"
#include "sched/switch.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace {

// musl's thread-list lock is held around each call: there is one at a time.
struct Request {
    void (*function)(void*);
    void* context;
    u32 number;
} request;

// The function makes system calls through the gate, which stands aside.
void call_raw() {
    volatile int& raw = arch::tcb(arch::thread_pointer())->coro_raw;
    int before = raw;
    raw = 1;
    request.function(request.context);
    raw = before;
}

// False: nothing to do, it has made the call or there is no such kernel thread.
bool make_it_call(Worker* w) {
    u32 number = request.number;
    int tid = __atomic_load_n(&w->kernel_tid, __ATOMIC_ACQUIRE);
    if (tid < 0 || w->synced.load(acquire) == number) return false;
    if (tid == 0) {  // not started yet
        sys::yield();
        return true;
    }
    w->sync_asked.store(true, seq_cst);
    if (w == scheduler.monitor) monitor_interrupt();
    long sent = w == scheduler.monitor ? 0 : -EAGAIN;
    for (;;) {
        if (sent == -EAGAIN) sent = sys::tgkill(tid, runtime_signal);  // the kernel may have no room for it now
        u32 seen = w->synced.load(acquire);
        bool ends = __atomic_load_n(&w->kernel_tid, __ATOMIC_ACQUIRE) != tid;  // it will never answer
        if (seen == number || ends) return true;
        sys::futex_wait(w->synced.address(), seen, 5 * ns_per_ms);
    }
}

}  // namespace

void synccall_if_asked(Worker* w) {
    if (CORO_LIKELY(!w->sync_asked.load(relaxed)) || !w->sync_asked.exchange(false, acq_rel)) return;
    call_raw();
    w->synced.store(request.number, release);
    sys::futex_wake(w->synced.address(), 1);
}

// 1: done. 0: no runtime here, musl does it.
extern "C" [[gnu::visibility("hidden")]] int __coro_synccall(void (*function)(void*), void* context) {
    Coroutine* co = arch::self();
    if (!co || arch::raw()) return 0;
    co->depth++;
    fence_signal();
    Worker* own = co->worker;
    request = {function, context, request.number + 1};
    // Until a whole round finds nobody: one that has not made the call may create another meanwhile.
    for (bool again = true; again;) {
        again = false;
        for (Worker* w = scheduler.workers.load(acquire); w; w = w->all_next)
            if (w != own && make_it_call(w)) again = true;
    }
    call_raw();
    own->synced.store(request.number, release);
    fence_signal();
    co->depth--;  // no way out here, as in __coro_clone
    return 1;
}

}  // namespace coro

// timer_create(2), timer_delete(2), timer_getoverrun(2). A timer is the kernel's; which thread its signal is for is ours (signals/timers.h).
#include "gate/cpu_clock.h"
#include "gate/gate.h"
#include "sched/binding.h"
#include "signals/timers.h"

namespace [[gnu::visibility("hidden")]] coro {

namespace {

// The kernel's struct sigevent, as far as it reads it.
struct KernelSigevent {
    struct {
        sigval value;
        int signo, notify, tid;
    } read;
    int rest[12];
};

}  // namespace

// EINVAL: a thread that does not exist. EAGAIN: no memory, or more timers than there are notes for.
long gate::timer_create(Call& c) {
    KernelSigevent event{};
    if (c.a[1] && !read_program(&event.read, c.a[1])) return -EFAULT;
    int tid = 0, id;
    if (Coroutine* owner = cpu_clock_owner(c.co, int(c.a[0]))) {  // the kernel is to watch its CPU time
        long r = owner == c.co ? bind_self_may_migrate(owner, BindReason::clock) : bind_other(owner, false, BindReason::clock);
        if (r < 0) return -EAGAIN;
        c.a[0] = int((~unsigned(kernel_thread_of(owner)) << 3) | 6);
    }
    if (c.a[1] && event.read.notify == SIGEV_THREAD_ID) {
        tid = event.read.tid;
        if (!find_thread(tid)) return -EINVAL;
        event.read.notify = SIGEV_SIGNAL;
        hold_blocked(bit_of(event.read.signo) & ~unblockable);
    }
    long r = sys::syscall(SYS_timer_create, c.a[0], c.a[1] ? sys::arg(&event) : 0, sys::arg(&id));
    if (r < 0) return r;
    r = timers::add(id, tid);
    if (r == 0 && !write_program(c.a[2], id)) {
        timers::remove(id);
        r = -EFAULT;
    }
    if (r != 0) sys::syscall(SYS_timer_delete, id);
    return r;
}

long gate::timer_delete(Call& c) {
    long r = direct(c);
    if (r == 0) timers::remove(int(c.a[0]));
    return r;
}

long gate::timer_getoverrun(Call& c) {
    long r = direct(c);
    int ours = timers::overrun(int(c.a[0]));  // the kernel's is about what the monitor has, or has not yet, given to a thread
    return r >= 0 && ours >= 0 ? ours : r;
}

}  // namespace coro

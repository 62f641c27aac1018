// timer_create(2), timer_delete(2), timer_getoverrun(2). A timer is the kernel's; which thread its signal is for is ours (signals/timers.h).
#include "gate/gate.h"
#include "signals/timers.h"

namespace [[gnu::visibility("hidden")]] coro {

namespace {

// The kernel's struct sigevent, as far as it reads it.
struct KernelSigevent {
    sigval value;
    int signo, notify, tid;
    int rest[11];
};

}  // namespace

// EINVAL: a thread that does not exist. EAGAIN: no memory, or more timers than there are notes for.
long gate::timer_create(Call& c) {
    auto* given = reinterpret_cast<const KernelSigevent*>(c.a[1]);
    auto* id = reinterpret_cast<int*>(c.a[2]);
    KernelSigevent event{};
    if (given) __builtin_memcpy(&event, given, offsetof(KernelSigevent, rest));
    int tid = 0;
    if (given && event.notify == SIGEV_THREAD_ID) {
        tid = event.tid;
        if (!find_thread(tid)) return -EINVAL;
        event.notify = SIGEV_SIGNAL;
        hold_blocked(bit_of(event.signo) & ~unblockable);
    }
    long r = sys::syscall(SYS_timer_create, c.a[0], given ? sys::arg(&event) : 0, sys::arg(id));
    if (r < 0) return r;
    if (long full = timers::add(*id, tid)) {
        sys::syscall(SYS_timer_delete, *id);
        return full;
    }
    return r;
}

long gate::timer_delete(Call& c) {
    long r = direct(c);
    if (r == 0) timers::remove(int(c.a[0]));
    return r;
}

long gate::timer_getoverrun(Call& c) {
    long r = direct(c);
    int ours = timers::overrun(int(c.a[0]));
    return r >= 0 && ours > r ? ours : r;
}

}  // namespace coro

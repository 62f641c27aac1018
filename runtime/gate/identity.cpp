// Calls that are about the kernel's thread: scheduling attributes (sched(7), setpriority(2)), namespaces, capabilities and other attributes that Linux
// keeps for each thread. Who sets one is bound to a kernel thread first (sched/binding.h), and threads that it makes inherit it.
#include <sys/prctl.h>
#include <sys/resource.h>

#include "gate/gate.h"
#include "gate/thread_name.h"
#include "sched/binding.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace {

// Whom argument `at` names: 0 is the caller. Null: none of our threads.
Coroutine* named_by(const Call& c, int at) { return c.a[at] ? find_thread(int(c.a[at])) : c.co; }

// An attribute of the thread named by argument `at` is set. -EAGAIN: no kernel thread to be had.
long set_attribute(Call& c, int at) {
    Coroutine* co = named_by(c, at);
    if (!co) return direct(c);
    if (co == c.co) {
        if (long r = bind_self_may_migrate(co, BindReason::scheduling)) return r;
        c.a[at] = 0;
    } else {
        long tid = bind_other(co, false, BindReason::scheduling);
        if (tid < 0) return tid;
        c.a[at] = tid;
    }
    long r = direct(c);
    if (r >= 0) co->inherits = true;
    return r;
}

// Unbound threads have what the process had when its first thread was created.
long get_attribute(Call& c, int at) {
    if (Coroutine* co = named_by(c, at)) c.a[at] = kernel_thread_of(co);
    return direct(c);
}

// SCHED_OTHER with priority 0 is what a coroutine has.
bool is_plain(const Call& c) {
    bool policy = c.nr == SYS_sched_setscheduler;
    int priority;
    Coroutine* co = named_by(c, 0);
    return co && !kernel_thread_of(co) && (!policy || c.a[1] == SCHED_OTHER) && read_program(&priority, c.a[policy ? 2 : 1]) && priority == 0;
}

bool is_of_a_thread(int option) {
    switch (option) {
    case PR_SET_KEEPCAPS:
    case PR_SET_FPEMU:
    case PR_SET_FPEXC:
    case PR_SET_SECCOMP:
    case PR_CAPBSET_DROP:
    case PR_SET_TSC:
    case PR_SET_SECUREBITS:
    case PR_SET_TIMERSLACK:
    case PR_MCE_KILL:
    case PR_SET_NO_NEW_PRIVS:
    case PR_CAP_AMBIENT:
    case PR_SET_SPECULATION_CTRL:
    case PR_SET_SYSCALL_USER_DISPATCH:
    case 62:  // PR_SCHED_CORE
        return true;
    }
    return false;
}

}  // namespace

// sched_setaffinity(2), sched_setattr(2), ioprio_set(2) and setpriority(2) for one thread.
long gate::sched_set(Call& c) {
    if ((c.nr == SYS_sched_setscheduler || c.nr == SYS_sched_setparam) && is_plain(c)) {
        c.a[0] = 0;  // only to hear what is wrong with it
        return direct(c);
    }
    return set_attribute(c, 0);
}
long gate::sched_get(Call& c) { return get_attribute(c, 0); }

long gate::setpriority(Call& c) { return c.a[0] == PRIO_PROCESS ? set_attribute(c, 1) : direct(c); }
long gate::getpriority(Call& c) { return c.a[0] == PRIO_PROCESS ? get_attribute(c, 1) : direct(c); }
long gate::ioprio_set(Call& c) { return c.a[0] == 1 ? set_attribute(c, 1) : direct(c); }  // IOPRIO_WHO_PROCESS
long gate::ioprio_get(Call& c) { return c.a[0] == 1 ? get_attribute(c, 1) : direct(c); }

// Whatever it sets is the calling thread's.
long gate::binds(Call& c) {
    if (long r = bind_self_may_migrate(c.co, BindReason::attribute)) return r;
    long r = in_place(c, CallKind::short_call);
    if (!sys::is_error(r)) c.co->inherits = true;
    return r;
}

// The caller's id in the owner field of a process-shared mutex; -EAGAIN.
extern "C" [[gnu::visibility("hidden")]] int __coro_owner() {
    Coroutine* co = arch::self();
    if (!co || arch::raw()) return sys::gettid();
    co->depth++;
    fence_signal();
    long r = bind_self_may_migrate(co, BindReason::mutex);
    leave_may_migrate(co);
    return r ? int(r) : kernel_thread_of(co);
}

long gate::prctl(Call& c) {
    int option = int(c.a[0]);
    if (option == PR_SET_NAME || option == PR_GET_NAME) return prctl_name(c);
    return is_of_a_thread(option) ? gate::binds(c) : direct(c);
}

}  // namespace coro

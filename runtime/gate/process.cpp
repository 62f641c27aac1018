// fork(2), vfork(2), execve(2), wait4(2), waitid(2).
#include "gate/process.h"

#include "event/reactor.h"
#include "gate/gate.h"
#include "gate/thread_name.h"
#include "sched/preempt.h"
#include "signals/delivery.h"
#include "sys/valgrind.h"

#include <sys/wait.h>

namespace [[gnu::visibility("hidden")]] coro {

// From here on every hook of this thread is the raw call. The kernel's signal state becomes what the coroutine's was.
void become_plain_thread(Coroutine* co) {
    u64 mask = co->signal_mask;
    co->attention.store(0, relaxed);  // what was asked of it, the parent's threads asked
    stack_t alt{co->alt_stack_base, co->alt_stack_bytes ? 0 : SS_DISABLE, co->alt_stack_bytes};
    arch::set_coroutine(co->context.tp, nullptr);
    arch::tcb(co->context.tp)->coro_holder = 0;
    name_to_kernel(co);
    signals_reset_after_fork();
    scheduler_reset_after_fork();
    sys::syscall(SYS_sigaltstack, sys::arg(&alt), 0);
    sys::sigmask(SIG_SETMASK, &mask, nullptr);
}

long gate::fork(Call& c) {
    u64 all = ~u64{0}, none = 0;
    sys::sigmask(SIG_SETMASK, &all, nullptr);
    descriptors_are_shared();
    c.co->worker->has_forked = true;
    long r = direct(c);
    if (r == 0) {
        become_plain_thread(c.co);
        return 0;
    }
    descriptors_are_shared();  // again: another thread may have made one in between
    sys::sigmask(SIG_SETMASK, &none, nullptr);
    return r;
}

// Only through syscall(2), where it cannot work as in C (the child would return from it first); as fork.
long gate::vfork(Call& c) {
#ifdef SYS_fork
    c.nr = SYS_fork;
#endif
    return gate::fork(c);
}

// vfork.s, posix_spawn and clone(CLONE_VM): the child shares our memory until it execs. Its gate is raw; the kernel's mask is the
// coroutine's, for the child to inherit. This kernel thread waits in the kernel meanwhile.
extern "C" [[gnu::visibility("hidden")]] void __coro_vfork() {
    Coroutine* co = arch::self();
    if (!co || arch::raw()) return;
    co->depth++;
    sys::sigmask(SIG_SETMASK, &co->signal_mask, nullptr);
    descriptors_are_shared();
    co->worker->has_forked = true;
    enter_call(co, CallKind::short_call);
    arch::tcb(co->context.tp)->coro_raw = 1;
}

extern "C" [[gnu::visibility("hidden")]] void __coro_vfork_done() {
    Coroutine* co = arch::self();
    if (!co || !arch::raw()) return;
    arch::tcb(co->context.tp)->coro_raw = 0;
    u64 none = 0;
    sys::sigmask(SIG_SETMASK, &none, nullptr);
    descriptors_are_shared();
    leave_call_may_migrate(co);
    leave_may_migrate(co);
}

// The new program inherits the mask, dispositions that are to be ignored, and what is pending for the calling kernel thread: no signal of the runtime's.
static long exec(Call& c) {
    u64 mask = c.co->signal_mask, none = 0;
    Worker* w = c.co->worker;
    withhold_signal(w);
    sys::sigmask(SIG_SETMASK, &mask, nullptr);
    signals_restore_kernel();
    long r = direct(c);
    signals_start();
    sys::sigmask(SIG_SETMASK, &none, nullptr);
    permit_signal(w);
    return r;
}
long gate::execve(Call& c) { return exec(c); }
long gate::execveat(Call& c) { return exec(c); }

// ---- children: the end of one is the readiness of its pidfd. A wait for any child, or for a stop, is the kernel's; so are those of a bound thread,
// which may be a tracer: it is to be told of stops that it has not asked for.

static constexpr long not_yet = -4097;  // not an errno

// `look`: the call, without blocking. `child`: its pid, or its pidfd.
template <class F> static long await_child(Call& c, long child, bool is_descriptor, F look) {
    Coroutine* co = c.co;
    for (;;) {
        long r = look();
        if (r != not_yet) return r;
        WaitNode node{{}, co, -1, EPOLLIN, false};
        long fd = -ENOSYS;
        if (is_descriptor) fd = sys::syscall(SYS_fcntl, child, F_DUPFD_CLOEXEC, 0);
        else if (!valgrind::runs) fd = sys::syscall(SYS_pidfd_open, child, 0);  // it says that it does not know this one
        if (!reactor::enlist_own(fd, &node)) return in_place(c, CallKind::long_call);
        prepare_to_park(co);
        r = look();
        if (r != not_yet) try_wake(co, cause_woken);
        Wait cause = park_interruptible(co, Reason::child, reinterpret_cast<void*>(child));
        reactor::delist(&node);  // before a handler, which may never come back
        if (r != not_yet) return r;
        if (cause == cause_signal && ends_with_eintr(c, true)) return -EINTR;
    }
}

long gate::wait4(Call& c) {
    int pid = int(c.a[0]), options = int(c.a[2]);
    if (options & WNOHANG) return in_place(c, CallKind::short_call);
    if (pid <= 0 || (options & (WUNTRACED | WCONTINUED)) || c.co->bound.load(relaxed)) return in_place(c, CallKind::long_call);
    return await_child(c, pid, false, [&] {
        long r = sys::call_now(SYS_wait4, pid, c.a[1], options | WNOHANG, c.a[3]);
        return r ? r : not_yet;
    });
}

long gate::waitid(Call& c) {
    int type = int(c.a[0]), id = int(c.a[1]), options = int(c.a[3]);
    if (options & WNOHANG) return in_place(c, CallKind::short_call);
    if ((type != P_PID && type != P_PIDFD) || id < (type == P_PID) || (options & (WSTOPPED | WCONTINUED)) || c.co->bound.load(relaxed))
        return in_place(c, CallKind::long_call);
    return await_child(c, id, type == P_PIDFD, [&]() -> long {
        siginfo_t info{};
        long r = sys::call_now(SYS_waitid, type, id, sys::arg(&info), options | WNOHANG, c.a[4]);
        if (r != 0) return r;
        if (!info.si_pid) return not_yet;
        struct First { int signo, error, code; } first{info.si_signo, info.si_errno, info.si_code};
        struct Second { int pid, uid, status; } second{info.si_pid, int(info.si_uid), info.si_status};
        bool told = !c.a[2] || (write_program(c.a[2], first) && write_program(c.a[2] + long(offsetof(siginfo_t, si_pid)), second));
        return told ? 0 : -EFAULT;
    });
}

}  // namespace coro

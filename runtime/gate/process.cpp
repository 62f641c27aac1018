// fork(2), vfork(2), execve(2), wait4(2), waitid(2).
#include "gate/process.h"

#include "event/reactor.h"
#include "gate/gate.h"
#include "gate/thread_name.h"
#include "sched/preempt.h"
#include "signals/delivery.h"

namespace [[gnu::visibility("hidden")]] coro {

// From here on every hook of this thread is the raw call. The kernel's signal state becomes what the coroutine's was.
void become_plain_thread(Coroutine* co) {
    u64 mask = co->signal_mask;
    co->attention.store(0, relaxed);  // what was asked of it, the parent's threads asked
    stack_t alt{co->alt_stack_base, co->alt_stack_bytes ? 0 : SS_DISABLE, co->alt_stack_bytes};
    arch::tcb_field<Coroutine*>(co->context.tp, arch::tcb_coro) = nullptr;
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
    enter_call(co, CallKind::short_call);
    arch::tcb_field<int>(co->context.tp, arch::tcb_raw) = 1;
}

extern "C" [[gnu::visibility("hidden")]] void __coro_vfork_done() {
    Coroutine* co = arch::self();
    if (!co || !arch::raw()) return;
    arch::tcb_field<int>(co->context.tp, arch::tcb_raw) = 0;
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

long gate::wait4(Call& c) { return in_place(c, c.a[2] & 1 ? CallKind::short_call : CallKind::long_call); }
long gate::waitid(Call& c) { return in_place(c, c.a[3] & 1 ? CallKind::short_call : CallKind::long_call); }

}  // namespace coro

// The gate: Linux's section 2 of the manual, as one thread sees it, for the calls that concern a thread or can block. Each handler
// returns what the kernel would: the value or -errno, the same partial transfers, the same EINTR. Handlers run inside the runtime
// (Coroutine::depth > 0) on the coroutine's own stack, which may be small: they keep their frames small, and may park.
#pragma once
#include "sched/blocking_call.h"
#include "sched/switch.h"
#include "sys/program_memory.h"

namespace [[gnu::visibility("hidden")]] coro {

struct Call {
    Coroutine* co;
    long nr;
    long a[6];
    bool cancellation_point;
};
using Handler = long(Call&);

// The call as it is, on this kernel thread; the processor's work moves on if it blocks.
long in_place(Call& c, CallKind kind);
// For calls that do not block: no processor is marked.
inline long direct(const Call& c) {
    return sys::syscall(c.nr, c.a[0], c.a[1], c.a[2], c.a[3], c.a[4], c.a[5]);
}

// ---- waiting

// Parks co, which is `preparing` and enlisted, unless a signal is deliverable or a cancellation is to be acted on.
Wait park_interruptible(Coroutine* co, Reason reason, void* object);
// After cause_signal. True: the call ends with -EINTR. False: handlers with SA_RESTART have run, or another took the signal; do it again.
bool ends_with_eintr(Call& c, bool restartable);
void run_handlers_may_migrate(Coroutine* co);

// ---- O_NONBLOCK
//
// The flag belongs to the open file, which other processes may share, so a call that would block has to ask for it: a system call. It
// need not for a file that this process has made without the flag, while no flag of any file was set and no descriptor has
// left the process since: a count of those events, the epoch, is noted as a file is made. Of other files an earlier answer of this epoch is trusted
// for a moment (event/nonblock.h).
extern Atomic<u32> sharing_epoch;
inline void descriptors_are_shared() { sharing_epoch.fetch_add(1, seq_cst); }
// `fd` was just made, by a call begun in `epoch`.
void note_private(long fd, u32 epoch);

// ---- leaving the runtime

// depth 1 -> 0; sees to what came meanwhile. May migrate.
[[gnu::always_inline]] inline void leave_may_migrate(Coroutine* co) {
    void attend_may_migrate(Coroutine*);
    fence_signal();
    co->depth--;
    fence_signal();
    if (CORO_UNLIKELY(co->attention.load(relaxed))) attend_may_migrate(co);
}
void attend_may_migrate(Coroutine* co);

// ---- handlers, by manual family
namespace gate {
Handler futex, futex_waitv;                                                           // futex.cpp
Handler clone, exit, exit_group, set_tid_address, gettid, sched_yield, set_robust_list;           // thread.cpp
Handler kill, rt_sigqueueinfo, tkill, tgkill, rt_sigprocmask, rt_sigaction, rt_sigpending, rt_sigtimedwait, rt_sigsuspend, sigaltstack, pause,
    rt_tgsigqueueinfo;                                                                // signal.cpp
Handler nanosleep, clock_nanosleep;                                                   // time.cpp
Handler read, readv, write, writev, recvfrom, recvmsg, recvmmsg, sendto, sendmsg, sendmmsg, accept, accept4, connect;  // io.cpp
long after_first_try(Call& c, u32 seen, long r);  // read or write, tried once when `seen` edges had been counted, with r
Handler pread64, pwrite64, preadv, pwritev, fsync, fdatasync;                         // file.cpp
Handler poll, ppoll, select, pselect6, epoll_wait, epoll_pwait, epoll_pwait2;         // poll.cpp
Handler close, dup2, dup3, close_range, setsockopt, fcntl, ioctl, socket, socketpair, pipe, pipe2;  // descriptor.cpp
Handler fork, vfork, execve, execveat, wait4, waitid;                                 // process.cpp
Handler sched_set, sched_get, setpriority, getpriority, ioprio_set, ioprio_get, binds, prctl;  // identity.cpp
Handler clock_gettime, clock_getres, getrusage;                                       // cpu_clock.cpp
Handler timer_create, timer_delete, timer_getoverrun;                                 // timer.cpp
Handler blocks, may_block;                                                            // long_call, short_call
}  // namespace gate

struct DispatchTable {
    static constexpr long numbers = 480;
    Handler* of[numbers] = {};
};
extern const DispatchTable dispatch_table;
inline Handler* handler_of(long nr) { return CORO_LIKELY((unsigned long)nr < DispatchTable::numbers) ? dispatch_table.of[nr] : gate::may_block; }

}  // namespace coro

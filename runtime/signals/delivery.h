// Signals of coroutines. The kernel knows one entry point for every signal that has a handler, or that some coroutine blocks while its
// disposition is a default one; kernel masks of workers are empty. Masks, pending sets and alternate stacks belong to the coroutine.
//
// A kernel signal that arrives in a coroutine's own code, and that it does not block, runs the handler there. Any other goes to
// the monitor by a queue, which tells a coroutine that takes it (route), or passes it on (pass_on). A posted signal is delivered by its coroutine as it leaves
// the runtime: it sends itself the runtime's signal, so that the handler gets a genuine frame on the coroutine's own stack.
//
// Lock: signal_lock (leaf) guards dispositions and pending queues. Taken inside the runtime only, never by an entry that
// interrupted the runtime.
#pragma once
#include "sched/scheduler.h"

namespace [[gnu::visibility("hidden")]] coro {

inline constexpr u64 bit_of(int sig) { return u64{1} << (sig - 1); }
inline constexpr u64 unblockable = bit_of(SIGKILL) | bit_of(SIGSTOP);
inline constexpr int signal_cancel = 33;  // musl's SIGCANCEL

inline bool ignored_by_default(int sig) { return sig == SIGCHLD || sig == SIGCONT || sig == SIGURG || sig == SIGWINCH; }

extern Atomic<u64> process_pending;  // process-directed: of whoever takes it first

inline bool signal_deliverable(const Coroutine* co) {
    return (co->signal_pending.load(seq_cst) | process_pending.load(relaxed)) & ~co->signal_mask;
}
// Makes a deliverable signal co's own, for a call that is to end with EINTR: no other takes it now. False: there is none.
bool claim_signal(Coroutine* co);
// Every deliverable signal of its own has a handler with SA_RESTART, or is ignored.
bool signals_restart(Coroutine* co);
// Asynchronous cancellation is on; and asked for.
bool cancels_asynchronously(Coroutine* co);
bool cancels_now(Coroutine* co);
// At depth 0. Runs the handlers.
void deliver_signals_may_migrate(Coroutine* co);

// Thread-directed, from inside the runtime or the monitor. 0 or -EAGAIN.
long post_signal(Coroutine* co, const siginfo_t& info);
// At the end of co: forgets what is pending for it.
void drop_signals(Coroutine* co);
// What the kernel was given of these signals before now is in the pending sets. The kernel may have told a thread of them that does not run (there is too much
// to do, or it is in vfork(2)), or that is on its way to the monitor.
void settle_signals(u64 set);
// A signal of the process, from inside the runtime: tells a coroutine that takes it, or keeps it for one that will.
void route(int sig, const siginfo_t& info);
// Makes co look at its attention bits soon, wherever it is.
void nudge(Coroutine* co);
// co blocks `given_up` from now on, or waits for it no longer: what is pending of it for the process is another's.
void pass_on_pending(Coroutine* co, u64 given_up);
inline void pass_on(Coroutine* co, u64 given_up) {
    if (CORO_UNLIKELY(process_pending.load(relaxed) & given_up)) pass_on_pending(co, given_up);
}
// Takes one pending signal of `set` (own or process-directed) for co. 0: none.
int take_pending(Coroutine* co, u64 set, siginfo_t* info);

// ---- dispositions (rt_sigaction(2))

using SigactionHandler = void (*)(int, void*, void*);  // called so whether SA_SIGINFO is set or not
struct Action : sys::KernelSigaction {
    bool is_default() const { return handler == nullptr; }
    bool is_ignored() const { return handler == reinterpret_cast<void*>(1); }
    bool is_function() const { return !is_default() && !is_ignored(); }
};
Action get_action(int sig);
// The kernel gives it to our entry, whatever it means to the process.
bool is_taken_by_entry(int sig);
long set_action(int sig, const Action& action);
// `sig` has arrived, or a thread of ours sends it. CORO_DUMP's asks for the dump; true: it means nothing else, since the program has no handler for it.
bool only_asks_for_dump(int sig);
// Installs the entry for those of `mask` whose disposition the kernel would act on although a coroutine blocks them.
void hold_blocked(u64 mask);
// Takes the dispositions that the process has over, at start; the real ones come back in a fork child, and around exec.
void signals_start();
void signals_restore_kernel();
void signals_reset_after_fork();
// In a child that shares our memory, before it execs: what is ignored, and held because a coroutine blocks it, is ignored by the new program.
void signals_ignore_held();

}  // namespace coro

// The table of dispositions, and what the kernel is told of it.
#include "abi/config.h"
#include "arch/signal_frame.h"
#include "observe/dump.h"
#include "sched/preempt.h"
#include "signals/delivery.h"
#include "signals/kernel_entry.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace {

constexpr int signals_end = 65;
SpinLock lock;
Action actions[signals_end];  // written under lock
Atomic<u32> version{0};       // odd while `actions` is written
Atomic<u64> entry_installed{0};

constexpr u64 faults = bit_of(SIGSEGV) | bit_of(SIGBUS);

// The runtime itself may touch program memory that is not there; and CORO_DUMP's signal.
bool is_always_ours(int sig) { return faults & bit_of(sig) || sig == config().dump_signal; }

long tell_kernel(int sig, void (*handler)(int, siginfo_t*, void*), unsigned long flags) {
    sys::KernelSigaction k{};
    k.handler = reinterpret_cast<void*>(handler);
    // Nothing interrupts an entry before it has said that it delivers (kernel_entry.cpp), which empties the mask again.
    k.flags = SA_SIGINFO | SA_RESTART | (flags & (SA_NOCLDSTOP | SA_NOCLDWAIT));
    k.mask = ~u64{0};
    // A fault may mean that the stack has no room: on the kernel thread's signal stack.
    if (faults & bit_of(sig)) k.flags |= SA_ONSTACK;
    k.return_to(__coro_arch_sigreturn);
    return sys::sigaction(sig, &k, nullptr);
}

long install_real(int sig, const Action& a) {
    return sys::sigaction(sig, &a, nullptr);
}

}  // namespace

// No lock: an entry reads it in the program's own code, where another signal may interrupt the reader and read too. A writer is inside
// the runtime, so no reader ever interrupts one on its own kernel thread.
Action get_action(int sig) {
    for (;;) {
        u32 before = version.load(acquire);
        Action a = actions[sig];
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (!(before & 1) && version.load(relaxed) == before) return a;
        sys::yield();
    }
}

bool is_taken_by_entry(int sig) { return entry_installed.load(relaxed) & bit_of(sig); }

static void write_action(int sig, const Action& action) {
    Locked hold(lock);
    version.fetch_add(1, acq_rel);
    actions[sig] = action;
    version.fetch_add(1, release);
}

long set_action(int sig, const Action& action) {
    if (sig == runtime_signal) return 0;  // ours; musl's synccall is done by the runtime
    bool held = (entry_installed.load(relaxed) & bit_of(sig) && !get_action(sig).is_function()) || is_always_ours(sig);
    long r = action.is_function() || held ? tell_kernel(sig, signal_entry, action.flags) : install_real(sig, action);
    if (r != 0) return r;
    if (action.is_function() || held) entry_installed.fetch_or(bit_of(sig), relaxed);
    else entry_installed.fetch_and(~bit_of(sig), relaxed);
    write_action(sig, action);
    return 0;
}

bool only_asks_for_dump(int sig) {
    if (CORO_LIKELY(sig != config().dump_signal)) return false;
    ask_for_dump();
    return !get_action(sig).is_function();
}

void hold_blocked(u64 mask) {
    mask &= ~entry_installed.load(relaxed) & ~unblockable & ~bit_of(runtime_signal) & ~bit_of(32) & ~bit_of(signal_cancel);
    while (mask) {
        int sig = __builtin_ctzll(mask) + 1;
        mask &= mask - 1;
        if (tell_kernel(sig, signal_entry, get_action(sig).flags) == 0) entry_installed.fetch_or(bit_of(sig), relaxed);
    }
}

void signals_start() {
    for (int sig = 1; sig < signals_end; sig++) {
        sys::KernelSigaction k{};
        if (sys::sigaction(sig, nullptr, &k) != 0) continue;
        Action action{k};
        write_action(sig, action);
        bool held = entry_installed.load(relaxed) & bit_of(sig);  // before an exec that has failed
        if (action.is_function() || held || is_always_ours(sig)) {
            tell_kernel(sig, signal_entry, k.flags);
            entry_installed.fetch_or(bit_of(sig), relaxed);
        }
    }
    tell_kernel(runtime_signal, runtime_signal_entry, 0);
}

void signals_restore_kernel() {
    u64 installed = entry_installed.load(relaxed);
    for (int sig = 1; sig < signals_end; sig++)
        if (installed & bit_of(sig)) install_real(sig, actions[sig]);
}

void signals_ignore_held() {
    u64 installed = entry_installed.load(relaxed);
    for (int sig = 1; sig < signals_end; sig++)
        if (installed & bit_of(sig) && actions[sig].is_ignored()) install_real(sig, actions[sig]);
}

void signals_reset_after_fork() {
    signals_restore_kernel();
    entry_installed.store(0, relaxed);
    process_pending.store(0, relaxed);
    new (&lock) SpinLock;
    version.store(0, relaxed);
    signal_queues_reset();
    sys::KernelSigaction ignore{};  // as musl leaves it
    ignore.handler = reinterpret_cast<void*>(SIG_IGN);
    sys::sigaction(runtime_signal, &ignore, nullptr);
}

}  // namespace coro

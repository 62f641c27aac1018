#include "abi/dump.h"

#include "abi/config.h"
#include "core/coroutine_table.h"
#include "sched/scheduler.h"
#include "sys/print.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace {

Atomic<bool> asked{false};

const char* state_of(Coroutine* co) {
    Worker* w = co->worker;
    if (co->calling) return "in the kernel";
    if (w && w->current == co) return "running";
    u32 wait = co->wait.load(relaxed);
    return wait == wait_parked || wait == wait_preparing ? "parked" : "ready";
}

const char* reason_of(Reason r) {
    switch (r) {
    case Reason::none: return "";
    case Reason::futex: return "futex";
    case Reason::sleep: return "sleep";
    case Reason::read: return "to read descriptor";
    case Reason::write: return "to write descriptor";
    case Reason::poll: return "poll";
    case Reason::signal: return "signal";
    case Reason::child: return "child";
    case Reason::blocked: return "system call";
    case Reason::created: return "created";
    }
    return "?";
}

// Frame pointers from the saved context: the runtime and musl keep theirs; a program built without them ends the chain early.
void backtrace(Printer& out, Coroutine* co) {
    if (co->wait.load(relaxed) != wait_parked) return;
    out.text("   ").hex(arch::saved_pc(co->context));
    uptr low = uptr(co->context.sp);
    auto* fp = arch::frame_record(arch::saved_fp(co->context));
    for (int depth = 0; depth < 16 && uptr(fp) > low && uptr(fp) < low + (64 << 10) && uptr(fp) % sizeof(uptr) == 0; depth++) {
        out.text(" ").hex(fp[1]);
        low = uptr(fp);
        fp = arch::frame_record(fp[0]);
    }
    out.text("\n");
}

void print(Printer& out, Coroutine* co) {
    char name[ThreadName::bytes];
    co->name.get(name);
    out.text("coroutine ").number(co->tid).text(co == main_coroutine ? " (main) " : " ").text(name).text(": ").text(state_of(co));
    if (co->reason != Reason::none) out.text(", ").text(reason_of(co->reason)).text(" ").hex(uptr(co->wait_object));
    if (co->timer_wheel) out.text(", deadline in ms ").number(long((i64(co->deadline_ns) - i64(sys::now_ns())) / i64(ns_per_ms)));
    out.text("\n");
    backtrace(out, co);
}

void on_quit(int, siginfo_t*, void*) {
    asked.store(true, release);
    scheduler.monitor_word.store(2, seq_cst);
    sys::futex_wake(scheduler.monitor_word.address(), 1);
}

}  // namespace

void dump_start() {
    if (!config().dump_signal) return;
    sys::KernelSigaction k{};
    k.handler = reinterpret_cast<void*>(on_quit);
    k.flags = SA_SIGINFO | SA_RESTART;
    k.return_to(__coro_arch_sigreturn);
    sys::sigaction(SIGQUIT, &k, nullptr);
}

bool dump_asked() { return asked.load(seq_cst); }

void dump_if_asked() {
    if (asked.load(relaxed) && asked.exchange(false, acquire)) dump(2);
}

void dump(int fd) {
    Printer out(fd);
    out.text("coro-musl: ").number(scheduler.active.load(relaxed)).text(" processors, ").number(scheduler.idle_count.load(relaxed));
    out.text(" idle; ").number(scheduler.worker_count.load(relaxed)).text(" kernel threads; queued ");
    out.number(scheduler.shared_count.load(relaxed)).text(" + ").number(scheduler.preempted_count.load(relaxed)).text(" preempted\n");
    if (main_coroutine) print(out, main_coroutine);
    coroutine_table.for_each([&](Coroutine* co) {
        if (co->tid) print(out, co);
    });
}

}  // namespace coro

#include "observe/dump.h"

#include "core/coroutine_table.h"
#include "observe/holder.h"
#include "sched/scheduler.h"
#include "sys/print.h"
#include "sys/program_memory.h"

extern "C" long __coro_syscall(long nr, long a, long b, long c, long d, long e, long f);

namespace [[gnu::visibility("hidden")]] coro {
namespace {

Atomic<bool> asked{false};

constexpr u64 faults = u64{1} << (SIGSEGV - 1) | u64{1} << (SIGBUS - 1);

const char* state_of(Coroutine* co) {
    Worker* w = co->worker;
    if (co->calling) return "in the kernel";
    if (w && w->current == co) return "running";
    u32 wait = co->wait.load(relaxed);
    return wait == wait_parked || wait == wait_preparing ? "parked" : "ready";
}

void print_object(Printer& out, Coroutine* co) {
    Reason reason = co->reason;
    if (reason == Reason::none) return;
    out.text(", ").text(reason_of(reason));
    uptr object = uptr(co->wait_object);
    if (reason == Reason::read || reason == Reason::write) out.text(" ").number(long(object));
    else if (reason == Reason::futex) print_held(out.text(" ").hex(object), held_by(co));
}

// Frame pointers from the saved context: the runtime keeps its own; a program built without them ends the chain early. The stack may go while it is read.
void backtrace(Printer& out, Coroutine* co) {
    if (co->wait.load(relaxed) != wait_parked) return;
    constexpr uptr most = 64 << 10;
    uptr low = uptr(co->context.sp), room[32];
    if (!read_program(&room, long(low))) return;
    arch::Context saved = co->context;  // of which the frame, which may go, is the copy
    saved.sp = room;
    out.text("    ").hex(arch::saved_pc(saved));
    uptr fp = arch::saved_fp(saved), frame[2];
    for (int depth = 0; depth < 16 && fp > low && fp - low < most && fp % sizeof(uptr) == 0; depth++) {
        if (!read_program(&frame, long(arch::frame_record(fp)))) break;
        out.text(" ").hex(frame[1]);
        low = fp;
        fp = frame[0];
    }
    out.text("\n");
}

void dump(Printer& out) {
    out.text("coro-musl: ").number(scheduler.active.load(relaxed)).text(" processors, ").number(scheduler.idle_count.load(relaxed));
    out.text(" idle; ").number(scheduler.kernel_threads.load(relaxed)).text(" kernel threads; queued ");
    out.number(scheduler.shared_count.load(relaxed)).text(" + ").number(scheduler.preempted_count.load(relaxed)).text(" preempted\n");
    if (Coroutine* main = main_coroutine) print_coroutine(out, main);
    coroutine_table.for_each([&](Coroutine* co) {
        if (co->tid) print_coroutine(out, co);
    });
}

// The monitor waits for a terminal or pipe that is full, but not for ever.
long write_patiently(int fd, const void* bytes, size_t count) {
    long r = sys::write(fd, bytes, count);
    if (r != -EAGAIN) return r;
    pollfd p{fd, POLLOUT, 0};
    timespec second{1, 0};
    return sys::syscall(sys::nr_ppoll, sys::arg(&p), 1, sys::arg(&second), 0, 8) > 0 ? sys::write(fd, bytes, count) : -EAGAIN;
}

// As the thread itself would: it may park.
long write_by_gate(int fd, const void* bytes, size_t count) { return __coro_syscall(SYS_write, fd, sys::arg(bytes), sys::arg(count), 0, 0, 0); }

}  // namespace

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

FaultsPermitted::FaultsPermitted() { sys::sigmask(SIG_UNBLOCK, &faults, nullptr); }
FaultsPermitted::~FaultsPermitted() { sys::sigmask(SIG_BLOCK, &faults, nullptr); }

void print_coroutine(Printer& out, Coroutine* co) {
    char name[ThreadName::bytes];
    co->name.get(name);
    out.text("coroutine ").number(co->tid).text(co == main_coroutine ? " (main) " : " ").text(name).text(": ").text(state_of(co));
    print_object(out, co);
    if (co->timer_wheel) out.text(", deadline in ms ").number(long((i64(co->deadline_ns) - i64(sys::now_ns())) / i64(ns_per_ms)));
    out.text("\n");
    backtrace(out, co);
}

void ask_for_dump() {
    asked.store(true, seq_cst);
    monitor_interrupt();
}

bool dump_asked() { return asked.load(seq_cst); }

void dump_if_asked() {
    if (!asked.load(relaxed) || !asked.exchange(false, acquire)) return;
    FaultsPermitted permitted;
    Printer out(2, write_patiently);
    dump(out);
}

// coro_dump(3), from a coroutine in the program's own code.
extern "C" [[gnu::visibility("hidden")]] int __coro_dump(int fd) {
    Printer out(fd, write_by_gate);
    dump(out);
    return int(out.flush());
}

}  // namespace coro

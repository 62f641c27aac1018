#include "observe/trace.h"

#include "abi/config.h"
#include "observe/dump.h"
#include "observe/trace_file.h"
#include "sched/scheduler.h"
#include "sched/switch.h"
#include "sys/print.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace trace {

constexpr size_t processor_chunk_bytes = 64 << 10, worker_chunk_bytes = 4 << 10;
constexpr u32 worker_rows_from = 100000;  // rows of bound workers: this and the id of the kernel thread

constinit Atomic<bool> on{false};

// Of a processor or a bound worker; written by who runs it.
struct Row {
    Row(u32 row, size_t chunk_bytes) : number(row), chunk(chunk_bytes) {}
    u32 number;
    Chunk chunk;
    bool named = false;
    Atomic<int> tid{0};  // who runs; 0: nobody
    u64 since_ns = 0;
    ThreadName name{};
};

namespace {

Row* rows;  // by processor
u32 row_count;
u64 start_ns;
bool began;  // in this process or an ancestor

Event& event(Event& e, const char* phase, u32 row) {
    return e.text("{\"ph\":\"").text(phase).text("\",\"pid\":").number(u64(scheduler.process_id)).text(",\"tid\":").number(row);
}

// Once the file takes no more.
void stop() {
    if (!on.exchange(false, acq_rel)) return;
    watch_switches(watched_by_trace, false);
    Printer(2).text("coro-musl: CORO_TRACE=").text(config().trace).text(": no room for more; the trace ends here\n");
}

void write(Row* row, const Event& e) {
    if (!row->chunk.write(e)) stop();
}

void name_row(Row* row) {
    row->named = true;
    Event e;
    event(e, "M", row->number).text(",\"name\":\"thread_name\",\"args\":{\"name\":\"");
    if (row->number < worker_rows_from) e.text("processor ").number(row->number);
    else e.text("bound worker");
    write(row, e.text("\"}},\n"));
}

void describe(Event& e, const Row* row, u64 now) {
    char name[ThreadName::bytes];
    row->name.get(name);
    int tid = row->tid.load(relaxed);
    event(e, "X", row->number).text(",\"ts\":").microseconds(row->since_ns - start_ns).text(",\"dur\":").microseconds(now - row->since_ns);
    e.text(",\"name\":\"").quoted(name).text(" ").number(u64(tid)).text("\",\"args\":{\"id\":").number(u64(tid)).text(",\"end\":\"");
}

void end_slice(Row* row, const char* why, u64 now, const Coroutine* parked = nullptr) {
    if (!row->tid.load(relaxed)) return;
    Event e;
    describe(e, row, now);
    e.text(why);
    if (parked && parked->reason == Reason::futex) e.text(" 0x").number(uptr(parked->wait_object), 16);
    else if (parked && (parked->reason == Reason::read || parked->reason == Reason::write)) e.text(" ").number(uptr(parked->wait_object));
    write(row, e.text("\"}},\n"));
    row->tid.store(0, relaxed);
}

void begin_slice(Row* row, const Coroutine* co, u64 now) {
    if (CORO_UNLIKELY(!row->named)) name_row(row);
    row->since_ns = now;
    row->name.copy(co->name);
    row->tid.store(co->tid, relaxed);
}

Row* row_of(Processor* p) { return &rows[p - scheduler.processors]; }

Row* row_of(Worker* w) {
    if (w->processor) return row_of(w->processor);
    if (!w->bound) return nullptr;  // comes back from a call, and waits for a processor
    if (!w->trace_row) {
        long p = sys::mmap_anonymous(sizeof(Row), PROT_READ | PROT_WRITE);
        if (!sys::is_error(p)) w->trace_row = new (reinterpret_cast<void*>(p)) Row(worker_rows_from + u32(w->kernel_tid), worker_chunk_bytes);
    }
    return w->trace_row;
}

const char* why_left(const Coroutine* co, After after) {
    switch (after) {
    case After::nothing: return "";
    case After::park: return reason_of(co->reason);
    case After::yield: return "yields";
    case After::preempt: return "preempted";
    case After::handed_over: return "hands over to its child";
    case After::exit:
    case After::unmap: return "exit";
    }
    return "";
}

void complain(const char* name, long error) {
    Printer out(2);
    out.text("coro-musl: CORO_TRACE=").text(name).text(": ");
    if (error == -ENOENT) out.text("no such directory");
    else if (error == -EACCES || error == -EPERM) out.text("no permission to write there");
    else if (error == -EISDIR) out.text("is a directory");
    else if (error == -EINVAL) out.text("is no regular file");
    else if (error == -ENOSPC) out.text("the disk is full");
    else if (error == -EROFS) out.text("is on a file system that is read only");
    else out.text("cannot be made, error ").number(-error);
    out.text("; expected the name of a file to write; no trace\n");
}

// Zeroed memory, never given back: a late writer finds it.
bool make_rows() {
    row_count = scheduler.processor_slots;
    long p = sys::mmap_anonymous(sizeof(Row) * row_count, PROT_READ | PROT_WRITE);
    if (sys::is_error(p)) return false;
    rows = reinterpret_cast<Row*>(p);
    for (u32 i = 0; i < row_count; i++) new (&rows[i]) Row(i, processor_chunk_bytes);
    return true;
}

}  // namespace

void start() {
    const char* name = config().trace;
    if (!name) return;
    static char of_child[PATH_MAX + 32];
    if (began) {
        Event pid;
        pid.text(".").number(u64(scheduler.process_id));
        size_t n = __builtin_strlen(name);
        __builtin_memcpy(of_child, name, n);
        __builtin_memcpy(of_child + n, pid.bytes(), pid.size());
        of_child[n + pid.size()] = 0;
        name = of_child;
    }
    began = true;
    long r = make_rows() ? open_file(name) : -ENOMEM;
    if (r != 0) return complain(name, r);
    start_ns = sys::now_ns();
    begin_slice(&rows[0], main_coroutine, start_ns);
    on.store(true, release);
    watch_switches(watched_by_trace, true);
}

void switched(Worker* w, Coroutine* from, Coroutine* to, After after) {
    Row* row = on.load(acquire) ? row_of(w) : nullptr;
    if (!row) return;
    u64 now = sys::now_ns();
    if (from != &w->idle) end_slice(row, why_left(from, after), now, after == After::park ? from : nullptr);
    if (to != &w->idle) begin_slice(row, to, now);
}

void left_behind(Processor* p, const char* why) {
    if (on.load(acquire)) end_slice(row_of(p), why, sys::now_ns());
}

void goes_on(Worker* w, Coroutine* co) {
    Row* row = on.load(acquire) ? row_of(w) : nullptr;
    if (row) begin_slice(row, co, sys::now_ns());
}

void at_exit() {
    if (!on.exchange(false, acq_rel)) return;
    watch_switches(watched_by_trace, false);
    begin_end();
    u64 now = sys::now_ns();
    auto close_slice = [&](Row* row) {
        if (!row || !row->tid.load(relaxed)) return;
        Event e;
        describe(e, row, now);
        append(e.text("end of the process\"}},\n"));
    };
    for (u32 i = 0; i < row_count; i++) close_slice(&rows[i]);
    for (Worker* w = scheduler.workers.load(acquire); w; w = w->all_next) close_slice(w->trace_row);
    Event last;
    append(event(last, "M", 0).text(",\"name\":\"process_labels\",\"args\":{\"labels\":\"coro-musl\"}}\n]\n"));
}

void reset_after_fork() {
    if (rows)
        for (u32 i = 0; i < row_count; i++) rows[i].chunk.unmap();
    rows = nullptr;
    on.store(false, relaxed);
    forget_file();
}

}  // namespace trace
}  // namespace coro

// What a debugger needs to find the coroutines of a process or a core file: where the runtime's variables are, and where in them what it looks for. An
// ELF note leads there: it survives strip(1) and is found by the program headers, so no symbol and no debug information is needed.
// Read by sysroot-build/share/gdb.py, field by field: a change of order or meaning is a new version there too.
#include "core/coroutine_table.h"
#include "sched/scheduler.h"

namespace [[gnu::visibility("hidden")]] coro {

struct DebuggerTable {
    u32 version = 1;
    u32 coroutine_bytes = sizeof(Coroutine);
    u32 sp = offsetof(Coroutine, context) + offsetof(arch::Context, sp);
    u32 tp = offsetof(Coroutine, context) + offsetof(arch::Context, tp);
    u32 worker = offsetof(Coroutine, worker);
    u32 wait = offsetof(Coroutine, wait);
    u32 reason = offsetof(Coroutine, reason);
    u32 tid = offsetof(Coroutine, tid);
    u32 timer_wheel = offsetof(Coroutine, timer_wheel);
    u32 deadline_ns = offsetof(Coroutine, deadline_ns);
    u32 wait_object = offsetof(Coroutine, wait_object);
    u32 name = offsetof(Coroutine, name);
    u32 entry_arg = offsetof(Coroutine, entry_arg);  // points at musl's start_args, which begin with the start function
    int join_word = int(offsetof(arch::Tcb, detach_state)) - (CORO_TCB_AT_TP ? 0 : int(sizeof(arch::Tcb)));  // from tp: what pthread_join waits on

    u32 table_chunks = offsetof(CoroutineTable, chunks_);
    u32 table_made = offsetof(CoroutineTable, made_);
    u32 chunk_coroutines = CoroutineTable::chunk_coroutines;

    u32 first_worker = offsetof(Scheduler, workers);
    u32 worker_next = offsetof(Worker, all_next);
    u32 worker_current = offsetof(Worker, current);
    u32 worker_kernel_tid = offsetof(Worker, kernel_tid);

    // When the runtime last looked at the clock: for core files.
    u32 processors = offsetof(Scheduler, processors);
    u32 processors_used = offsetof(Scheduler, processors_used);
    u32 processor_bytes = sizeof(Processor);
    u32 processor_clock_ns = offsetof(Processor, seen_since_ns);
    u32 processor_look_ns = offsetof(Processor, clock_looked_at_ns);

    char saved_registers[128] = CORO_ARCH_SAVED_REGISTERS;
    char reasons[128] = "none futex sleep read write poll signal child system-call created";  // in the order of Reason
};
static_assert(u32(Reason::created) == 9);

extern "C" const DebuggerTable __coro_debugger_table;
[[gnu::used]] constexpr DebuggerTable __coro_debugger_table;

#if __SIZEOF_POINTER__ == 8
#define WORD ".quad "
#else
#define WORD ".long "
#endif
// Each address is relative to its own place: nothing is to be relocated. Name "coro-musl", type 1.
asm(".pushsection .note.coro-musl, \"a\", %note\n"
    ".balign 4\n"
    ".long 10, 2f - 1f, 1\n"
    ".asciz \"coro-musl\"\n"
    ".balign 4\n"
    "1:" WORD "__coro_debugger_table - .\n"
    WORD "_ZN4coro9schedulerE - .\n"
    WORD "_ZN4coro15coroutine_tableE - .\n"
    WORD "_ZN4coro14main_coroutineE - .\n"
    "2: .popsection\n");

}  // namespace coro

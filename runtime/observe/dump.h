// A list of all coroutines on a descriptor: id, name, state, what it waits for, and return addresses. For people whose program hangs, for coro_dump(3),
// and for the test runner. Reads without locks: what it prints may be a moment old.
#pragma once
#include "base/base.h"

namespace [[gnu::visibility("hidden")]] coro {

struct Coroutine;
class Printer;
enum class Reason : u8;

const char* reason_of(Reason r);

// CORO_DUMP=signal: that signal has arrived. Async-signal-safe; the monitor prints.
void ask_for_dump();
bool dump_asked();
void dump_if_asked();

// One coroutine: a line, and one of return addresses if it is parked.
void print_coroutine(Printer& out, Coroutine* co);
// For the monitor, which blocks every signal: while it reads memory that may not be there (sys/program_memory.h), the faults of that reach their entry.
class FaultsPermitted {
public:
    FaultsPermitted();
    ~FaultsPermitted();
};

}  // namespace coro

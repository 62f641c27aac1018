// CORO_TRACE=file: which coroutine ran on which processor from when to when, and why it stopped, in Chrome's JSON trace events: Perfetto and
// chrome://tracing open it. A processor is a row, and so is each bound worker.
//
// Each row writes into a chunk of the file of its own, mapped shared and filled with spaces, and takes another when that is full: what was written is in the
// file however the process ends. One kernel thread at a time runs a processor, so a row needs no lock. At the end of the process the closing bracket comes behind the last
// chunk; viewers do without it.
#pragma once
#include "base/base.h"

namespace [[gnu::visibility("hidden")]] coro {

struct Coroutine;
struct Worker;
struct Processor;
enum class After : u8;

namespace trace {

struct Row;
extern Atomic<bool> on;

// Begins if it is asked for; in a fork child in a file of its own. A file that cannot be had is one line on stderr.
void start();
void at_exit();
void reset_after_fork();

// `from` leaves w for `to`; either may be the scheduler's context.
void switched(Worker* w, Coroutine* from, Coroutine* to, After after);
// What ran on p, or w's own row, goes on without it: by who has p.
void left_behind(Processor* p, const char* why);
// co goes on on w, which has a processor or is bound to it, without a switch.
void goes_on(Worker* w, Coroutine* co);

}  // namespace trace
}  // namespace coro

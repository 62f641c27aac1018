// The environment variables CORO_*, read once, at the first pthread_create; ignored in a set-user-ID program (AT_SECURE).
#pragma once
#include "base/base.h"

namespace [[gnu::visibility("hidden")]] coro {

struct Config {
    bool kernel_mode;    // CORO_MODE=kernel: one kernel thread per pthread, the gate stays raw
    bool scope_process;  // CORO_SCOPE=process: PTHREAD_SCOPE_SYSTEM is not heeded; for programs that ask for it out of habit
    bool ring;           // CORO_IO=auto or uring: io_uring for files, where the kernel has it; epoll: without
    bool stats;          // CORO_STATS=1: a summary at exit
    bool deadlock;       // CORO_DEADLOCK=report: says so when nobody will ever go on
    int dump_signal;     // CORO_DUMP=QUIT: this signal prints every coroutine; 0: none
    const char* trace;   // CORO_TRACE=file: a trace of who ran when; null: none
    unsigned processors; // CORO_PROCS; 0: as many as usable CPUs
    unsigned warn_threads;  // CORO_WARN_THREADS: a line once there are more kernel threads; 0: never
};

const Config& config();

}  // namespace coro

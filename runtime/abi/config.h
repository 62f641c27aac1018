// The environment variables CORO_*, read once, at the first pthread_create; ignored in a set-user-ID program (AT_SECURE).
#pragma once
#include "base/base.h"

namespace [[gnu::visibility("hidden")]] coro {

struct Config {
    bool kernel_mode;    // CORO_MODE=kernel: one kernel thread per pthread, the gate stays raw
    bool scope_process;  // CORO_SCOPE=process: PTHREAD_SCOPE_SYSTEM is not heeded; for programs that ask for it out of habit
    bool ring;           // CORO_IO=auto or uring: io_uring for files, where the kernel has it; epoll: without
    bool dump_signal;    // CORO_DUMP=signal: SIGQUIT prints every coroutine
    unsigned processors; // CORO_PROCS; 0: as many as usable CPUs
};

const Config& config();

}  // namespace coro

// What the kernel does not know of a POSIX timer (timer_create(2)): the coroutine that SIGEV_THREAD_ID names, and the expirations that
// pass while its signal waits in a queue of ours. The kernel is asked for a process-directed signal; its siginfo names the timer.
//
// Lock-free reads (a signal entry looks): a note's `id` is written last.
#pragma once
#include "signals/delivery.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace timers {

// A timer of this process whose signal is for the thread `tid`; 0: for the process. 0 or -EAGAIN: too many.
long add(int timer, int tid);
void remove(int timer);
// Who is to get the signal that a timer has sent: a thread's id, `deleted`: nobody any more, 0: the process.
inline constexpr int deleted = -1;
int target(const siginfo_t& info);
// Same timer, both waiting: POSIX has one signal for a timer and counts the rest. True: `info` is counted into `waiting`.
bool merge(siginfo_t& waiting, const siginfo_t& info);
// A signal of a timer is about to be handled: timer_getoverrun(2) is about this one from now on.
void delivered(const siginfo_t& info);
// -1: none was handled here, the kernel knows.
int overrun(int timer);
void reset_after_fork();

}  // namespace timers
}  // namespace coro

// nanosleep(2), clock_nanosleep(2).
#include "gate/deadline.h"
#include "gate/gate.h"

namespace [[gnu::visibility("hidden")]] coro {

// Sleeps until the deadline; `remaining` is written on -EINTR when not null. Never restarted (signal(7)).
static long sleep_until(Call& c, u64 deadline_ns, timespec* remaining) {
    Coroutine* co = c.co;
    if (deadline_ns <= sys::now_ns()) return 0;
    prepare_to_park(co);
    co->worker->processor->timers.arm(co, deadline_ns);
    Wait cause = park_interruptible(co, Reason::sleep, nullptr);
    TimerWheel::cancel(co);
    if (cause == cause_timeout) return 0;
    if (!ends_with_eintr(c, false)) return 0;
    u64 now = sys::now_ns();
    if (remaining) *remaining = sys::to_timespec(deadline_ns > now ? deadline_ns - now : 0);
    return -EINTR;
}

long gate::nanosleep(Call& c) {
    Deadline d = relative_deadline(reinterpret_cast<const timespec*>(c.a[0]));
    return d.error ? d.error : sleep_until(c, d.ns, reinterpret_cast<timespec*>(c.a[1]));
}

long gate::clock_nanosleep(Call& c) {
    int clock = int(c.a[0]);
    bool absolute = c.a[1] & TIMER_ABSTIME;
    auto* request = reinterpret_cast<const timespec*>(c.a[2]);
    // CPU-time clocks, alarms and clocks that do not exist are the kernel's business.
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME && clock != CLOCK_TAI)
        return in_place(c, CallKind::long_call);
    Deadline d = absolute ? absolute_deadline(clock, request) : relative_deadline(request);
    return d.error ? d.error : sleep_until(c, d.ns, absolute ? nullptr : reinterpret_cast<timespec*>(c.a[3]));
}

}  // namespace coro

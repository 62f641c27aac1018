// nanosleep(2), clock_nanosleep(2).
#include "gate/cpu_clock.h"
#include "gate/deadline.h"
#include "gate/gate.h"
#include "sched/cpu_time.h"

namespace [[gnu::visibility("hidden")]] coro {

// Sleeps until the deadline; `remaining`, in program memory, is written on -EINTR when not null. Never restarted (signal(7)).
static long sleep_until(Call& c, u64 deadline_ns, long remaining) {
    Coroutine* co = c.co;
    while (deadline_ns > sys::now_ns()) {
        prepare_to_park(co);
        arm_deadline(co, deadline_ns);
        Wait cause = park_interruptible(co, Reason::sleep, nullptr);
        TimerWheel::cancel(co);
        if (cause == cause_timeout) return 0;
        if (!ends_with_eintr(c, false)) continue;
        u64 now = sys::now_ns();
        if (remaining && !write_time(c.nr, remaining, sys::to_timespec(deadline_ns > now ? deadline_ns - now : 0))) return -EFAULT;
        return -EINTR;
    }
    return 0;
}

// Until `owner` has used so much CPU time, which takes at least as long on the wall.
static long sleep_cpu_time(Call& c, Coroutine* owner) {
    bool absolute = c.a[1] & TIMER_ABSTIME;
    timespec request;
    if (!read_time(&request, c.nr, c.a[2])) return -EFAULT;
    if (!valid(request)) return -EINVAL;
    u64 now = cpu_time_ns(owner), until = absolute ? saturated_ns(request) : sys::after_ns(now, saturated_ns(request));
    int tid = owner->tid;
    for (; now < until && owner->tid == tid; now = cpu_time_ns(owner)) {
        if (sleep_until(c, sys::after_ns(sys::now_ns(), max(until - now, ns_per_ms)), 0) == 0) continue;
        now = cpu_time_ns(owner);
        if (!absolute && c.a[3] && !write_time(c.nr, c.a[3], sys::to_timespec(until > now ? until - now : 0))) return -EFAULT;
        return -EINTR;
    }
    return 0;
}

long gate::nanosleep(Call& c) {
    Deadline d = relative_deadline(c.nr, c.a[0]);
    return d.error ? d.error : sleep_until(c, d.ns, c.a[1]);
}

long gate::clock_nanosleep(Call& c) {
    int clock = int(c.a[0]);
    bool absolute = c.a[1] & TIMER_ABSTIME;
    if (Coroutine* owner = cpu_clock_owner(c.co, clock); owner && clock != CLOCK_THREAD_CPUTIME_ID) return sleep_cpu_time(c, owner);
    // CPU time of processes, alarms and clocks that do not exist are the kernel's business.
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME && clock != CLOCK_TAI)
        return in_place(c, CallKind::long_call);
    Deadline d = absolute ? absolute_deadline(c.nr, clock, c.a[2]) : relative_deadline(c.nr, c.a[2]);
    return d.error ? d.error : sleep_until(c, d.ns, absolute ? 0 : c.a[3]);
}

}  // namespace coro

// clock_gettime(2) and clock_getres(2) of threads' CPU clocks, getrusage(2) of a thread.
#include <sys/resource.h>

#include "gate/cpu_clock.h"

#include "gate/deadline.h"
#include "gate/gate.h"
#include "sched/cpu_time.h"

namespace [[gnu::visibility("hidden")]] coro {

// Linux encodes a thread's clock as ~tid << 3 with bit 2, see pthread_getcpuclockid(3); tid 0 is the caller.
Coroutine* cpu_clock_owner(Coroutine* co, int clock) {
    if (clock == CLOCK_THREAD_CPUTIME_ID) return co;
    if (clock >= 0 || !(clock & 4) || (clock & 3) == 3) return nullptr;
    int tid = ~(clock >> 3);
    return tid ? find_thread(tid) : co;
}

// EINVAL: no such clock. EFAULT.
long gate::clock_gettime(Call& c) {
    Coroutine* owner = cpu_clock_owner(c.co, int(c.a[0]));
    if (!owner) return direct(c);
    return write_time(c.nr, c.a[1], sys::to_timespec(cpu_time_ns(owner))) ? 0 : -EFAULT;
}

long gate::clock_getres(Call& c) {
    if (cpu_clock_owner(c.co, int(c.a[0]))) c.a[0] = CLOCK_THREAD_CPUTIME_ID;
    return direct(c);
}

// RUSAGE_THREAD: times are the coroutine's (user and system in the proportion of its kernel thread), all else is the kernel thread's.
long gate::getrusage(Call& c) {
    long r = direct(c);
    if (r != 0 || int(c.a[0]) != RUSAGE_THREAD) return r;
    struct Times { long user_s, user_us, system_s, system_us; };  // as the kernel has them
    auto* times = reinterpret_cast<Times*>(c.a[1]);
    u64 user = u64(times->user_s) * 1000000 + u64(times->user_us), system = u64(times->system_s) * 1000000 + u64(times->system_us);
    u64 ours = cpu_time_ns(c.co) / ns_per_us;
    u64 ours_user = user + system ? u64(double(ours) * double(user) / double(user + system)) : ours;
    *times = {long(ours_user / 1000000), long(ours_user % 1000000), long((ours - ours_user) / 1000000), long((ours - ours_user) % 1000000)};
    return 0;
}

}  // namespace coro

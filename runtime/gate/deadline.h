// Timeouts of the manual's calls as deadlines on CLOCK_MONOTONIC, in ns.
#pragma once
#include "sys/kernel.h"
#include "sys/program_memory.h"

namespace [[gnu::visibility("hidden")]] coro {

struct Deadline {
    u64 ns;
    long error;  // 0, -EINVAL or -EFAULT
};

// Times in program memory, as the call `nr` has them: the older numbers of 32-bit architectures have two longs.
#ifdef SYS_futex_time64
constexpr bool has_long_times(long nr) {
    switch (nr) {
    case SYS_futex:
    case SYS_nanosleep:
    case SYS_clock_nanosleep_time32:
    case SYS_clock_gettime32:
    case SYS_ppoll:
    case SYS_pselect6:
    case SYS_rt_sigtimedwait:
        return true;
    }
    return false;
}
#else
constexpr bool has_long_times(long) { return false; }
#endif

struct LongTime {
    long seconds, ns;
};
[[nodiscard]] inline bool read_time(timespec* to, long nr, long from) {
    if (!has_long_times(nr)) return read_program(to, from);
    LongTime t;
    if (!read_program(&t, from)) return false;
    *to = {t.seconds, t.ns};
    return true;
}
[[nodiscard]] inline bool write_time(long nr, long to, const timespec& from) {
    if (!has_long_times(nr)) return write_program(to, from);
    return write_program(to, LongTime{long(from.tv_sec), from.tv_nsec});
}

inline bool valid(const timespec& ts) { return ts.tv_sec >= 0 && u64(ts.tv_nsec) < ns_per_s; }

inline u64 saturated_ns(const timespec& ts) {
    return u64(ts.tv_sec) >= never / ns_per_s ? never : sys::to_ns(ts);
}

// `at`: where in program memory the time is, of the call `nr`.
inline Deadline relative_deadline(long nr, long at) {
    timespec ts;
    if (!read_time(&ts, nr, at)) return {0, -EFAULT};
    if (!valid(ts)) return {0, -EINVAL};
    return {sys::after_ns(sys::now_ns(), saturated_ns(ts)), 0};
}

// Steps of CLOCK_REALTIME during the wait are not followed.
inline Deadline absolute_deadline(long nr, int clock, long at) {
    timespec ts;
    if (!read_time(&ts, nr, at)) return {0, -EFAULT};
    if (!valid(ts)) return {0, -EINVAL};
    u64 then = saturated_ns(ts), there = sys::clock_ns(clock);
    return {sys::after_ns(sys::now_ns(), then > there ? then - there : 0), 0};
}

// A poll(2) timeout in ms; negative: for ever.
inline u64 deadline_ms(long ms) { return ms < 0 ? never : sys::after_ns(sys::now_ns(), u64(ms) * ns_per_ms); }

}  // namespace coro

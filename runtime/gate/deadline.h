// Timeouts of the manual's calls as deadlines on CLOCK_MONOTONIC, in ns.
#pragma once
#include "sys/kernel.h"
#include "sys/program_memory.h"

namespace [[gnu::visibility("hidden")]] coro {

struct Deadline {
    u64 ns;
    long error;  // 0, -EINVAL or -EFAULT
};

inline bool valid(const timespec& ts) { return ts.tv_sec >= 0 && u64(ts.tv_nsec) < ns_per_s; }

inline u64 saturated_ns(const timespec& ts) {
    return u64(ts.tv_sec) >= never / ns_per_s ? never : sys::to_ns(ts);
}

// `at`: where in program memory the timespec is.
inline Deadline relative_deadline(long at) {
    timespec ts;
    if (!read_program(&ts, at)) return {0, -EFAULT};
    if (!valid(ts)) return {0, -EINVAL};
    return {sys::after_ns(sys::now_ns(), saturated_ns(ts)), 0};
}

// Steps of CLOCK_REALTIME during the wait are not followed.
inline Deadline absolute_deadline(int clock, long at) {
    timespec ts;
    if (!read_program(&ts, at)) return {0, -EFAULT};
    if (!valid(ts)) return {0, -EINVAL};
    u64 then = saturated_ns(ts), there = sys::clock_ns(clock);
    return {sys::after_ns(sys::now_ns(), then > there ? then - there : 0), 0};
}

// A poll(2) timeout in ms; negative: for ever.
inline u64 deadline_ms(long ms) { return ms < 0 ? never : sys::after_ns(sys::now_ns(), u64(ms) * ns_per_ms); }

}  // namespace coro

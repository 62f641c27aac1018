// The kernel as typed raw calls: what the runtime itself asks of Linux. Each returns the value or -errno; none touches errno,
// none is a cancellation point.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#include "arch/cpu.h"
#include "base/base.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102  // Linux 6.13
#endif
#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8
#endif

// musl's own, by way of the vDSO: no errno, no lock.
extern "C" int __clock_gettime(int clock, struct timespec* ts);

namespace coro::sys {

using arch::syscall;

// The plain names are older forms where there are others: with times of 32 bits.
#ifdef SYS_futex_time64
inline constexpr long nr_futex = SYS_futex_time64, nr_ppoll = SYS_ppoll_time64, nr_clock_nanosleep = SYS_clock_nanosleep_time64,
                      nr_clock_gettime = SYS_clock_gettime64, nr_rt_sigtimedwait = SYS_rt_sigtimedwait_time64;
#else
inline constexpr long nr_futex = SYS_futex, nr_ppoll = SYS_ppoll, nr_clock_nanosleep = SYS_clock_nanosleep, nr_clock_gettime = SYS_clock_gettime,
                      nr_rt_sigtimedwait = SYS_rt_sigtimedwait;
#endif
template <class T> long arg(T v) { return (long)v; }

// SO_RCVTIMEO and SO_SNDTIMEO with two longs. Where those are 32 bits, the plain names are newer options (Linux 5.1).
inline constexpr int receive_timeout_of_longs = 20, send_timeout_of_longs = 21;

inline u64 to_ns(const timespec& ts) { return u64(ts.tv_sec) * ns_per_s + u64(ts.tv_nsec); }
inline timespec to_timespec(u64 ns) { return {time_t(ns / ns_per_s), long(ns % ns_per_s)}; }

inline u64 clock_ns(int clock) {
    timespec ts{};
    __clock_gettime(clock, &ts);
    return to_ns(ts);
}
inline u64 now_ns() { return clock_ns(CLOCK_MONOTONIC); }
// now + duration, without wrapping past `never`.
inline u64 after_ns(u64 now, u64 duration) { return duration > never - now ? never : now + duration; }

// futex(2) on a word of the runtime itself. `timeout_ns` is relative; `never` waits for ever.
inline long futex_wait(const void* word, u32 value, u64 timeout_ns) {
    timespec ts = to_timespec(timeout_ns);
    return syscall(nr_futex, arg(word), 0 | 128, value, timeout_ns == never ? 0 : arg(&ts));
}
inline long futex_wake(const void* word, int count) { return syscall(nr_futex, arg(word), 1 | 128, count); }

inline long mmap(size_t bytes, int protection, int flags, int fd, i64 offset, void* at = nullptr) {
#ifdef SYS_mmap2
    return syscall(SYS_mmap2, arg(at), arg(bytes), protection, flags, fd, long(offset / 4096));
#else
    return syscall(SYS_mmap, arg(at), arg(bytes), protection, flags, fd, long(offset));
#endif
}
inline long mmap_anonymous(size_t bytes, int protection) { return mmap(bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0); }
inline bool is_error(long r) { return (unsigned long)r > -4096UL; }
inline long munmap(void* p, size_t n) { return syscall(SYS_munmap, arg(p), arg(n)); }
inline long mprotect(void* p, size_t n, int prot) { return syscall(SYS_mprotect, arg(p), arg(n), prot); }
inline long madvise(void* p, size_t n, int advice) { return syscall(SYS_madvise, arg(p), arg(n), advice); }

// membarrier(2): a full barrier on every running thread of the process, without them knowing.
inline void barrier_register() { syscall(SYS_membarrier, 16, 0, 0); }
inline void barrier_on_all_threads() { syscall(SYS_membarrier, 8, 0, 0); }

inline int gettid() { return int(syscall(SYS_gettid)); }
inline int getpid() { return int(syscall(SYS_getpid)); }
inline void yield() { syscall(SYS_sched_yield); }
inline void sleep_ns(u64 ns) {
    timespec ts = to_timespec(ns);
    syscall(nr_clock_nanosleep, CLOCK_MONOTONIC, 0, arg(&ts), 0);
}
inline long tgkill(int tid, int sig) { return syscall(SYS_tgkill, getpid(), tid, sig); }
inline long close(int fd) { return syscall(SYS_close, fd); }

// A call that does not wait. The kernel may give EINTR even so when a signal is on its way: that is no answer.
template <class... A> long call_now(long nr, A... a) {
    long r;
    do r = syscall(nr, a...);
    while (r == -EINTR);
    return r;
}
inline long poll_now(pollfd* fds, unsigned n) {
    timespec none{};
    return call_now(nr_ppoll, arg(fds), n, arg(&none), 0, 8);
}

inline long write(int fd, const void* p, size_t n) { return syscall(SYS_write, fd, arg(p), arg(n)); }

// The file's st_mode, or -errno.
inline long file_mode(int fd) {
#ifdef SYS_fstat64  // a struct of the kernel's own: statx(2) is the same everywhere
    struct statx st;
    long r = syscall(SYS_statx, fd, arg(""), AT_EMPTY_PATH, STATX_TYPE, arg(&st));
    return r ? r : st.stx_mode;
#else
    struct stat st;
    long r = syscall(SYS_fstat, fd, arg(&st));
    return r ? r : long(st.st_mode);
#endif
}

// The kernel's signal mask of this kernel thread. A mask is 64 bits: bit n-1 for signal n.
inline long sigmask(int how, const u64* set, u64* old) {
    return syscall(SYS_rt_sigprocmask, how, arg(set), arg(old), 8);
}
// As rt_sigaction(2) has it.
struct KernelSigaction {
    void* handler;
    unsigned long flags;
#ifdef SA_RESTORER  // elsewhere a handler returns to the vDSO
    void* restorer;
#endif
    u64 mask __attribute__((packed, aligned(4)));
    void return_to(void (*sigreturn)()) {
#ifdef SA_RESTORER
        flags |= SA_RESTORER;
        restorer = reinterpret_cast<void*>(sigreturn);
#else
        (void)sigreturn;
#endif
    }
};
inline long sigaction(int sig, const KernelSigaction* act, KernelSigaction* old) {
#ifdef SA_RESTORER
    return syscall(SYS_rt_sigaction, sig, arg(act), arg(old), 8);
#else
    // qemu-user 7.2 has a restorer before the mask on every architecture: it reads and writes a word more.
    struct Longer {
        KernelSigaction action;
        u64 mask_again;
    } given{}, was{};
    if (act) given = {*act, act->mask};
    long r = syscall(SYS_rt_sigaction, sig, act ? arg(&given) : 0, old ? arg(&was) : 0, 8);
    if (old) *old = was.action;
    return r;
#endif
}

// How often this kernel thread has slept.
inline long voluntary_switches() {
    long usage[18] = {};  // two times of two longs each, then longs
    syscall(SYS_getrusage, RUSAGE_THREAD, arg(usage));
    return usage[16];
}

// CPUs in the affinity mask.
inline unsigned usable_cpus() {
    unsigned long set[128] = {};
    long n = syscall(SYS_sched_getaffinity, 0, sizeof set, arg(set));
    unsigned count = 0;
    for (long i = 0; i < n / long(sizeof set[0]); i++) count += unsigned(__builtin_popcountl(set[i]));
    return count ? count : 1;
}

// The CPU time that kernel thread `tid` of this process has used; 0 if it is gone.
inline u64 thread_cpu_ns(int tid) {
    timespec ts{};
    syscall(nr_clock_gettime, long(int((~unsigned(tid) << 3) | 6)), arg(&ts));
    return to_ns(ts);
}

}  // namespace coro::sys

#include "signals/stack_overflow.h"

#include <sys/resource.h>

#include "arch/signal_frame.h"
#include "sched/scheduler.h"
#include "sys/print.h"

extern "C" unsigned long* __coro_musl_auxv_start();

namespace [[gnu::visibility("hidden")]] coro {
namespace {

constexpr size_t near = 64 << 10;  // a large frame may reach beyond a guard

// Where the stack of co begins, and how large it is. Main's grows to the limit that the process began with; its arguments are above.
struct Extent {
    uptr low;
    size_t bytes;
    bool known;
};
Extent extent_of(const Coroutine* co) {
    StackExtent s = stack_of(co);
    if (s.low != s.high) return {s.low, s.high - s.low, true};
    rlimit limit{};
    uptr high = uptr(__coro_musl_auxv_start());
    if (co != main_coroutine || sys::syscall(SYS_prlimit64, 0, RLIMIT_STACK, 0, sys::arg(&limit)) != 0) return {};
    return {high - uptr(limit.rlim_cur), size_t(limit.rlim_cur), limit.rlim_cur < high};
}

// The stack pointer has reached the end, and what faulted lies beyond it (the kernel names no address when a signal's frame has no room).
bool overflowed(const Extent& e, bool grows, const siginfo_t* info, uptr sp) {
    size_t blur = grows ? 2 * near : 0;  // arguments and environment belong to it
    uptr fault = uptr(info->si_addr);
    bool beyond = info->si_code == SI_KERNEL || (fault < e.low + blur && fault >= e.low - (grows ? 1 << 20 : near));
    return beyond && sp < e.low + blur + page_bytes;
}

}  // namespace

void report_stack_overflow(const Coroutine* co, int sig, const siginfo_t* info, const ucontext_t* uc) {
    if (sig != SIGSEGV || info->si_code <= 0) return;
    Extent e = extent_of(co);
    bool is_main = co == main_coroutine;
    if (!e.known || !overflowed(e, is_main, info, arch::frame_sp(uc))) return;
    char name[ThreadName::bytes];
    co->name.get(name);
    Printer out(2);
    out.text("coro-musl: stack overflow in ").text(is_main ? "the main thread " : "thread ").number(co->tid).text(" (").text(name).text("): its stack has ");
    out.number(long(e.bytes >> 10)).text(" KiB; ");
    out.text(is_main ? "ulimit -s makes it larger\n" : "pthread_attr_setstacksize makes it larger, or for all threads the linker's -z stack-size=BYTES\n");
}

}  // namespace coro

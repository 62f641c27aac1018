// x86-64: see arch/cpu.h.
#pragma once

extern "C" unsigned char __coro_arch_fsgsbase;  // user space may write the FS base (AT_HWCAP2)
extern "C" bool __coro_arch_syscall_sets_rcx;   // without FRED: see arch_signal.h

namespace coro::arch {

#define CORO_ARCH_SAVED_REGISTERS "r15 r14 r13 r12 rbx rbp rip rsp"

// What __coro_arch_switch saves beside the stack: it reads these by offset.
struct Context {
    void* sp;    // 0
    uptr tp;     // 8: thread pointer
    u32 mxcsr;   // 16: control bits are callee-saved in the psABI, status bits come along
    u16 fcw;     // 20: x87 control word, callee-saved too
};

[[gnu::always_inline]] inline uptr thread_pointer() {
    uptr tp;
    asm volatile("mov %%fs:0, %0" : "=r"(tp));
    return tp;
}
[[gnu::always_inline]] inline Coroutine* self() {
    Coroutine* co;
    asm volatile("mov %%fs:%c1, %0" : "=r"(co) : "i"(offsetof(Tcb, coro)));
    return co;
}
[[gnu::always_inline]] inline bool raw() {
    int r;
    asm volatile("mov %%fs:%c1, %0" : "=r"(r) : "i"(offsetof(Tcb, coro_raw)));
    return r != 0;
}

inline void save_fp_control(Context& c) {
    asm volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(c.mxcsr), "=m"(c.fcw));
}

inline void cpu_relax() { asm volatile("pause"); }

[[gnu::always_inline]] inline long syscall(long n, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0,
                                           long f = 0) {
    long r;
    register long r10 asm("r10") = d;
    register long r8 asm("r8") = e;
    register long r9 asm("r9") = f;
    asm volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
    return r;
}

inline constexpr int pread_offset = 3;

// The frame that __coro_arch_switch pops.
inline void prepare_entry(Context& c, void* stack_top) {
    auto* sp = reinterpret_cast<uptr*>(reinterpret_cast<uptr>(stack_top) & ~uptr{15});
    *--sp = 0;  // an end for unwinders
    *--sp = reinterpret_cast<uptr>(&__coro_arch_entry);
    for (int i = 0; i < 6; i++) *--sp = 0;  // rbp rbx r12 r13 r14 r15
    c.sp = sp;
}
inline uptr saved_pc(const Context& c) { return static_cast<uptr*>(c.sp)[6]; }
inline uptr saved_fp(const Context& c) { return static_cast<uptr*>(c.sp)[5]; }
inline uptr* frame_record(uptr fp) { return reinterpret_cast<uptr*>(fp); }

inline constexpr unsigned long hwcap2_fsgsbase = 2;
inline void start(unsigned long hwcap2) {
    __coro_arch_fsgsbase = hwcap2 & hwcap2_fsgsbase ? 1 : 0;
    long getpid = 39;
    uptr rcx = 0, after;
    asm volatile("lea 1f(%%rip), %1\n\tsyscall\n1:" : "+c"(rcx), "=&r"(after), "+a"(getpid) : : "r11", "memory");
    __coro_arch_syscall_sets_rcx = rcx == after;
}
}  // namespace coro::arch

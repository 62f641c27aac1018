// AArch64: see arch/cpu.h.
#pragma once

namespace coro::arch {

#define CORO_ARCH_SAVED_REGISTERS "x29 pc x19 x20 x21 x22 x23 x24 x25 x26 x27 x28 - - - - - - - - sp"

// What __coro_arch_switch saves beside the stack: it reads these by offset.
struct Context {
    void* sp;   // 0
    uptr tp;    // 8: TPIDR_EL0
    u64 fpcr;   // 16: rounding mode and its like
    u64 fpsr;   // 24: exception flags
    u64 x18;    // 32: the platform's register; a shadow call stack's pointer, where a program has one
};

[[gnu::always_inline]] inline uptr thread_pointer() {
    uptr tp;
    asm volatile("mrs %0, tpidr_el0" : "=r"(tp));
    return tp;
}
[[gnu::always_inline]] inline Coroutine* self() { return static_cast<Coroutine*>(tcb(thread_pointer())->coro); }
[[gnu::always_inline]] inline bool raw() { return tcb(thread_pointer())->coro_raw; }

inline void save_fp_control(Context& c) { asm volatile("mrs %0, fpcr\n\tmrs %1, fpsr" : "=r"(c.fpcr), "=r"(c.fpsr)); }

inline void cpu_relax() { asm volatile("yield" ::: "memory"); }

[[gnu::always_inline]] inline long syscall(long n, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
    register long x8 asm("x8") = n;
    register long x0 asm("x0") = a;
    register long x1 asm("x1") = b;
    register long x2 asm("x2") = c;
    register long x3 asm("x3") = d;
    register long x4 asm("x4") = e;
    register long x5 asm("x5") = f;
    asm volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
    return x0;
}

inline constexpr int pread_offset = 3;

// The frame that __coro_arch_switch pops: x29 x30, x19 .. x28, d8 .. d15.
inline void prepare_entry(Context& c, void* stack_top) {
    auto* sp = reinterpret_cast<uptr*>(reinterpret_cast<uptr>(stack_top) & ~uptr{15}) - 20;
    for (int i = 0; i < 20; i++) sp[i] = 0;
    sp[1] = reinterpret_cast<uptr>(&__coro_arch_entry);
    c.sp = sp;
    asm volatile("mov %0, x18" : "=r"(c.x18));
}
inline uptr saved_pc(const Context& c) { return static_cast<uptr*>(c.sp)[1]; }
inline uptr saved_fp(const Context& c) { return static_cast<uptr*>(c.sp)[0]; }
inline uptr* frame_record(uptr fp) { return reinterpret_cast<uptr*>(fp); }

inline void start(unsigned long) {}

}  // namespace coro::arch

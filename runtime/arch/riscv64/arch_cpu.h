// RISC-V, 64 bits, with F and D: see arch/cpu.h.
#pragma once

namespace coro::arch {

#define CORO_ARCH_SAVED_REGISTERS "pc fp s1 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 - - - - - - - - - - - - - sp"

// What __coro_arch_switch saves beside the stack: it reads these by offset.
struct Context {
    void* sp;   // 0
    uptr tp;    // 8
    u64 fcsr;   // 16: rounding mode and exception flags
};

[[gnu::always_inline]] inline uptr thread_pointer() {
    uptr tp;
    asm volatile("mv %0, tp" : "=r"(tp));
    return tp;
}
[[gnu::always_inline]] inline Coroutine* self() { return static_cast<Coroutine*>(tcb(thread_pointer())->coro); }
[[gnu::always_inline]] inline bool raw() { return tcb(thread_pointer())->coro_raw; }

inline void save_fp_control(Context& c) { asm volatile("frcsr %0" : "=r"(c.fcsr)); }

inline void cpu_relax() { asm volatile(".insn 0x0100000f" ::: "memory"); }  // pause, a hint; older CPUs take it for a fence of nothing

[[gnu::always_inline]] inline long syscall(long n, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
    register long a7 asm("a7") = n;
    register long a0 asm("a0") = a;
    register long a1 asm("a1") = b;
    register long a2 asm("a2") = c;
    register long a3 asm("a3") = d;
    register long a4 asm("a4") = e;
    register long a5 asm("a5") = f;
    asm volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
    return a0;
}

inline constexpr int pread_offset = 3;

// The frame that __coro_arch_switch pops: ra, s0 .. s11, fs0 .. fs11.
inline void prepare_entry(Context& c, void* stack_top) {
    auto* sp = reinterpret_cast<uptr*>(reinterpret_cast<uptr>(stack_top) & ~uptr{15}) - 26;
    for (int i = 0; i < 26; i++) sp[i] = 0;
    sp[0] = reinterpret_cast<uptr>(&__coro_arch_entry);
    c.sp = sp;
}
inline uptr saved_pc(const Context& c) { return static_cast<uptr*>(c.sp)[0]; }
inline uptr saved_fp(const Context& c) { return static_cast<uptr*>(c.sp)[1]; }
inline uptr* frame_record(uptr fp) { return reinterpret_cast<uptr*>(fp - 16); }

inline void start(unsigned long) {}

}  // namespace coro::arch

// ARMv7, hard float: see arch/cpu.h. User space reads its thread pointer in TPIDRURO, and asks the kernel to write it: a switch is a system call.
#pragma once

namespace coro::arch {

#define CORO_ARCH_SAVED_REGISTERS "- - - - - - - - - - - - - - - - r4 r5 r6 r7 r8 r9 r10 r11 - pc sp"

// What __coro_arch_switch saves beside the stack: it reads these by offset.
struct Context {
    void* sp;    // 0
    uptr tp;     // 4: TPIDRURO
    u32 fpscr;   // 8: rounding mode and exception flags
};

[[gnu::always_inline]] inline uptr thread_pointer() {
    uptr tp;
    asm volatile("mrc p15, 0, %0, c13, c0, 3" : "=r"(tp));
    return tp;
}
[[gnu::always_inline]] inline Coroutine* self() { return static_cast<Coroutine*>(tcb(thread_pointer())->coro); }
[[gnu::always_inline]] inline bool raw() { return tcb(thread_pointer())->coro_raw; }

inline void save_fp_control(Context& c) { asm volatile("vmrs %0, fpscr" : "=r"(c.fpscr)); }

inline void cpu_relax() { asm volatile("yield" ::: "memory"); }

[[gnu::always_inline]] inline long syscall(long n, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
    register long r7 asm("r7") = n;
    register long r0 asm("r0") = a;
    register long r1 asm("r1") = b;
    register long r2 asm("r2") = c;
    register long r3 asm("r3") = d;
    register long r4 asm("r4") = e;
    register long r5 asm("r5") = f;
    asm volatile("svc 0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5) : "memory", "cc");
    return r0;
}

inline constexpr int pread_offset = 4;  // two words begin with an even register

// The frame that __coro_arch_switch pops: d8 .. d15, r4 .. r11, r12, pc.
inline void prepare_entry(Context& c, void* stack_top) {
    auto* sp = reinterpret_cast<uptr*>(reinterpret_cast<uptr>(stack_top) & ~uptr{15}) - 26;
    for (int i = 0; i < 25; i++) sp[i] = 0;
    sp[25] = reinterpret_cast<uptr>(&__coro_arch_entry);
    c.sp = sp;
}
inline uptr saved_pc(const Context& c) { return static_cast<uptr*>(c.sp)[25]; }
inline uptr saved_fp(const Context& c) { return static_cast<uptr*>(c.sp)[23]; }
inline uptr* frame_record(uptr fp) { return reinterpret_cast<uptr*>(fp); }

inline void start(unsigned long) {}

}  // namespace coro::arch

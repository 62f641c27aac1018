// i386: see arch/cpu.h.
//
// The thread pointer is the base of a segment in the kernel thread's own table: a switch is a system call (set_thread_area(2)). musl gives every
// thread the same entry of it, so a selector, which is all that a signal frame has of %gs, means the coroutine's own on any kernel thread.
#pragma once

extern "C" [[gnu::visibility("hidden")]] coro::uptr __coro_arch_vdso_call[2];  // where Tcb::sysinfo points, and the last instruction there before the call has begun

namespace coro::arch {

#define CORO_ARCH_SAVED_REGISTERS "edi esi ebx ebp eip esp"

// What __coro_arch_switch saves beside the stack: it reads these by offset.
struct Context {
    void* sp;    // 0
    uptr tp;     // 4: thread pointer
    u32 mxcsr;   // 8: control bits are callee-saved in the psABI, status bits come along
    u16 fcw;     // 12: x87 control word, callee-saved too
};

[[gnu::always_inline]] inline uptr thread_pointer() {
    uptr tp;
    asm volatile("mov %%gs:0, %0" : "=r"(tp));
    return tp;
}
[[gnu::always_inline]] inline Coroutine* self() {
    Coroutine* co;
    asm volatile("mov %%gs:%c1, %0" : "=r"(co) : "i"(offsetof(Tcb, coro)));
    return co;
}
[[gnu::always_inline]] inline bool raw() {
    int r;
    asm volatile("mov %%gs:%c1, %0" : "=r"(r) : "i"(offsetof(Tcb, coro_raw)));
    return r != 0;
}

inline void save_fp_control(Context& c) {
    asm volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(c.mxcsr), "=m"(c.fcw));
}

inline void cpu_relax() { asm volatile("pause"); }

[[gnu::always_inline]] inline long syscall(long n, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
    long r;  // by way of the vdso (Tcb::sysinfo): int 0x80 can take twenty times as long. The sixth argument goes in the frame pointer.
    asm volatile("pushl %[f]\n\tpushl %%ebp\n\tmovl 4(%%esp), %%ebp\n\tcall *%%gs:16\n\tpopl %%ebp\n\taddl $4, %%esp"
                 : "=a"(r) : "a"(n), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e), [f] "g"(f) : "memory", "cc");
    return r;
}

inline constexpr int pread_offset = 3;

// The frame that __coro_arch_switch pops.
inline void prepare_entry(Context& c, void* stack_top) {
    auto* sp = reinterpret_cast<uptr*>(reinterpret_cast<uptr>(stack_top) & ~uptr{15});
    *--sp = 0;  // an end for unwinders
    *--sp = reinterpret_cast<uptr>(&__coro_arch_entry);
    for (int i = 0; i < 4; i++) *--sp = 0;  // ebp ebx esi edi
    c.sp = sp;
}
inline uptr saved_pc(const Context& c) { return static_cast<uptr*>(c.sp)[4]; }
inline uptr saved_fp(const Context& c) { return static_cast<uptr*>(c.sp)[3]; }
inline uptr* frame_record(uptr fp) { return reinterpret_cast<uptr*>(fp); }

// In the vdso a call begins by a faster instruction; restarted it begins by int 0x80, which stands behind that.
inline void start(unsigned long) {
    auto* at = reinterpret_cast<const u8*>(tcb(thread_pointer())->sysinfo);
    __coro_arch_vdso_call[0] = uptr(at);
    while (at[0] != 0xcd || at[1] != 0x80) at++;
    __coro_arch_vdso_call[1] = uptr(at);
}

}  // namespace coro::arch

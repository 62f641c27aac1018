// x86-64: the system call instruction, the thread control block, the saved context.
#pragma once
#include "base/base.h"

namespace [[gnu::visibility("hidden")]] coro {
struct Coroutine;
}

namespace coro::arch {

// Offsets in musl's struct pthread, which starts at the thread pointer; abi/musl_layout.c asserts them.
inline constexpr long tcb_bytes = 216, tcb_coro = 200, tcb_raw = 208, tcb_canary = 40, tcb_cancel = 60, tcb_canceldisable = 64,
                      tcb_cancelasync = 65, tcb_tid = 48, tcb_stack_bytes = 96;

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
    asm volatile("mov %%fs:%c1, %0" : "=r"(co) : "i"(tcb_coro));
    return co;
}
[[gnu::always_inline]] inline bool raw() {
    int r;
    asm volatile("mov %%fs:%c1, %0" : "=r"(r) : "i"(tcb_raw));
    return r != 0;
}
// The calling thread's kernel-visible TCB field accessors, given a thread pointer.
template <class T> [[gnu::always_inline]] inline volatile T& tcb_field(uptr tp, long offset) {
    return *reinterpret_cast<volatile T*>(tp + offset);
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

inline constexpr unsigned long sa_restorer = 0x04000000;
inline constexpr int pread_offset = 3;  // which argument of pread64 the offset is

}  // namespace coro::arch

extern "C" {
// Saves the running context in `from` and resumes `to`. Returns when somebody switches back to `from`.
void __coro_arch_switch(coro::arch::Context* from, coro::arch::Context* to);
// First code of a new coroutine: calls __coro_main on the stack it is resumed on.
void __coro_arch_entry();
long __coro_arch_call(const volatile int* cancel, long nr, const long* args);
extern const char __coro_arch_call_insn[], __coro_arch_call_abort[];
void __coro_arch_on_stack(void (*fn)(int, void*, void*), int a, void* b, void* c, void* stack_top);
void __coro_arch_sigreturn();
[[noreturn]] void __coro_arch_enter_frame(void (*fn)(int, void*, void*), int sig, void* info, void* uc, void* frame);
extern unsigned char __coro_arch_fsgsbase;  // user space may write the FS base (AT_HWCAP2)
}

namespace coro::arch {
// Makes `c` resume at __coro_arch_entry with `stack_top` as its stack: the frame that __coro_arch_switch pops.
inline void prepare_entry(Context& c, void* stack_top) {
    auto* sp = reinterpret_cast<uptr*>(reinterpret_cast<uptr>(stack_top) & ~uptr{15});
    *--sp = 0;  // an end for unwinders
    *--sp = reinterpret_cast<uptr>(&__coro_arch_entry);
    for (int i = 0; i < 6; i++) *--sp = 0;  // rbp rbx r12 r13 r14 r15
    c.sp = sp;
}
// Where a context that is not running goes on, and its frame pointer.
inline uptr saved_pc(const Context& c) { return static_cast<uptr*>(c.sp)[6]; }
inline uptr saved_fp(const Context& c) { return static_cast<uptr*>(c.sp)[5]; }

// Makes a control block in `room` (tcb_bytes, zeroed) for a thread of the process that `tp` is one of, and returns its thread pointer.
inline uptr make_control_block(char* room, uptr tp) {
    uptr made = reinterpret_cast<uptr>(room);
    tcb_field<uptr>(made, 0) = made;
    tcb_field<uptr>(made, tcb_canary) = tcb_field<uptr>(tp, tcb_canary);
    return made;
}

// At the start of the runtime: what the kernel says of the CPU (AT_HWCAP2).
inline void start(unsigned long hwcap2) {
    constexpr unsigned long fsgsbase = 2;
    __coro_arch_fsgsbase = hwcap2 & fsgsbase ? 1 : 0;
}
}  // namespace coro::arch

// i386: the system call instruction, the thread control block, the saved context.
//
// The thread pointer is the base of a segment in the kernel thread's own table: a switch is a system call (set_thread_area(2)). musl gives every
// thread the same entry of it, so a selector, which is all that a signal frame or a context has of %gs, means the coroutine's own on any kernel thread.
#pragma once
#include "base/base.h"

namespace [[gnu::visibility("hidden")]] coro {
struct Coroutine;
}

extern "C" long __coro_arch_syscall(long n, long a, long b, long c, long d, long e, long f);

namespace coro::arch {

// Offsets in musl's struct pthread, which starts at the thread pointer; abi/musl_layout.c asserts them.
inline constexpr long tcb_bytes = 120, tcb_coro = 112, tcb_raw = 116, tcb_canary = 20, tcb_cancel = 36, tcb_canceldisable = 40,
                      tcb_cancelasync = 41, tcb_tid = 24, tcb_stack_bytes = 56, tcb_sysinfo = 16;

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
    asm volatile("mov %%gs:%c1, %0" : "=r"(co) : "i"(tcb_coro));
    return co;
}
[[gnu::always_inline]] inline bool raw() {
    int r;
    asm volatile("mov %%gs:%c1, %0" : "=r"(r) : "i"(tcb_raw));
    return r != 0;
}
template <class T> [[gnu::always_inline]] inline volatile T& tcb_field(uptr tp, long offset) {
    return *reinterpret_cast<volatile T*>(tp + offset);
}

inline void save_fp_control(Context& c) {
    asm volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(c.mxcsr), "=m"(c.fcw));
}

inline void cpu_relax() { asm volatile("pause"); }

[[gnu::always_inline]] inline long syscall(long n, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
    return __coro_arch_syscall(n, a, b, c, d, e, f);
}

inline constexpr unsigned long sa_restorer = 0x04000000;
inline constexpr int pread_offset = 3;  // which argument of pread64 the offset begins with

}  // namespace coro::arch

extern "C" {
// Saves the running context in `from` and resumes `to`. Returns when somebody switches back to `from`.
void __coro_arch_switch(coro::arch::Context* from, coro::arch::Context* to);
// First code of a new coroutine: calls __coro_main on the stack it is resumed on.
void __coro_arch_entry();
long __coro_arch_call(const volatile int* cancel, long nr, const long* args);
extern const char __coro_arch_call_begin[], __coro_arch_call_insn[], __coro_arch_call_abort[];
void __coro_arch_on_stack(void (*fn)(int, void*, void*), int a, void* b, void* c, void* stack_top);
void __coro_arch_sigreturn();
[[noreturn]] void __coro_arch_enter_frame(void (*fn)(int, void*, void*), int sig, void* info, void* uc, void* frame);
}

namespace coro::arch {
// Makes `c` resume at __coro_arch_entry with `stack_top` as its stack: the frame that __coro_arch_switch pops.
inline void prepare_entry(Context& c, void* stack_top) {
    auto* sp = reinterpret_cast<uptr*>(reinterpret_cast<uptr>(stack_top) & ~uptr{15});
    *--sp = 0;  // an end for unwinders
    *--sp = reinterpret_cast<uptr>(&__coro_arch_entry);
    for (int i = 0; i < 4; i++) *--sp = 0;  // ebp ebx esi edi
    c.sp = sp;
}
// Where a context that is not running goes on, and its frame pointer.
inline uptr saved_pc(const Context& c) { return static_cast<uptr*>(c.sp)[4]; }
inline uptr saved_fp(const Context& c) { return static_cast<uptr*>(c.sp)[3]; }

// Makes a control block in `room` (tcb_bytes, zeroed) for a thread of the process that `tp` is one of, and returns its thread pointer.
inline uptr make_control_block(char* room, uptr tp) {
    uptr made = reinterpret_cast<uptr>(room);
    tcb_field<uptr>(made, 0) = made;
    tcb_field<uptr>(made, tcb_canary) = tcb_field<uptr>(tp, tcb_canary);
    tcb_field<uptr>(made, tcb_sysinfo) = tcb_field<uptr>(tp, tcb_sysinfo);  // musl's system calls go by way of it
    return made;
}

// At the start of the runtime: what the kernel says of the CPU (AT_HWCAP2).
inline void start(unsigned long) {}
}  // namespace coro::arch

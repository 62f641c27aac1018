// What the runtime asks of an architecture: here what is common, in <arch>/arch_cpu.h and <arch>/switch.S what differs (docs/porting.md).
//
// <arch>/arch_cpu.h defines, in coro::arch:
//     struct Context               what __coro_arch_switch saves beside the stack; has `void* sp` and `uptr tp`, the rest is its own
//     CORO_ARCH_SAVED_REGISTERS    the frame at Context::sp, word by word, in gdb's names ("-": of no interest); last the stack pointer, which was above it
//     thread_pointer()             as the CPU has it now, read anew each time
//     self(), raw()                `coro` and `coro_raw` of the running thread's control block, with as few instructions as there are
//     save_fp_control(Context&)    the floating-point control that a new thread has from its creator
//     prepare_entry(Context&, top) makes it resume at __coro_arch_entry, with the stack that ends at `top`
//     saved_pc, saved_fp(Context)  where one that is not running goes on, and its frame pointer; for dumps
//     frame_record(fp)             where a frame has its caller's frame pointer, and behind that the return address
//     syscall(n, a .. f)           the kernel's result, errno negated
//     cpu_relax()                  in a loop that waits for another CPU
//     pread_offset                 which argument of pread64(2) the offset is
//     start(hwcap2)                at the start of the runtime: what the kernel says of the CPU (AT_HWCAP2)
#pragma once
#include "arch/tcb.h"
#include "base/base.h"

namespace [[gnu::visibility("hidden")]] coro {
struct Coroutine;
}

namespace coro::arch {
struct Context;

using Tcb = coro_tcb;
[[gnu::always_inline]] inline volatile Tcb* tcb(uptr tp) {
    return reinterpret_cast<volatile Tcb*>(CORO_TCB_AT_TP ? tp : tp - sizeof(Tcb));
}
[[gnu::always_inline]] inline void set_coroutine(uptr tp, Coroutine* co) { tcb(tp)->coro = co; }

// Makes a control block in `room` (zeroed) for a thread of the process that `tp` is one of, and returns its thread pointer.
inline uptr make_control_block(Tcb* room, uptr tp) {
    room->self = room;
    room->canary = tcb(tp)->canary;
    room->sysinfo = tcb(tp)->sysinfo;
    return reinterpret_cast<uptr>(room) + (CORO_TCB_AT_TP ? 0 : sizeof(Tcb));
}
}  // namespace coro::arch

// <arch>/vfork.S: vfork(2) of a program that has the runtime; musl's vfork.s jumps there. The child runs on the stack and the thread pointer of its parent, which waits
// in the kernel: the gate is told before and after (gate/process.cpp).

// <arch>/switch.S.
#pragma GCC visibility push(hidden)
extern "C" {
// Saves the running context in `from` and resumes `to`: what the ABI makes callee-saved, and the thread pointer. Returns when somebody switches back to `from`.
// A signal may arrive at any instruction: nothing of value lies below the stack pointer, and each of the two thread pointers is that of its own coroutine.
void __coro_arch_switch(coro::arch::Context* from, coro::arch::Context* to);
// First code of a new coroutine: calls __coro_main on the stack it is resumed on. Unwinders stop here.
void __coro_arch_entry();
// A system call that may block. Not begun when *cancel is set: -EINTR. A handler that finds the PC from __coro_arch_call_begin to __coro_arch_call_insn,
// the instruction included, may move it to __coro_arch_call_abort, which gives -EINTR: the call has not taken effect (or the kernel is about to restart it).
long __coro_arch_call(const volatile int* cancel, long nr, const long* args);
extern const char __coro_arch_call_begin[], __coro_arch_call_insn[], __coro_arch_call_abort[];
// fn(a, b, c) on another stack, and back.
void __coro_arch_on_stack(void (*fn)(int, void*, void*), int a, void* b, void* c, void* stack_top);
// As if the kernel had begun the handler fn on the signal frame `frame`: it returns to what the frame says.
[[noreturn]] void __coro_arch_enter_frame(void (*fn)(int, void*, void*), int sig, void* info, void* uc, void* frame);
// What a signal handler returns to: rt_sigreturn(2).
void __coro_arch_sigreturn();
// Program memory (sys/program_memory.h): 0 or -EFAULT. A fault from _access to _access_end goes on at _access_fault; they keep their hands off the stack.
long __coro_arch_copy(void* to, const void* from, size_t bytes);
long __coro_arch_load(const void* from, coro::u32* to);
// Also 1: `*expected` was not what is there; now it is.
long __coro_arch_cas(void* at, coro::u32* expected, coro::u32 value);
extern const char __coro_arch_access[], __coro_arch_access_end[], __coro_arch_access_fault[];
}
#pragma GCC visibility pop

#include "arch_cpu.h"

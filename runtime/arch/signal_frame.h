// What the runtime reads and changes in a signal frame: here what is common, in <arch>/arch_signal.h what differs.
//
// <arch>/arch_signal.h defines, in coro::arch:
//     frame_pc, set_frame_pc, frame_sp(uc)   registers of the interrupted code
//     red_zone_bytes                         below its stack pointer, still in use
//     copy_frame(info, uc, top)              a copy of the whole frame below `top`, from which rt_sigreturn(2) works. Faults if there is no memory
#pragma once
#include <ucontext.h>

#include "arch/cpu.h"

namespace coro::arch {
struct Frame {
    char* start;  // the stack pointer as the handler begins
    siginfo_t* info;
    ucontext_t* uc;
};
// Whether a system call has: when a signal comes on its instruction, the kernel may be about to do it again, or for the first time.
enum class Begun { no, yes, maybe };
}  // namespace coro::arch

#include "arch_signal.h"

namespace coro::arch {

#ifndef CORO_CALL_BY_VDSO  // else they are in arch_signal.h
// The interrupted code is in __coro_arch_call, where it can be aborted, and its system call has not taken effect.
inline bool frame_before_call(const ucontext_t* uc) {
    uptr pc = frame_pc(uc);
    return pc >= uptr(&__coro_arch_call_begin) && pc <= uptr(&__coro_arch_call_insn);
}
#ifndef CORO_CALL_SEEN_TO_BEGIN
inline Begun call_has_begun(const ucontext_t*) { return Begun::maybe; }
#endif
// ... and its next instruction is the system call again.
inline Begun frame_restarts_call(const ucontext_t* uc) { return frame_pc(uc) == uptr(&__coro_arch_call_insn) ? call_has_begun(uc) : Begun::no; }
inline void abort_call(ucontext_t* uc) { set_frame_pc(uc, uptr(&__coro_arch_call_abort)); }
#endif

// The interrupted code reads or writes program memory.
inline bool frame_in_access(const ucontext_t* uc) {
    uptr pc = frame_pc(uc);
    return pc >= uptr(__coro_arch_access) && pc < uptr(__coro_arch_access_end);
}
inline void fail_access(ucontext_t* uc) { set_frame_pc(uc, uptr(__coro_arch_access_fault)); }

// sigreturn(2) gives the kernel thread the alternate stack that the frame names, and the frame may return on another kernel thread than it was
// made on. An invalid one is ignored.
inline void forget_alternate_stack(ucontext_t* uc) { uc->uc_stack.ss_flags = 4; }

}  // namespace coro::arch

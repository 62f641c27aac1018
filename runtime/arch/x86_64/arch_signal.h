// x86-64: what the runtime reads and changes in a signal frame.
#pragma once
#include <ucontext.h>

#include "arch_cpu.h"

namespace coro::arch {

inline uptr frame_pc(const ucontext_t* uc) { return uptr(uc->uc_mcontext.gregs[REG_RIP]); }
inline uptr frame_sp(const ucontext_t* uc) { return uptr(uc->uc_mcontext.gregs[REG_RSP]); }
inline void set_frame_pc(ucontext_t* uc, uptr pc) { uc->uc_mcontext.gregs[REG_RIP] = greg_t(pc); }

// The interrupted code is in __coro_arch_call and its system call has not taken effect.
inline bool frame_before_call(const ucontext_t* uc) {
    uptr pc = frame_pc(uc);
    return pc >= uptr(&__coro_arch_call) && pc <= uptr(&__coro_arch_call_insn);
}
// ... and its next instruction is the system call, for the first time or again.
inline bool frame_at_call(const ucontext_t* uc) { return frame_pc(uc) == uptr(&__coro_arch_call_insn); }
extern "C" const char __coro_arch_access[], __coro_arch_access_end[], __coro_arch_access_fault[];
// The interrupted code reads or writes program memory (sys/program_memory.h).
inline bool frame_in_access(const ucontext_t* uc) {
    uptr pc = frame_pc(uc);
    return pc >= uptr(__coro_arch_access) && pc < uptr(__coro_arch_access_end);
}
inline void fail_access(ucontext_t* uc) { set_frame_pc(uc, uptr(__coro_arch_access_fault)); }

// sigreturn(2) gives the kernel thread the alternate stack that the frame names, and the frame may return on another kernel thread than it was
// made on. An invalid one is ignored.
inline void forget_alternate_stack(ucontext_t* uc) { uc->uc_stack.ss_flags = 4; }

inline constexpr size_t red_zone_bytes = 128;

// A signal frame as the kernel builds it: return address, ucontext, siginfo; above it the extended state, 64-byte aligned, which the ucontext points at.
struct Frame {
    char* start;
    siginfo_t* info;
    ucontext_t* uc;
};
// A copy of the frame of `info` and `uc` below `top`. Faults if there is no memory.
inline Frame copy_frame(siginfo_t* info, ucontext_t* uc, uptr top) {
    auto* fp = reinterpret_cast<char*>(uc->uc_mcontext.fpregs);
    constexpr u32 magic = 0x46505853;  // FP_XSTATE_MAGIC1, in the software-reserved bytes of the FXSAVE image; then the size of it all
    size_t fp_bytes = fp ? 512 : 0;
    if (fp && *reinterpret_cast<u32*>(fp + 464) == magic) fp_bytes = *reinterpret_cast<u32*>(fp + 468);
    char* from = reinterpret_cast<char*>(uc) - sizeof(void*);
    size_t bytes = size_t(reinterpret_cast<char*>(info + 1) - from);
    char* to_fp = reinterpret_cast<char*>((top - fp_bytes) & ~uptr{63});
    char* to = reinterpret_cast<char*>(((uptr(to_fp) - bytes) & ~uptr{15}) - sizeof(void*));
    __builtin_memcpy(to_fp, fp, fp_bytes);
    __builtin_memcpy(to, from, bytes);
    auto* to_uc = reinterpret_cast<ucontext_t*>(to + sizeof(void*));
    if (fp) to_uc->uc_mcontext.fpregs = reinterpret_cast<fpregset_t>(to_fp);
    return {to, reinterpret_cast<siginfo_t*>(to + (reinterpret_cast<char*>(info) - from)), to_uc};
}

inline void abort_call(ucontext_t* uc) { set_frame_pc(uc, uptr(&__coro_arch_call_abort)); }

}  // namespace coro::arch

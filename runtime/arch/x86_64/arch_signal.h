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
inline void abort_call(ucontext_t* uc) { set_frame_pc(uc, uptr(&__coro_arch_call_abort)); }

}  // namespace coro::arch

// ARMv7: see arch/signal_frame.h.
#pragma once

namespace coro::arch {

inline uptr frame_pc(const ucontext_t* uc) { return uc->uc_mcontext.arm_pc; }
inline uptr frame_sp(const ucontext_t* uc) { return uc->uc_mcontext.arm_sp; }
inline void set_frame_pc(ucontext_t* uc, uptr pc) { uc->uc_mcontext.arm_pc = pc; }

inline constexpr size_t red_zone_bytes = 0;

// A signal frame as the kernel builds it: siginfo, ucontext with the registers of the floating-point unit, four words of code.
inline Frame copy_frame(siginfo_t* info, ucontext_t* uc, uptr top) {
    auto* from = reinterpret_cast<char*>(info);
    size_t bytes = size_t(reinterpret_cast<char*>(uc + 1) + 4 * sizeof(long) - from);
    auto* to = reinterpret_cast<char*>((top - bytes) & ~uptr{7});
    __builtin_memcpy(to, from, bytes);
    return {to, reinterpret_cast<siginfo_t*>(to), reinterpret_cast<ucontext_t*>(to + (reinterpret_cast<char*>(uc) - from))};
}

}  // namespace coro::arch

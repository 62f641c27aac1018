// x86-64: see arch/signal_frame.h.
#pragma once

extern "C" [[gnu::visibility("hidden")]] const char __coro_arch_call_return[];

namespace coro::arch {

inline uptr frame_pc(const ucontext_t* uc) { return uptr(uc->uc_mcontext.gregs[REG_RIP]); }
inline uptr frame_sp(const ucontext_t* uc) { return uptr(uc->uc_mcontext.gregs[REG_RSP]); }
inline void set_frame_pc(ucontext_t* uc, uptr pc) { uc->uc_mcontext.gregs[REG_RIP] = greg_t(pc); }

inline constexpr size_t red_zone_bytes = 128;

// SYSCALL leaves the address after it in RCX; with FRED (Linux 6.9 on new processors) it does not, and nothing tells.
#define CORO_CALL_SEEN_TO_BEGIN
inline Begun call_has_begun(const ucontext_t* uc) {
    if (!__coro_arch_syscall_sets_rcx) return Begun::maybe;
    return uc->uc_mcontext.gregs[REG_RCX] == greg_t(uptr(__coro_arch_call_return)) ? Begun::yes : Begun::no;
}

// A signal frame as the kernel builds it: return address, ucontext, siginfo; above it the extended state, 64-byte aligned, which the ucontext points at.
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

}  // namespace coro::arch

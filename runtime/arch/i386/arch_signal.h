// i386: see arch/signal_frame.h.
#pragma once

extern "C" [[gnu::visibility("hidden")]] const char __coro_arch_call_return[];

namespace coro::arch {

inline uptr frame_pc(const ucontext_t* uc) { return uptr(uc->uc_mcontext.gregs[REG_EIP]); }
inline uptr frame_sp(const ucontext_t* uc) { return uptr(uc->uc_mcontext.gregs[REG_ESP]); }
inline void set_frame_pc(ucontext_t* uc, uptr pc) { uc->uc_mcontext.gregs[REG_EIP] = greg_t(pc); }

inline constexpr size_t red_zone_bytes = 0;

// The call of __coro_arch_call may be in the vdso: up to three registers lie on the stack then, below the address that it returns to. Null: it is not there.
#define CORO_CALL_BY_VDSO
inline uptr* vdso_return(const ucontext_t* uc) {
    if (frame_pc(uc) < __coro_arch_vdso_call[0] || frame_pc(uc) > __coro_arch_vdso_call[1]) return nullptr;
    auto* at = reinterpret_cast<uptr*>(frame_sp(uc));
    for (int i = 0; i < 4; i++)
        if (at[i] == uptr(__coro_arch_call_return)) return &at[i];
    return nullptr;
}
inline bool frame_before_call(const ucontext_t* uc) {
    uptr pc = frame_pc(uc);
    return (pc >= uptr(__coro_arch_call_begin) && pc <= uptr(__coro_arch_call_insn)) || vdso_return(uc);
}
inline Begun frame_restarts_call(const ucontext_t* uc) { return frame_pc(uc) == __coro_arch_vdso_call[1] && vdso_return(uc) ? Begun::yes : Begun::no; }
inline void abort_call(ucontext_t* uc) {
    if (uptr* at = vdso_return(uc)) uc->uc_mcontext.gregs[REG_ESP] = greg_t(uptr(at + 1));
    set_frame_pc(uc, uptr(__coro_arch_call_abort));
}

// A signal frame as the kernel builds it: return address, the handler's three arguments, siginfo, ucontext (shorter than musl's), some bytes of code. Above
// it the floating-point state: an image of FSAVE, then one of FXSAVE, 64-byte aligned, and what is beyond.
struct KernelFrame {
    void* return_address;
    int sig;
    siginfo_t* info_at;
    ucontext_t* uc_at;
    siginfo_t info;
    char uc[offsetof(ucontext_t, uc_sigmask) + 8];
    char code[8];
};
inline Frame copy_frame(siginfo_t* info, ucontext_t* uc, uptr top) {
    constexpr size_t fsave_bytes = 112;
    auto* fp = reinterpret_cast<char*>(uc->uc_mcontext.fpregs);
    constexpr u32 magic = 0x46505853;  // FP_XSTATE_MAGIC1, in the software-reserved bytes of the FXSAVE image; then the size of it all
    size_t fp_bytes = fp ? fsave_bytes + 512 : 0;
    if (fp && *reinterpret_cast<u32*>(fp + fsave_bytes + 464) == magic) fp_bytes = *reinterpret_cast<u32*>(fp + fsave_bytes + 468);
    auto* to_fp = reinterpret_cast<char*>(((top - fp_bytes + fsave_bytes) & ~uptr{63}) - fsave_bytes);
    auto* from = reinterpret_cast<KernelFrame*>(reinterpret_cast<char*>(info) - offsetof(KernelFrame, info));
    auto* to = reinterpret_cast<KernelFrame*>(((uptr(to_fp) - sizeof(KernelFrame)) & ~uptr{15}) - sizeof(void*));
    __builtin_memcpy(to_fp, fp, fp_bytes);
    *to = *from;
    to->info_at = &to->info;
    to->uc_at = reinterpret_cast<ucontext_t*>(to->uc);
    if (fp) to->uc_at->uc_mcontext.fpregs = reinterpret_cast<fpregset_t>(to_fp);
    return {reinterpret_cast<char*>(to), to->info_at, to->uc_at};
}

}  // namespace coro::arch

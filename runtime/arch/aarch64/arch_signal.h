// AArch64: see arch/signal_frame.h.
#pragma once

namespace coro::arch {

inline uptr frame_pc(const ucontext_t* uc) { return uc->uc_mcontext.pc; }
inline uptr frame_sp(const ucontext_t* uc) { return uc->uc_mcontext.sp; }
inline void set_frame_pc(ucontext_t* uc, uptr pc) { uc->uc_mcontext.pc = pc; }

inline constexpr size_t red_zone_bytes = 0;

// A signal frame as the kernel builds it: siginfo, ucontext, and right behind it what is too big for its records (SVE), which a record points at.
inline Frame copy_frame(siginfo_t* info, ucontext_t* uc, uptr top) {
    auto* from = reinterpret_cast<char*>(info);
    extra_context* extra = nullptr;
    for (auto* at = reinterpret_cast<char*>(uc->uc_mcontext.__reserved);;) {
        auto* record = reinterpret_cast<_aarch64_ctx*>(at);
        if (record->magic == EXTRA_MAGIC) extra = reinterpret_cast<extra_context*>(record);
        if (!record->magic || !record->size) break;
        at += record->size;
    }
    size_t bytes = size_t((extra ? reinterpret_cast<char*>(extra->datap) + extra->size : reinterpret_cast<char*>(uc + 1)) - from);
    auto* to = reinterpret_cast<char*>((top - bytes) & ~uptr{15});
    __builtin_memcpy(to, from, bytes);
    auto moved = [=](void* p) { return to + (static_cast<char*>(p) - from); };
    if (extra) reinterpret_cast<extra_context*>(moved(extra))->datap += uptr(to) - uptr(from);
    return {to, reinterpret_cast<siginfo_t*>(to), reinterpret_cast<ucontext_t*>(moved(uc))};
}

}  // namespace coro::arch

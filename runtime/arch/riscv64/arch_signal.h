// RISC-V, 64 bits: see arch/signal_frame.h.
#pragma once

namespace coro::arch {

inline uptr frame_pc(const ucontext_t* uc) { return uc->uc_mcontext.__gregs[0]; }
inline uptr frame_sp(const ucontext_t* uc) { return uc->uc_mcontext.__gregs[2]; }
inline void set_frame_pc(ucontext_t* uc, uptr pc) { uc->uc_mcontext.__gregs[0] = pc; }

inline constexpr size_t red_zone_bytes = 0;

// A signal frame as the kernel builds it: siginfo, ucontext; where there are vector registers, a header in the ucontext's last 8 bytes and behind it their
// state, which points at their values (Linux 6.5).
inline Frame copy_frame(siginfo_t* info, ucontext_t* uc, uptr top) {
    struct Vectors {
        u32 magic, size;
        unsigned long vstart, vl, vtype, vcsr, vlenb;
        uptr values;
    };
    constexpr u32 vector_magic = 0x53465457;
    auto* from = reinterpret_cast<char*>(info);
    auto* vectors = reinterpret_cast<Vectors*>(reinterpret_cast<char*>(uc + 1) - 8);
    bool has_vectors = vectors->magic == vector_magic;
    size_t bytes = size_t(reinterpret_cast<char*>(uc + 1) - from) + (has_vectors ? vectors->size : 0);  // with the header that ends the list
    auto* to = reinterpret_cast<char*>((top - bytes) & ~uptr{15});
    __builtin_memcpy(to, from, bytes);
    auto moved = [=](void* p) { return to + (static_cast<char*>(p) - from); };
    if (has_vectors) reinterpret_cast<Vectors*>(moved(vectors))->values += uptr(to) - uptr(from);
    return {to, reinterpret_cast<siginfo_t*>(to), reinterpret_cast<ucontext_t*>(moved(uc))};
}

}  // namespace coro::arch

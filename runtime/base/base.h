// The C++ language only: integer names, atomics with the order spelled at each call, and bits that every layer needs.
// No libc++ and no libc: the runtime is part of libc and is legal before libc is.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Placement new: there is no other new here.
inline void* operator new(size_t, void* where) noexcept { return where; }

namespace [[gnu::visibility("hidden")]] coro {

using u8 = uint8_t;
using u16 = uint16_t;
using u32 = uint32_t;
using u64 = uint64_t;
using i64 = int64_t;
using uptr = uintptr_t;

// Orders of the __atomic builtins, by name. There is no default order.
enum Order { relaxed = __ATOMIC_RELAXED, acquire = __ATOMIC_ACQUIRE, release = __ATOMIC_RELEASE,
             acq_rel = __ATOMIC_ACQ_REL, seq_cst = __ATOMIC_SEQ_CST };

[[gnu::always_inline]] inline void fence_seq_cst() {
#if defined __x86_64__  // a full barrier at a third of mfence's price
    asm volatile("lock orl $0, (%%rsp)" ::: "memory", "cc");
#elif defined __i386__
    asm volatile("lock orl $0, (%%esp)" ::: "memory", "cc");
#else
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}
// A store or a read-modify-write with an order of both sides is a full barrier for the relaxed loads behind it on x86, where the runtime was made. Elsewhere it is to be one too.
[[gnu::always_inline]] inline void fence_after([[maybe_unused]] Order o) {
#if !defined __x86_64__ && !defined __i386__
    if (o == acq_rel || o == seq_cst) fence_seq_cst();
#endif
}

template <class T> class Atomic {
public:
    constexpr Atomic(T value = T{}) : value_(value) {}
    Atomic(const Atomic&) = delete;
    Atomic& operator=(const Atomic&) = delete;
    [[gnu::always_inline]] T load(Order o) const { return __atomic_load_n(&value_, o); }
    [[gnu::always_inline]] void store(T v, Order o) {
        __atomic_store_n(&value_, v, o);
        fence_after(o);
    }
    [[gnu::always_inline]] T exchange(T v, Order o) { return fenced(__atomic_exchange_n(&value_, v, o), o); }
    [[gnu::always_inline]] T fetch_add(T v, Order o) { return fenced(__atomic_fetch_add(&value_, v, o), o); }
    [[gnu::always_inline]] T fetch_or(T v, Order o) { return fenced(__atomic_fetch_or(&value_, v, o), o); }
    [[gnu::always_inline]] T fetch_and(T v, Order o) { return fenced(__atomic_fetch_and(&value_, v, o), o); }
    // On failure `expected` holds what was there, read with acquire.
    [[gnu::always_inline]] bool cas(T& expected, T v, Order o) {
        return fenced(__atomic_compare_exchange_n(&value_, &expected, v, false, o, __ATOMIC_ACQUIRE), o);
    }
    T* address() { return &value_; }

private:
    template <class R> [[gnu::always_inline]] static R fenced(R r, Order o) {
        fence_after(o);
        return r;
    }
    alignas(sizeof(T)) T value_;  // u64 too, which 32-bit ABIs align to 4
};

// Between this kernel thread and a signal handler on it.
[[gnu::always_inline]] inline void fence_signal() { __atomic_signal_fence(__ATOMIC_SEQ_CST); }

inline constexpr u64 never = ~u64{0};  // a deadline that does not come
inline constexpr u64 ns_per_us = 1000, ns_per_ms = 1000000, ns_per_s = 1000000000;
inline constexpr size_t page_bytes = 4096;
inline constexpr bool narrow = sizeof(void*) == 4;  // a 32-bit architecture: 3 or 4 GiB of addresses

template <class T> constexpr T min(T a, T b) { return b < a ? b : a; }
template <class T> constexpr T max(T a, T b) { return a < b ? b : a; }
constexpr size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

#define CORO_LIKELY(x) __builtin_expect(!!(x), 1)
#define CORO_UNLIKELY(x) __builtin_expect(!!(x), 0)

}  // namespace coro

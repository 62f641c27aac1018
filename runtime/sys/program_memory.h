// Program memory that a system call's argument points at, and that may not be there: then the call gives EFAULT, as the kernel's would.
// The copies below are the only instructions of the runtime that may fault: the entry for SIGSEGV and SIGBUS (signals/kernel_entry.cpp)
// finds the program counter among them and makes them return false. Never under a lock of the runtime.
#pragma once
#include "arch/cpu.h"

namespace [[gnu::visibility("hidden")]] coro {

template <class T> [[nodiscard]] bool read_program(T* to, long from) {
    return __coro_arch_copy(to, reinterpret_cast<const void*>(from), sizeof *to) == 0;
}
template <class T> [[nodiscard]] bool write_program(long to, const T& from) {
    return __coro_arch_copy(reinterpret_cast<void*>(to), &from, sizeof from) == 0;
}
// A futex word.
[[nodiscard]] inline bool read_program_word(u32* to, uptr from) {
    return __coro_arch_load(reinterpret_cast<const void*>(from), to) == 0;
}
// Every page of it can be read now. For what is read piece by piece later on.
[[nodiscard]] inline bool program_readable(long from, size_t bytes) {
    u32 word;
    uptr first = uptr(from) & ~uptr{3}, last = (uptr(from) + bytes - 1) & ~uptr{3};
    if (bytes == 0) return true;
    if (last < first) return false;
    for (uptr at = first; at < last; at += page_bytes)
        if (!read_program_word(&word, at)) return false;
    return read_program_word(&word, last);
}

}  // namespace coro

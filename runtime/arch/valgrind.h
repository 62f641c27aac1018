// Valgrind's client request: instructions that do nothing on a CPU and that valgrind knows (its manual, "The Client Request mechanism").
#pragma once
#include "base/base.h"

namespace coro::arch {

// Zero when valgrind does not run the program, or on an architecture where it is not told anything.
inline uptr valgrind_request([[maybe_unused]] uptr request, [[maybe_unused]] uptr a = 0, [[maybe_unused]] uptr b = 0) {
    uptr result = 0;
#ifdef __x86_64__
    volatile uptr call[6] = {request, a, b, 0, 0, 0};
    asm volatile("rolq $3, %%rdi; rolq $13, %%rdi; rolq $61, %%rdi; rolq $51, %%rdi; xchgq %%rbx, %%rbx" : "+d"(result) : "a"(call) : "cc", "memory");
#endif
    return result;
}

}  // namespace coro::arch

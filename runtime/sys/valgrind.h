// Under valgrind: it has to be told of stacks, or takes a switch between two of them for a push or a pop, and what lies between for dead.
#pragma once
#include "arch/valgrind.h"
#include "sys/kernel.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace valgrind {

inline bool runs;  // asked once, at start

inline void start() { runs = arch::valgrind_request(0x1001) != 0; }  // RUNNING_ON_VALGRIND
// The id for forget_stack.
inline uptr register_stack(uptr low, uptr high) { return arch::valgrind_request(0x1501, low, high - 1); }
// Nothing runs on it any more; the memory may serve otherwise.
inline void forget_stack(uptr id, uptr low, uptr high) {
    arch::valgrind_request(0x1502, id);
    arch::valgrind_request('M' << 24 | 'C' << 16 | 1, low, high - low);  // VALGRIND_MAKE_MEM_UNDEFINED: it takes what is below a stack pointer for dead
}

}  // namespace valgrind
}  // namespace coro

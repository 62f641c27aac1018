// The gate's dispatch with a switch, for a runtime of a test's own: a number can be a plain system call, as if there were no handler and no hand-over.
// Then the rows of that number must fail. In place of gate/dispatch.cpp.
#include "gate/gate.h"

#define dispatch_table shipped_table
#include "gate/dispatch.cpp"
#undef dispatch_table

extern "C" {
[[gnu::visibility("default")]] long coro_test_off = -1;
}

namespace [[gnu::visibility("hidden")]] coro {
static long switched(Call& c) { return c.nr == coro_test_off ? direct(c) : shipped_table.of[c.nr](c); }
static constexpr DispatchTable switched_table() {
    DispatchTable t;
    for (auto& handler : t.of) handler = switched;
    return t;
}
constexpr DispatchTable dispatch_table = switched_table();
}  // namespace coro

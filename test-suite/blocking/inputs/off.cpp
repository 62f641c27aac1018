// The gate's dispatch with a switch, for a runtime of a test's own: a number can be a plain system call, as if there were no handler and no hand-over.
// Then the rows of that number must fail. In place of gate/dispatch.cpp.
#include "gate/gate.h"

#define handler_of shipped_handler_of
#include "gate/dispatch.cpp"
#undef handler_of

extern "C" {
[[gnu::visibility("default")]] long coro_test_off = -1;
}

namespace [[gnu::visibility("hidden")]] coro {
namespace {
long plain(Call& c) { return direct(c); }
}  // namespace
Handler* handler_of(long nr) { return nr == coro_test_off ? plain : shipped_handler_of(nr); }
}  // namespace coro

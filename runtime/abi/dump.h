// A list of all coroutines on a descriptor: id, state, what it waits for, and return addresses. For people whose program hangs, and for the test
// runner. Reads without locks: what it prints may be a moment old.
#pragma once

namespace [[gnu::visibility("hidden")]] coro {

// With CORO_DUMP=signal: whether SIGQUIT is the runtime's, and prints.
void dump_start();
bool dump_asked();
void dump_if_asked();
void dump(int fd);

}  // namespace coro

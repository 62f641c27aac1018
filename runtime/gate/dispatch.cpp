// Which handler a system call number has: gate/calls.txt says. A number without one goes to the kernel as it is (`may_block`: it may have come
// through syscall(2) and be anything).
#include "gate/gate.h"

namespace [[gnu::visibility("hidden")]] coro {
constexpr DispatchTable make_table() {
    DispatchTable t;
#include "dispatch_table.inc"
#ifdef __i386__
    t.of[SYS_select] = nullptr;  // an older one, whose arguments are in a struct; SYS__newselect is what others call so
#endif
    for (auto& handler : t.of)
        if (!handler) handler = gate::may_block;
    return t;
}

constexpr DispatchTable dispatch_table = make_table();

long gate::blocks(Call& c) { return in_place(c, CallKind::long_call); }
long gate::may_block(Call& c) { return in_place(c, CallKind::short_call); }

}  // namespace coro

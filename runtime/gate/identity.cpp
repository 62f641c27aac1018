// Calls that name a thread by its id: sched_*(2).
#include "gate/gate.h"

namespace [[gnu::visibility("hidden")]] coro {

// Scheduling attributes of a coroutine: SCHED_OTHER is what it has. The kernel thread below is asked for anything else.
long gate::sched_scheduling(Call& c) {
    bool ours = c.a[0] == 0 || find_thread(int(c.a[0]));
    if (!ours) return direct(c);
    c.a[0] = 0;
    return direct(c);
}

}  // namespace coro

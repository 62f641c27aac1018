// A call handed to the ring (event/ring.h), and its caller parked until it has completed.
#pragma once
#include "event/ring.h"
#include "gate/gate.h"

namespace [[gnu::visibility("hidden")]] coro {

// There is a ring, and a processor whose worker will hand on what co asks.
inline bool may_submit(const Coroutine* co) { return co->worker->processor && reactor::ring_available(); }

// For what the kernel does not interrupt: waits for r whatever else comes. The result, or in_place's when the ring takes nothing.
long submit_and_wait(Call& c, ring::Request& r, Reason reason);

// For what can be interrupted: parks until r has completed, `deadline_ns` has passed, or there is a signal or cancellation to see to; then r is taken
// back, and is over on return: its result counts (-ECANCELED: it has not taken effect). not_submitted: the ring takes nothing.
inline constexpr Wait not_submitted = wait_running;
Wait submit_interruptible(Call& c, ring::Request& r, u64 deadline_ns, Reason reason, void* object);

}  // namespace coro

#include "gate/submit.h"

#include "gate/deadline.h"

namespace [[gnu::visibility("hidden")]] coro {

// co does not run; the request is under way or done.
static void wait_until_done(Coroutine* co, ring::Request& r, Reason reason, void* object) {
    for (;;) {
        prepare_to_park(co);
        if (r.done.load(seq_cst)) {  // pairs with ring::collect, which claims co after it has said so
            ring::settle();
            co->wait.store(wait_running, relaxed);
            return;
        }
        if (park_may_migrate(co, reason, object) == cause_woken) return;
    }
}

// The kernel thread that handed it on has ended: it has not begun, or was interrupted without a signal of ours. 512 is ERESTARTSYS, which fsync's request lets out.
static bool given_back(int result) { return result == -ECANCELED || result == -EINTR || result == -512; }

long submit_and_wait(Call& c, ring::Request& r, Reason reason) {
    Coroutine* co = c.co;
    void* object = reinterpret_cast<void*>(long(r.fd));
    r.co = co;
    prepare_to_park(co);
    if (!ring::submit(r)) {
        co->wait.store(wait_running, relaxed);
        return in_place(c, CallKind::long_call);
    }
    if (park_may_migrate(co, reason, object) != cause_woken) wait_until_done(co, r, reason, object);
    return given_back(r.result) ? in_place(c, CallKind::long_call) : r.result;
}

Wait submit_interruptible(Call& c, ring::Request& r, u64 deadline_ns, Reason reason, void* object) {
    Coroutine* co = c.co;
    r.co = co;
    prepare_to_park(co);
    if (!ring::submit(r)) {
        co->wait.store(wait_running, relaxed);
        return not_submitted;
    }
    if (deadline_ns != never) arm_deadline(co, deadline_ns);
    Wait cause = park_interruptible(co, reason, object);
    if (deadline_ns != never) TimerWheel::cancel(co);
    if (cause == cause_woken) return cause;
    ring::cancel(r);
    wait_until_done(co, r, reason, object);
    return cause;
}

}  // namespace coro

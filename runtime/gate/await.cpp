#include "gate/await.h"

#include "event/nonblock.h"

#include <sys/socket.h>

namespace [[gnu::visibility("hidden")]] coro {

u64 socket_deadline(int fd, Direction direction) {
    i64 tv[2] = {0, 0};
    u32 length = sizeof tv;
    bool in = direction == direction_in;
    long r = sys::syscall(SYS_getsockopt, fd, SOL_SOCKET, in ? SO_RCVTIMEO : SO_SNDTIMEO, sys::arg(tv), sys::arg(&length));
    if (narrow && (r == -ENOPROTOOPT || length < sizeof tv)) {  // an older kernel; qemu-user 7.2, which gives an int of it
        long longs[2] = {0, 0};
        length = sizeof longs;
        r = sys::syscall(SYS_getsockopt, fd, SOL_SOCKET, in ? sys::receive_timeout_of_longs : sys::send_timeout_of_longs, sys::arg(longs), sys::arg(&length));
        tv[0] = longs[0], tv[1] = longs[1];
    }
    if (r != 0) return never;
    u64 ns = u64(tv[0]) * ns_per_s + u64(tv[1]) * ns_per_us;
    return ns ? sys::after_ns(sys::now_ns(), ns) : never;
}

// 0: the file has no O_NONBLOCK, as far as anybody knows.
long Await::may_wait() {
    u32 epoch = sharing_epoch.load(seq_cst);
    Descriptor* d = descriptor_;
    if (d && CORO_LIKELY(d->private_epoch == epoch)) return 0;
    // A bound worker's waits are none of the monitor's.
    if (d && d->asked_epoch == epoch && call_.co->worker->processor && nonblock::trust(d, fd())) return 0;
    long flags = sys::syscall(SYS_fcntl, fd(), F_GETFL);
    if (flags < 0) return flags;
    if (flags & O_NONBLOCK) return -EAGAIN;
    if (d) d->asked_epoch = epoch;
    return 0;
}

// What the first park of a call needs to know.
long Await::prepare(bool socket) {
    if (!descriptor_) return not_watchable;
    bool fresh = descriptor_->state == Descriptor::fresh;
    if (!reactor::watch(descriptor_, node_.fd)) return not_watchable;
    if (socket && fresh) {  // may have come with timeouts: from its listener, or by exec
        descriptor_->receive_timeout = socket_deadline(node_.fd, direction_in) != never;
        descriptor_->send_timeout = socket_deadline(node_.fd, direction_out) != never;
    }
    if (direction_ == direction_in ? descriptor_->receive_timeout : descriptor_->send_timeout) {
        deadline_ns_ = socket_deadline(node_.fd, direction_);
        if (deadline_ns_ != never) not_restartable();  // signal(7)
    }
    prepared_ = true;
    return fresh ? 1 : 0;
}

long Await::park_may_migrate(bool socket) {
    Coroutine* co = call_.co;
    long r = may_wait();
    if (r < 0) return r;
    if (!prepared_) {
        r = prepare(socket);
        if (r < 0) return r;
        if (r == 1) return 0;  // registered just now: what came before is told by an edge yet to come, or by another try
    }
    if (!enlisted_ || off_) {
        reactor::enlist(descriptor_, &node_);
        enlisted_ = true;
        off_ = false;
    }
    // Again, now that a close sees us: one may have come after the first time, and the number may be another file's.
    if (fd() == looked_ && !reactor::watch(descriptor_, looked_)) return not_watchable;
    co->wait.store(wait_preparing, relaxed);
    fence_seq_cst();  // pairs with deliver and move_waiters: `preparing`, then the number of edges and where it stands
    if (fd() != looked_ || descriptor_->edges[direction_].load(seq_cst) != seen_) try_wake(co, cause_woken);
    else if (deadline_ns_ != never) arm_deadline(co, deadline_ns_);
    Reason reason = direction_ == direction_in ? Reason::read : Reason::write;
    Wait cause = park_interruptible(co, reason, reinterpret_cast<void*>(long(node_.fd)));
    if (deadline_ns_ != never) TimerWheel::cancel(co);
    if (cause == cause_timeout) return -EAGAIN;
    if (cause != cause_signal) return 0;
    leave();  // a handler may never come back (siglongjmp), or wait for something else
    // The call begins anew, with its number: a duplicate of ours is closed when the last has left it, and may be another file's by then.
    __atomic_store_n(&node_.fd, number_, relaxed);
    descriptor_ = reactor::find(number_);
    prepared_ = false;
    return ends_with_eintr(call_, restartable_) ? -EINTR : 0;
}

}  // namespace coro

// Trying a call until it does not say EAGAIN, parked on the descriptor's readiness in between.
#pragma once
#include "event/reactor.h"
#include "gate/deadline.h"
#include "gate/gate.h"

namespace [[gnu::visibility("hidden")]] coro {

inline constexpr long not_watchable = -4096;  // not an errno: the descriptor has no readiness

// One call's wait on one descriptor.
class Await {
public:
    Await(Call& c, int fd, Direction direction)
        : call_(c), number_(fd), direction_(direction), descriptor_(reactor::find(fd)),
          node_{{}, c.co, fd, u16(direction == direction_in ? EPOLLIN | EPOLLRDHUP | EPOLLPRI : EPOLLOUT), true} {}
    // The first try was made when `seen` edges had been counted.
    Await(Call& c, int fd, Direction direction, u32 seen) : Await(c, fd, direction) { looked_ = fd, seen_ = seen; }
    ~Await() { leave(); }
    Await(const Await&) = delete;

    int fd() const { return __atomic_load_n(&node_.fd, relaxed); }
    // Call before each try.
    void look() {
        looked_ = fd();
        if (enlisted_) descriptor_ = reactor::find(looked_);  // it moves when the number is closed
        if (descriptor_) seen_ = descriptor_->edges[direction_].load(seq_cst);
    }
    // After a try that would have blocked. 0: try again. Else the result of the call: -EAGAIN (O_NONBLOCK, or a socket's timeout),
    // -EINTR, or not_watchable.
    long park_may_migrate(bool socket);
    // in_place, off the list: a handler may run there, and never come back.
    long in_place(Call& c, CallKind kind) {
        if (enlisted_ && !off_) reactor::step_off(&node_);
        off_ = true;
        return coro::in_place(c, kind);
    }
    // Any handler ends it: something has been transferred, and the call says how much.
    void not_restartable() { restartable_ = false; }

private:
    long may_wait();
    long prepare(bool socket);
    void leave() {
        if (!enlisted_) return;
        enlisted_ = false;
        Descriptor* left = reactor::delist(&node_);
        // The baton: what we have left may do for the next.
        if (Coroutine* next = reactor::wake_next(left, node_.events)) make_ready(next);
    }
    Call& call_;
    const int number_;  // as the program gave it; node_.fd follows the file
    Direction direction_;
    Descriptor* descriptor_;
    WaitNode node_;
    u32 seen_ = 0;
    int looked_ = -1;
    bool prepared_ = false, enlisted_ = false, off_ = false, restartable_ = true;
    u64 deadline_ns_ = never;
};

// What read and write must do with it; `file` when it cannot be known.
Descriptor::Kind kind_of(int fd);

// SO_RCVTIMEO or SO_SNDTIMEO as a deadline; `never` when not set.
u64 socket_deadline(int fd, Direction direction);

}  // namespace coro

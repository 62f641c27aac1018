// O_NONBLOCK belongs to the open file, and other processes may share it. A call that would wait on one that may be shared has to ask (fcntl(2), F_GETFL): a system
// call each time. It need not if somebody asked not long ago: it waits, and the monitor asks again for all such descriptors, every 10 ms. Whoever
// sets the flag in another process ends our waits with EAGAIN that much later.
//
// Lock: one, for the list; taken alone, not held across a system call.
#pragma once
#include "event/reactor.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace nonblock {

// `d`, of the number fd, is waited for on the word of an earlier answer. False: the list is full, ask yourself.
bool trust(Descriptor* d, int fd);
// By the monitor: asks again, if it is time. Who must try their call again, since the flag has been set, are appended, and `asked_epoch` is none.
void ask_again(u64 now_ns, CoroutineQueue& ready);
// When ask_again has something to do; `never`: nothing is waited for.
u64 next_ns();
void reset_after_fork();

}  // namespace nonblock
}  // namespace coro

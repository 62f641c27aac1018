// Pipes that this process has made, and whose ends it has not duplicated or handed on: the bytes in them are counted, so that a read for which there are some,
// and a short write to an empty one, can be plain calls. To ask the kernel not to wait (RWF_NOWAIT) would cost a fifth of such a call.
//
// The count is a guess: splice(2), another reader who was faster and system calls by the program's own instructions take bytes past it. Too low, it costs time.
// Too high, a read waits in the kernel: the monitor lends another processor meanwhile, signals and cancellation end it as they end any call, and one that
// finds less than was counted has set it right.
#pragma once
#include <limits.h>

#include "event/reactor.h"
#include "gate/gate.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace own_pipe {

constexpr long not_known = -EAGAIN;  // that it would not wait; as if nobody had asked

// After a transfer of r bytes on the end d in another way.
inline void count(Descriptor* d, bool out, long r) {
    if (r > 0) out ? d[d->other].level.fetch_add(int(r), relaxed) : d->level.fetch_add(int(-r), relaxed);
}

[[gnu::always_inline]] inline bool ours(Descriptor* d) { return d->private_epoch == sharing_epoch.load(seq_cst); }

// read(2) if it finds something. -EINTR where *cancel is set.
[[gnu::always_inline]] inline long read(Descriptor* d, long fd, long buffer, long bytes, const volatile int* cancel) {
    int level = d->level.load(relaxed);
    long taken = min(bytes, long(level));
    // No other reader relies on the bytes that are taken.
    if (CORO_UNLIKELY(taken <= 0 || !ours(d) || !d->level.cas(level, level - int(taken), relaxed))) return not_known;
    long r = arch::plain_call(cancel, SYS_read, fd, buffer, bytes);
    if (CORO_UNLIKELY(r != taken) && (r < 0 || r > taken)) d->level.fetch_add(int(r < 0 ? taken : taken - r), relaxed);
    return r;
}

// write(2) if there is room.
[[gnu::always_inline]] inline long write(Descriptor* d, long fd, long buffer, long bytes, const volatile int* cancel) {
    Atomic<int>& level = d[d->other].level;
    if (CORO_UNLIKELY(level.load(relaxed) != 0 || u64(bytes) > PIPE_BUF || !ours(d))) return not_known;
    long r = arch::plain_call(cancel, SYS_write, fd, buffer, bytes);
    if (CORO_LIKELY(r > 0)) level.fetch_add(int(r), relaxed);
    return r;
}

}  // namespace own_pipe
}  // namespace coro

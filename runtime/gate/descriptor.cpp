// close(2), dup2(2), dup3(2), close_range(2), setsockopt(2): what becomes of a number that others are parked on, and of the runtime's own.
#include "event/reactor.h"
#include "gate/gate.h"

#include <sys/socket.h>

namespace [[gnu::visibility("hidden")]] coro {

long gate::close(Call& c) {
    int fd = int(c.a[0]);
    if (reactor::owns(fd)) return -EBADF;  // not there, as far as the program can tell
    reactor::forget(fd);
    return in_place(c, CallKind::short_call);
}

static long replace(Call& c) {
    int from = int(c.a[0]), to = int(c.a[1]);
    if (reactor::owns(from)) return -EBADF;
    if (from == to) return direct(c);
    if (reactor::owns(to))
        if (long r = reactor::vacate(to); r < 0) return r;
    reactor::forget(to);
    return direct(c);
}
long gate::dup2(Call& c) { return replace(c); }
long gate::dup3(Call& c) { return replace(c); }

// The runtime's own descriptors are stepped around.
long gate::close_range(Call& c) {
    u32 first = u32(c.a[0]), last = u32(c.a[1]);
    if (first > last) return -EINVAL;
    long r = 0;
    for (u32 fd = first;; fd++) {
        u32 end = fd;
        while (end <= last && end < 1u << 20 && !reactor::owns(int(end))) reactor::forget(int(end++));
        u32 until = end > last || end >= 1u << 20 ? last : end - 1;
        if (until >= fd && until != ~0u) r = sys::syscall(SYS_close_range, fd, until, c.a[2]);
        else if (until == ~0u) r = sys::syscall(SYS_close_range, fd, ~0u, c.a[2]);
        if (r != 0 || until == last) return r;
        fd = end;
        if (fd >= last) return r;
    }
}

// SO_RCVTIMEO and SO_SNDTIMEO are kept by the kernel; a parked call asks for them only on descriptors where they were set.
long gate::setsockopt(Call& c) {
    long r = direct(c);
    if (r != 0 || c.a[1] != SOL_SOCKET) return r;
    Descriptor* d = reactor::find(int(c.a[0]));
    if (!d) return r;
    if (c.a[2] == SO_RCVTIMEO) d->receive_timeout = true;
    if (c.a[2] == SO_SNDTIMEO) d->send_timeout = true;
    return r;
}

}  // namespace coro

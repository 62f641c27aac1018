// close(2), dup2(2), dup3(2), close_range(2): what becomes of a number that others are parked on, and of the runtime's own.
// socket(2), socketpair(2), pipe(2), fcntl(2), ioctl(2), setsockopt(2): what a call that would block need not ask the kernel.
#include "event/reactor.h"
#include "gate/gate.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

namespace [[gnu::visibility("hidden")]] coro {

// Around a call that closes or replaces a number.
static void before_closing(int fd) {
    CoroutineQueue ready;
    reactor::forget(fd, ready);
    if (!ready.empty()) make_ready(ready);
}
static void after_closing(int fd) {
    CoroutineQueue ready;
    reactor::forgotten(fd, ready);
    if (!ready.empty()) make_ready(ready);
}

long gate::close(Call& c) {
    int fd = int(c.a[0]);
    if (reactor::owns(fd)) return -EBADF;  // not there, as far as the program can tell
    before_closing(fd);
    long r = in_place(c, CallKind::short_call);
    after_closing(fd);
    return r;
}

static long replace(Call& c) {
    int from = int(c.a[0]), to = int(c.a[1]);
    if (reactor::owns(from)) return -EBADF;
    if (from == to) return direct(c);
    if (reactor::owns(to))
        if (long r = reactor::vacate(to); r < 0) return r;
    before_closing(to);
    long r = direct(c);
    after_closing(to);
    return r;
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
        while (end <= last && end < 1u << 20 && !reactor::owns(int(end))) before_closing(int(end++));
        u32 until = end > last || end >= 1u << 20 ? last : end - 1;
        if (until >= fd && until != ~0u) r = sys::syscall(SYS_close_range, fd, until, c.a[2]);
        else if (until == ~0u) r = sys::syscall(SYS_close_range, fd, ~0u, c.a[2]);
        for (u32 closed = fd; closed < end; closed++) after_closing(int(closed));
        if (r != 0 || until == last) return r;
        fd = end;
        if (fd >= last) return r;
    }
}

constinit Atomic<u32> sharing_epoch{1};  // 0 is no file's

void note_private(long fd, u32 epoch) {
    Descriptor* d = fd < 0 ? nullptr : reactor::find(int(fd));
    if (d) d->private_epoch = epoch;
}

long gate::socket(Call& c) {
    u32 epoch = sharing_epoch.load(seq_cst);
    long fd = direct(c);
    if (!(c.a[1] & SOCK_NONBLOCK)) note_private(fd, epoch);
    return fd;
}

// The two new numbers are where the kernel has put them, in program memory: read only after a success.
static long pair(Call& c, const int* fds, bool blocking) {
    u32 epoch = sharing_epoch.load(seq_cst);
    long r = direct(c);
    for (int i = 0; r == 0 && blocking && i < 2; i++) note_private(fds[i], epoch);
    return r;
}
long gate::socketpair(Call& c) { return pair(c, reinterpret_cast<int*>(c.a[3]), !(c.a[1] & SOCK_NONBLOCK)); }
long gate::pipe(Call& c) { return pair(c, reinterpret_cast<int*>(c.a[0]), true); }
long gate::pipe2(Call& c) { return pair(c, reinterpret_cast<int*>(c.a[0]), !(c.a[1] & O_NONBLOCK)); }

long gate::fcntl(Call& c) {
    if (c.a[1] == F_SETFL) descriptors_are_shared();
    return c.a[1] == F_SETLKW || c.a[1] == F_OFD_SETLKW ? in_place(c, CallKind::long_call) : direct(c);
}
long gate::ioctl(Call& c) {
    if (c.a[1] == FIONBIO) descriptors_are_shared();
    return in_place(c, CallKind::short_call);
}

// SO_RCVTIMEO and SO_SNDTIMEO are kept by the kernel; a parked call asks for them only on descriptors where they were set.
long gate::setsockopt(Call& c) {
    long r = direct(c);
    if (r != 0 || c.a[1] != SOL_SOCKET) return r;
    Descriptor* d = reactor::find(int(c.a[0]));
    if (!d) return r;
    if (c.a[2] == SO_RCVTIMEO || c.a[2] == sys::receive_timeout_of_longs) d->receive_timeout = true;
    if (c.a[2] == SO_SNDTIMEO || c.a[2] == sys::send_timeout_of_longs) d->send_timeout = true;
    return r;
}

}  // namespace coro

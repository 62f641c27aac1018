// read(2), write(2), recv(2), send(2), accept(2), connect(2) and their families: the call is asked not to block for this once
// (MSG_DONTWAIT, RWF_NOWAIT, poll), never by the open file's flag.
#include <netinet/in.h>
#include <sys/socket.h>

#include "gate/await.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace {

using Kind = Descriptor::Kind;

// unknown: the call itself may say why.
Kind find_kind(int fd) {
    long mode = sys::file_mode(fd);
    if (mode < 0) return Kind::unknown;
    if (S_ISSOCK(mode)) return Kind::socket;
    if (S_ISREG(mode) || S_ISDIR(mode) || S_ISBLK(mode)) return Kind::file;
    return Kind::nowait;
}

bool ready_now(int fd, short events) {
    pollfd p{fd, events, 0};
    return sys::poll_now(&p, 1) != 0;
}

struct Transfer {
    bool out;
    const iovec* iov;
    int count;
};

// A sender that waits learns of the connection's end by the socket's pending error, one who comes later by EPIPE and SIGPIPE. So a call that has
// waited tries again quietly, and asks for the error first.
int pending_error(int fd) {
    int error = 0;
    u32 length = sizeof error;
    sys::syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_ERROR, sys::arg(&error), sys::arg(&length));
    return error;
}

// One try that does not block. The kind is corrected when the kernel says that it is another. `quiet`: MSG_NOSIGNAL, or 0.
// `await`: of a call that has waited, or null.
long try_transfer(Call& c, int fd, Kind& kind, const Transfer& t, int quiet, Await* await) {
    if (kind == Kind::socket) {
        msghdr m{};
        m.msg_iov = const_cast<iovec*>(t.iov);
        m.msg_iovlen = t.count;
        int flags = MSG_DONTWAIT | quiet;
        long r = t.count == 1 ? sys::call_now(t.out ? SYS_sendto : SYS_recvfrom, fd, sys::arg(t.iov->iov_base),
                                              sys::arg(t.iov->iov_len), flags, 0, 0)
                              : sys::call_now(t.out ? SYS_sendmsg : SYS_recvmsg, fd, sys::arg(&m), flags);
        if (r != -ENOTSOCK) return r;
        kind = find_kind(fd);
    }
    if (kind == Kind::nowait) {
        long r = sys::call_now(t.out ? SYS_pwritev2 : SYS_preadv2, fd, sys::arg(t.iov), t.count, -1, -1, RWF_NOWAIT);
        if (r != -EOPNOTSUPP && r != -ENOSYS && r != -EINVAL) return r;
        kind = Kind::plain;
    }
    if (kind == Kind::plain) {
        if (!ready_now(fd, t.out ? POLLOUT : POLLIN)) return -EAGAIN;
        // Another process may take it first: then this blocks, and the processor's work moves on.
        return await ? await->in_place(c, CallKind::short_call) : in_place(c, CallKind::short_call);
    }
    return not_watchable;
}

// Takes r bytes off what is left: `rest` of the piece t.iov, and the pieces behind it. False: nothing is left.
bool advance(Transfer& t, iovec& rest, size_t r) {
    while (r >= rest.iov_len) {
        r -= rest.iov_len;
        if (!--t.count) return false;
        rest = *++t.iov;
    }
    rest = {static_cast<char*>(rest.iov_base) + r, rest.iov_len - r};
    return true;
}

// On with a transfer whose first try, made when `seen` edges had been counted, gave r: until something came (in), or everything went (out).
long go_on(Call& c, Transfer t, Kind kind, u32 seen, long r) {
    Await await(c, int(c.a[0]), t.out ? direction_out : direction_in, seen);
    iovec rest = *t.iov;
    Transfer now = t;
    Call call = c;
    int quiet = 0;
    bool stayed = kind == Kind::plain;  // the last try waited in the kernel: there a handler ends a write that has written something
    for (long done = 0;;) {
        if (r >= 0) {
            done += r;
            if (!t.out || !advance(t, rest, size_t(r)) || (stayed && c.co->in_call.handler_ran)) return done;
            // A blocking write writes everything (write(2), pipe(7)): on with what is left, one piece at a time.
            await.not_restartable();
            quiet = MSG_NOSIGNAL;
            now = {true, &rest, 1};
            call = {c.co, SYS_write, {c.a[0], long(rest.iov_base), long(rest.iov_len)}, c.cancellation_point};
        } else if (r == -EPIPE && quiet && !done && kind == Kind::socket) {
            if (int error = pending_error(await.fd())) return -error;
            quiet = 0;
        } else {
            if (r == -EAGAIN) {
                r = await.park_may_migrate(kind == Kind::socket);
                quiet = t.out ? MSG_NOSIGNAL : 0;
            }
            if (r == not_watchable) {
                r = await.in_place(call, CallKind::long_call);
                stayed = true;
                if (r >= 0) continue;
            }
            if (r < 0) return done ? done : r;  // an error comes again with the next call
        }
        await.look();
        call.a[0] = c.a[0] = await.fd();
        r = try_transfer(call, await.fd(), kind, now, quiet, &await);
        stayed = kind == Kind::plain;
    }
}

long transfer(Call& c, const Transfer& t) {
    int fd = int(c.a[0]);
    Descriptor* d = reactor::find(fd);
    Kind kind = CORO_LIKELY(d && d->kind != Kind::unknown) ? d->kind : kind_of(fd);
    if (!d || kind == Kind::file || kind == Kind::unknown) return in_place(c, CallKind::short_call);
    u32 seen = d->edges[t.out ? direction_out : direction_in].load(seq_cst);
    long r = try_transfer(c, fd, kind, t, 0, nullptr);
    return r >= 0 && !t.out ? r : go_on(c, t, kind, seen, r);
}

// The buffer of read(2) and write(2) as one piece: address and length stand side by side.
static_assert(offsetof(iovec, iov_base) == 0 && offsetof(iovec, iov_len) == sizeof(long));
const iovec* only_piece(const Call& c) { return reinterpret_cast<const iovec*>(&c.a[1]); }

[[gnu::noinline]] long transfer_one(Call& c, bool out) {
    if (c.a[2] <= 0) return in_place(c, CallKind::short_call);
    return transfer(c, {out, only_piece(c), 1});
}
long transfer_many(Call& c, bool out) {
    auto* iov = reinterpret_cast<const iovec*>(c.a[1]);
    int count = int(c.a[2]);
    if (count > 0 && count <= 1024 && !program_readable(c.a[1], size_t(count) * sizeof *iov))
        return in_place(c, CallKind::short_call);  // the kernel says what is wrong first
    while (count > 0 && count <= 1024 && !iov->iov_len) iov++, count--;  // an empty piece says nothing
    if (count <= 0 || count > 1024) return in_place(c, CallKind::short_call);
    return transfer(c, {out, iov, count});
}

// A socket call with a flags argument at `flags`; returns when something was transferred. `goes_on`: something has been already.
long socket_call(Call& c, int flags, Direction direction, bool goes_on = false) {
    if (c.a[flags] & MSG_DONTWAIT) return sys::call_now(c.nr, c.a[0], c.a[1], c.a[2], c.a[3], c.a[4], c.a[5]);
    Await await(c, int(c.a[0]), direction);
    if (goes_on) await.not_restartable();
    bool waited = false;
    for (;;) {
        await.look();
        long more = MSG_DONTWAIT | (direction == direction_out && (waited || goes_on) ? MSG_NOSIGNAL : 0);
        long r = sys::call_now(c.nr, await.fd(), c.a[1], flags == 2 ? c.a[2] | more : c.a[2], flags == 3 ? c.a[3] | more : c.a[3], c.a[4], c.a[5]);
        if (r == -EPIPE && waited && !goes_on) {
            if (int error = pending_error(await.fd())) return -error;
            waited = false;
            continue;
        }
        if (r != -EAGAIN) return r;
        r = await.park_may_migrate(true);
        waited = true;
        if (r == not_watchable) return await.in_place(c, CallKind::long_call);
        if (r < 0) return r;
    }
}

bool stream(int fd) {
    int type = 0;
    u32 length = sizeof type;
    sys::syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, sys::arg(&type), sys::arg(&length));
    return type == SOCK_STREAM;
}

// On a stream, sends or collects (MSG_WAITALL) the whole of buf; -EINTR and the like only when nothing was transferred.
long whole_stream(Call& c, Direction direction, long first) {
    long done = first, total = c.a[2];
    while (done < total) {
        Call rest{c.co, c.nr, {c.a[0], c.a[1] + done, total - done, c.a[3], c.a[4], c.a[5]}, c.cancellation_point};
        long r = socket_call(rest, 3, direction, true);
        if (r <= 0) return done;
        done += r;
    }
    return done;
}

}  // namespace

Descriptor::Kind kind_of(int fd) {
    Descriptor* d = reactor::find(fd);
    if (!d) return Kind::file;
    if (d->kind == Kind::unknown) d->kind = find_kind(fd);
    return d->kind;
}

long gate::after_first_try(Call& c, u32 seen, long r) {
    bool out = c.nr == SYS_write;
    // Perhaps it is another kind of file, or only a signal of the runtime's was in the way: it has not taken effect.
    if (r == -ENOTSOCK || r == -EOPNOTSUPP || r == -ENOSYS || r == -EINVAL || r == -EINTR) return transfer_one(c, out);
    return r == 0 && !out ? 0 : go_on(c, {out, only_piece(c), 1}, kind_of(int(c.a[0])), seen, r);
}

long gate::read(Call& c) { return transfer_one(c, false); }
long gate::readv(Call& c) { return transfer_many(c, false); }
long gate::write(Call& c) { return transfer_one(c, true); }
long gate::writev(Call& c) { return transfer_many(c, true); }

long gate::recvfrom(Call& c) {
    long r = socket_call(c, 3, direction_in);
    bool all = (c.a[3] & MSG_WAITALL) && !(c.a[3] & (MSG_DONTWAIT | MSG_PEEK | MSG_ERRQUEUE));
    if (r <= 0 || !all || r >= c.a[2] || !stream(int(c.a[0]))) return r;
    return whole_stream(c, direction_in, r);
}
long gate::sendto(Call& c) {
    long r = socket_call(c, 3, direction_out);
    if (r < 0 || r >= c.a[2] || (c.a[3] & MSG_DONTWAIT)) return r;
    return whole_stream(c, direction_out, r);
}
long gate::recvmsg(Call& c) {
    if (c.a[2] & MSG_WAITALL) return in_place(c, CallKind::long_call);
    return socket_call(c, 2, direction_in);
}
// As Linux does it: message by message until there are all or one fails, whose error is told when it is the first.
long gate::recvmmsg(Call& c) {
    if (c.a[4] || (c.a[3] & MSG_WAITALL)) return in_place(c, CallKind::long_call);
    long done = socket_call(c, 3, direction_in), n = u32(c.a[2]);
    while (done > 0 && done < n && !(c.a[3] & (MSG_DONTWAIT | MSG_WAITFORONE))) {
        Call rest{c.co, c.nr, {c.a[0], c.a[1] + done * long(sizeof(mmsghdr)), n - done, c.a[3], 0, 0}, c.cancellation_point};
        long r = socket_call(rest, 3, direction_in, true);
        if (r <= 0) break;
        done += r;
    }
    return done;
}

long gate::sendmsg(Call& c) {
    msghdr message;
    if (!read_program(&message, c.a[1])) return direct(c);  // the kernel says what is wrong first
    if (message.msg_controllen) descriptors_are_shared();  // it may hand descriptors over (unix(7))
    long r = socket_call(c, 2, direction_out);
    if (r < 0 || (c.a[2] & MSG_DONTWAIT)) return r;
    const msghdr* m = &message;
    if (!program_readable(long(m->msg_iov), size_t(m->msg_iovlen) * sizeof(iovec))) return r;
    size_t total = 0;
    for (int i = 0; i < int(m->msg_iovlen); i++) total += m->msg_iov[i].iov_len;
    if (size_t(r) >= total) return r;
    long done = r;  // ancillary data went with the first piece
    for (int i = 0; i < int(m->msg_iovlen); i++) {
        iovec v = m->msg_iov[i];
        if (size_t(r) >= v.iov_len) {
            r -= long(v.iov_len);
            continue;
        }
        Call piece{c.co, SYS_sendto, {c.a[0], long(v.iov_base) + r, long(v.iov_len) - r, c.a[2], 0, 0}, c.cancellation_point};
        long w = whole_stream(piece, direction_out, 0);
        done += w;
        if (size_t(w) < v.iov_len - size_t(r)) return done;
        r = 0;
    }
    return done;
}

// As Linux does it: message by message until one fails, whose error is told when it is the first.
long gate::sendmmsg(Call& c) {
    u32 n = min(u32(c.a[2]), 1024u);
    if (!n || (c.a[3] & MSG_DONTWAIT)) {
        descriptors_are_shared();
        return direct(c);
    }
    for (u32 i = 0; i < n; i++) {
        long at = c.a[1] + long(i * sizeof(mmsghdr));
        Call one{c.co, SYS_sendmsg, {c.a[0], at, c.a[3]}, c.cancellation_point};
        long r = gate::sendmsg(one);
        if (r >= 0) r = write_program(at + long(offsetof(mmsghdr, msg_len)), u32(r)) ? 0 : -EFAULT;
        if (r < 0) return i ? i : r;
    }
    return n;
}

// Only another process can come between the look and the call: then it waits in the kernel.
static long accept_once(Call& c, Await& await) {
    int fd = await.fd();
    if (!ready_now(fd, POLLIN) || !reactor::begin_accept(reactor::find(fd), c.co)) return -EAGAIN;
    long r = -EAGAIN;
    if (ready_now(fd, POLLIN)) {
        Call now = c;
        now.a[0] = fd;
        u32 epoch = sharing_epoch.load(seq_cst);
        r = await.in_place(now, CallKind::short_call);
        if (c.nr != SYS_accept4 || !(c.a[3] & SOCK_NONBLOCK)) note_private(r, epoch);
    }
    if (Coroutine* next = reactor::end_accept(c.co)) make_ready(next);
    return r;
}
long gate::accept(Call& c) {
    int fd = int(c.a[0]);
    if (!reactor::find(fd)) return in_place(c, CallKind::long_call);
    Await await(c, fd, direction_in);
    for (;;) {
        await.look();
        long r = accept_once(c, await);
        if (r != -EAGAIN) return r;
        r = await.park_may_migrate(true);
        if (r == not_watchable) return await.in_place(c, CallKind::long_call);
        if (r < 0) return r;
    }
}
long gate::accept4(Call& c) { return gate::accept(c); }

// TCP: an empty sendto with MSG_FASTOPEN starts the connection without waiting for it (tcp(7)); then wait for it to be writable.
// Everything else connects at once, or in the kernel.
long gate::connect(Call& c) {
    int fd = int(c.a[0]);
    sa_family_t family = AF_UNSPEC;
    bool inet = c.a[2] >= long(sizeof(sockaddr_in)) && read_program(&family, c.a[1]) && (family == AF_INET || family == AF_INET6);
    if (!inet || !stream(fd)) return in_place(c, CallKind::short_call);
    long flags = sys::syscall(SYS_fcntl, fd, F_GETFL);
    if (flags < 0 || (flags & O_NONBLOCK)) return direct(c);
    Await await(c, fd, direction_out);
    await.look();
    long r = sys::syscall(SYS_sendto, fd, 0, 0, MSG_FASTOPEN | MSG_DONTWAIT | MSG_NOSIGNAL, c.a[1], c.a[2]);
    if (r == -EOPNOTSUPP || r == -EPIPE) return in_place(c, CallKind::short_call);
    if (r != -EINPROGRESS) return r;
    while (!ready_now(await.fd(), POLLOUT)) {
        r = await.park_may_migrate(true);
        if (r == -EAGAIN) return -EINPROGRESS;  // SO_SNDTIMEO
        if (r == not_watchable) break;
        if (r < 0) return r;
        await.look();
    }
    return -pending_error(await.fd());
}

}  // namespace coro

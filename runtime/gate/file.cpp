// pread(2), pwrite(2), preadv(2), pwritev(2), fsync(2), fdatasync(2): the disk. What goes by a file's own position (read(2), write(2)) stays on
// its kernel thread: there the kernel makes one call wait for the other, and io_uring does not.

#include "gate/await.h"
#include "gate/submit.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace {

using Disk = Descriptor::Disk;

// Where the last call for the file went says where the next should go.
Disk& disk_of(Descriptor* d, int fd) {
    if (d->disk == Disk::unasked) {
        long flags = sys::syscall(SYS_fcntl, fd, F_GETFL);
        d->disk = flags >= 0 && (flags & O_DIRECT) ? Disk::direct : Disk::cached;
    }
    return d->disk;
}

// From the page cache, as long as that is where things are: a call that held its processor up is the sign that they are not.
long from_cache(Call& c, Disk& disk) {
    Processor* p = c.co->worker->processor;
    long r = in_place(c, CallKind::short_call);
    if (c.co->worker->processor != p) disk = Disk::slow;
    return r;
}

struct Range {
    const iovec* iov;
    int count;
    size_t bytes;
    u64 offset;
};

long submit_range(Call& c, bool out, const Range& range) {
    int fd = int(c.a[0]);
    ring::Request r{};
    r.fd = fd;
    r.offset = range.offset;
    if (range.count == 1) {
        r.operation = out ? sys::uring_write : sys::uring_read;
        r.address = u64(reinterpret_cast<uptr>(range.iov->iov_base));
        r.length = u32(range.iov->iov_len);
    } else {
        r.operation = out ? sys::uring_writev : sys::uring_readv;
        r.address = u64(reinterpret_cast<uptr>(range.iov));
        r.length = u32(range.count);
    }
    return submit_and_wait(c, r, out ? Reason::write : Reason::read);
}

long transfer(Call& c, bool out, const Range& range) {
    int fd = int(c.a[0]);
    Descriptor* d = reactor::find(fd);
    constexpr size_t most = 1u << 30;  // a request's length has 32 bits
    if (!d || !may_submit(c.co) || i64(range.offset) < 0 || range.bytes > most || kind_of(fd) != Descriptor::file) return in_place(c, CallKind::short_call);
    Disk& disk = disk_of(d, fd);
    if (disk == Disk::cached) return from_cache(c, disk);
    if (disk == Disk::slow && !out) {
        long r = sys::syscall(SYS_preadv2, fd, sys::arg(range.iov), range.count, long(range.offset), narrow ? long(range.offset >> 32) : 0, RWF_NOWAIT);
        if (r == 0 || r == long(range.bytes)) return r;
        // Less than asked for: the file's end, or what the cache had. The kernel says which.
    }
    return submit_range(c, out, range);
}

// The low half of an offset is argument `at`, the high one the next; on 64-bit architectures all of it is in the first.
u64 offset_in(const Call& c, int at) { return narrow ? u64(u32(c.a[at])) | u64(u32(c.a[at + 1])) << 32 : u64(c.a[at]); }

long transfer_one(Call& c, bool out) {
    iovec iov{reinterpret_cast<void*>(c.a[1]), size_t(c.a[2])};
    return transfer(c, out, {&iov, 1, iov.iov_len, offset_in(c, arch::pread_offset)});
}

long transfer_many(Call& c, bool out) {
    auto* iov = reinterpret_cast<const iovec*>(c.a[1]);
    long count = c.a[2];
    if (count < 1 || count > IOV_MAX || !program_readable(c.a[1], size_t(count) * sizeof *iov)) return in_place(c, CallKind::short_call);
    size_t bytes = 0;
    for (long i = 0; i < count; i++) bytes += min(iov[i].iov_len, size_t{1} << 31);
    return transfer(c, out, {iov, int(count), bytes, offset_in(c, 3)});
}

long flush_file(Call& c, u32 flags) {
    int fd = int(c.a[0]);
    if (!may_submit(c.co) || kind_of(fd) != Descriptor::file) return in_place(c, CallKind::short_call);
    ring::Request r{};
    r.operation = sys::uring_fsync;
    r.fd = fd;
    r.flags = flags;
    return submit_and_wait(c, r, Reason::write);
}

}  // namespace

long gate::pread64(Call& c) { return transfer_one(c, false); }
long gate::pwrite64(Call& c) { return transfer_one(c, true); }
long gate::preadv(Call& c) { return transfer_many(c, false); }
long gate::pwritev(Call& c) { return transfer_many(c, true); }
long gate::fsync(Call& c) { return flush_file(c, 0); }
long gate::fdatasync(Call& c) { return flush_file(c, sys::uring_fsync_data_only); }

}  // namespace coro

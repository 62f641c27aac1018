#include "observe/trace_file.h"

#include <sys/stat.h>

#include "event/reactor.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace trace {
namespace {

constexpr u64 closed = u64{1} << 63;

int fd = -1;
Atomic<u64> end{0};        // of what is given out; `closed`: nothing more is
Atomic<u32> preparing{0};  // who is between taking a chunk and having filled it
u64 tail;                  // where append goes on

char spaces[page_bytes];

// pwritev(2) has its offset in the same place on every architecture.
long put(const void* bytes, size_t size, u64 offset) {
    iovec part{const_cast<void*>(bytes), size};
    return sys::syscall(SYS_pwritev, fd, sys::arg(&part), 1, sys::arg(u32(offset) | (sizeof(long) > 4 ? offset : 0)), long(offset >> 32));
}

// JSON's white space, and real blocks: a page of a mapped file that the disk has no room for would be SIGBUS.
bool fill(u64 offset, size_t bytes) {
    for (size_t done = 0; done < bytes; done += page_bytes)
        if (put(spaces, page_bytes, offset + done) != long(page_bytes)) return false;
    return true;
}

bool is_regular_or_new(const char* name, long* error) {
    struct statx st;
    *error = sys::syscall(SYS_statx, AT_FDCWD, sys::arg(name), 0, STATX_TYPE, sys::arg(&st));
    if (*error == -ENOENT) return true;
    if (*error == 0 && !S_ISREG(st.stx_mode)) *error = S_ISDIR(st.stx_mode) ? -EISDIR : -EINVAL;
    return *error == 0;
}

}  // namespace

long open_file(const char* name) {
    static char made[PATH_MAX + 32];
    long r;
    if (!is_regular_or_new(name, &r)) return r;
    Event suffix;
    suffix.text(".tmp").number(u64(sys::getpid()));
    size_t n = __builtin_strlen(name);
    if (n + suffix.size() >= sizeof made) return -ENAMETOOLONG;
    __builtin_memcpy(made, name, n);
    __builtin_memcpy(made + n, suffix.bytes(), suffix.size());
    made[n + suffix.size()] = 0;
    r = sys::syscall(SYS_openat, AT_FDCWD, sys::arg(made), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (r < 0) return r;
    fd = int(r);
    __builtin_memset(spaces, ' ', sizeof spaces);
    end.store(page_bytes, relaxed);
    r = fill(0, page_bytes) ? put("[\n", 2, 0) : -ENOSPC;
    if (r >= 0) r = sys::syscall(SYS_renameat2, AT_FDCWD, sys::arg(made), AT_FDCWD, sys::arg(name), 0);
    if (r < 0) {
        sys::syscall(SYS_unlinkat, AT_FDCWD, sys::arg(made), 0);
        sys::close(fd);
        fd = -1;
        return r;
    }
    reactor::keep(&fd);
    return 0;
}

void forget_file() {
    if (fd >= 0) sys::close(fd);
    fd = -1;
    preparing.store(0, relaxed);
}

void begin_end() {
    tail = end.exchange(closed, acq_rel);
    for (int i = 0; preparing.load(acquire) && i < 1000; i++) sys::yield();
}

void append(const Event& e) {
    put(e.bytes(), e.size(), tail);
    tail += e.size();
}

bool Chunk::next() {
    preparing.fetch_add(1, acq_rel);
    u64 at = end.load(relaxed);
    while (!(at & closed) && !end.cas(at, at + bytes_, acq_rel)) {}
    bool made = false;
    if (!(at & closed) && fill(at, bytes_)) {
        long p = sys::mmap(bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | (base_ ? MAP_FIXED : 0), fd, i64(at), base_);
        made = !sys::is_error(p);
        if (made) base_ = reinterpret_cast<char*>(p);
    }
    preparing.fetch_add(u32(-1), acq_rel);
    if (made) used_ = 0;
    return made;
}

bool Chunk::write(const Event& e) {
    if ((!base_ || bytes_ - used_ < e.size()) && !next()) return false;
    __builtin_memcpy(base_ + used_, e.bytes(), e.size());
    used_ += e.size();
    return true;
}

void Chunk::unmap() {
    if (base_) sys::munmap(base_, bytes_);
    base_ = nullptr;
}

}  // namespace trace
}  // namespace coro

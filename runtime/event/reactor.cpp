#include "event/reactor.h"

#include "event/nonblock.h"
#include "event/ring.h"
#include "sys/valgrind.h"

#include <sys/resource.h>

namespace coro::reactor {

Atomic<Descriptor*> chunks[chunks_max];

namespace {

constexpr u64 interrupt_tag = ~u64{0}, ring_tag = ~u64{0} - 1;
constexpr u32 in_events = EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr u32 out_events = EPOLLOUT | EPOLLHUP | EPOLLERR;

int epoll_fd = -1, interrupt_fd = -1;
int none = -1;
int* kept_fd = &none;  // see keep
bool no_pwait2;  // Linux before 5.11, or a sandbox that does not know it; nor does valgrind, which says so

// The first free number from the high end of the table: low ones are the program's to see.
long move_high(long fd) {
    if (fd < 0) return fd;
    rlimit limit{1024, 1024};
    sys::syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, sys::arg(&limit));
    long from = limit.rlim_cur > 1016 ? 1000 : max(long(limit.rlim_cur) - 16, 3L);
    long high = sys::syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, from);
    if (high < 0) return fd;
    sys::close(int(fd));
    return high;
}

long add_own(int fd, u64 tag) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.u64 = tag;
    return sys::syscall(SYS_epoll_ctl, epoll_fd, EPOLL_CTL_ADD, fd, sys::arg(&event));
}

enum RingState : u32 { ring_unasked, ring_starting, ring_refused, ring_ready };
Atomic<u32> ring_state{ring_unasked};

RingState start_ring() {
    long fd = ring::start();
    if (fd < 0) return ring_refused;
    ring::moved_to(int(move_high(fd)));
    if (add_own(ring::descriptor(), ring_tag) == 0) return ring_ready;
    ring::reset_after_fork();
    return ring_refused;
}

// Requires d.lock. Appends to `ready` who is parked; counts edges.
void deliver(Descriptor& d, u32 events, CoroutineQueue& ready) __attribute__((requires_capability(d.lock))) {
    bool in = events & in_events, out = events & out_events;
    // Before the claims, seq_cst: pairs with the parker's store of `preparing` and load of the number (store-load both sides).
    if (in) d.edges[direction_in].fetch_add(1, seq_cst);
    if (out) d.edges[direction_out].fetch_add(1, seq_cst);
    bool in_taken = false, out_taken = false;
    for (Link* l = d.waiters.front(); l; l = d.waiters.after(l)) {
        WaitNode* node = WaitNode::from(l);
        if (!((node->events | EPOLLERR | EPOLLHUP) & events)) continue;
        bool& taken = node->events & EPOLLOUT ? out_taken : in_taken;
        if (node->consumes && taken) continue;
        Woken woken = try_wake(node->co, cause_woken);
        if (woken == Woken::ready) ready.push_back(node->co);
        if (node->consumes && woken != Woken::no) taken = true;
    }
}

}  // namespace

long start(bool with_ring) {
    long fd = move_high(sys::syscall(SYS_epoll_create1, EPOLL_CLOEXEC));
    if (fd < 0) return fd;
    epoll_fd = int(fd);
    fd = move_high(sys::syscall(SYS_eventfd2, 0, O_CLOEXEC | O_NONBLOCK));
    if (fd >= 0) {
        interrupt_fd = int(fd);
        fd = add_own(interrupt_fd, interrupt_tag);
    }
    no_pwait2 |= valgrind::runs;
    ring_state.store(with_ring ? ring_unasked : ring_refused, relaxed);
    if (fd >= 0) return 0;
    reset_after_fork();
    return fd;
}

bool ring_available() {
    u32 state = ring_state.load(acquire);
    if (CORO_LIKELY(state == ring_ready)) return true;
    if (state == ring_unasked && ring_state.cas(state, ring_starting, acq_rel)) {
        state = start_ring();
        ring_state.store(state, release);
        sys::futex_wake(ring_state.address(), INT_MAX);
    }
    // A millisecond, in the kernel: without a ring each would take a kernel thread for as long as its call lasts.
    while (state == ring_starting) {
        sys::futex_wait(ring_state.address(), ring_starting, never);
        state = ring_state.load(acquire);
    }
    return state == ring_ready;
}

void reset_after_fork() {
    if (epoll_fd >= 0) sys::close(epoll_fd);
    if (interrupt_fd >= 0) sys::close(interrupt_fd);
    epoll_fd = interrupt_fd = -1;
    ring::reset_after_fork();
    nonblock::reset_after_fork();
    for (u32 i = 0; i < chunks_max; i++) chunks[i].store(nullptr, relaxed);
}

Descriptor* find_in_new_chunk(int fd) {
    size_t bytes = chunk_entries * sizeof(Descriptor);
    long p = sys::mmap_anonymous(bytes, PROT_READ | PROT_WRITE);
    if (sys::is_error(p)) return nullptr;
    // Zero is a valid Descriptor. Loser of the race gives its copy back.
    Descriptor* entries = nullptr;
    if (chunks[u32(fd) / chunk_entries].cas(entries, reinterpret_cast<Descriptor*>(p), acq_rel)) entries = reinterpret_cast<Descriptor*>(p);
    else sys::munmap(reinterpret_cast<void*>(p), bytes);
    return &entries[u32(fd) % chunk_entries];
}

bool watch(Descriptor* d, int fd) {
    for (;;) {
        if (CORO_LIKELY(d->state == Descriptor::registered)) return true;
        if (d->state == Descriptor::refused) return false;
        u32 closes = d->closes.load(seq_cst);
        epoll_event event{};
        event.events = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLET;
        event.data.u64 = u64(d->generation) << 32 | u32(fd);
        long r = sys::syscall(SYS_epoll_ctl, epoll_fd, EPOLL_CTL_ADD, fd, sys::arg(&event));
        // EEXIST: another coroutine was faster, or the number was closed behind our back and now means the same file again.
        if (r == -EEXIST) r = sys::syscall(SYS_epoll_ctl, epoll_fd, EPOLL_CTL_MOD, fd, sys::arg(&event));
        if (r != 0 && r != -EPERM) return false;
        Locked hold(d->lock);
        if (d->closes.load(relaxed) != closes) continue;  // it may have been the file before
        d->state = r == 0 ? Descriptor::registered : Descriptor::refused;
        return r == 0;
    }
}

void enlist(Descriptor* d, WaitNode* node) {
    Locked hold(d->lock);
    d->waiters.push_back(&node->link);
}

bool enlist_own(long fd, WaitNode* node) {
    fd = move_high(fd);
    if (fd < 0) return false;
    Descriptor* d = find(int(fd));
    if (!d || !watch(d, int(fd))) {
        sys::close(int(fd));
        return false;
    }
    node->fd = int(fd);
    Locked hold(d->lock);
    d->private_waiters = 1;
    d->waiters.push_back(&node->link);
    return true;
}

// A descriptor of our own that nobody waits on any more.
static void close_private(Descriptor* d, int fd) {
    {
        Locked hold(d->lock);
        d->state = Descriptor::fresh;
        d->generation++;
    }
    sys::syscall(SYS_epoll_ctl, epoll_fd, EPOLL_CTL_DEL, fd, 0);  // not by close alone: a duplicate would keep the registration
    sys::close(fd);
}

// Off the list. Where it stood; `gone`: for good, and a private duplicate is closed by the last.
static Descriptor* unlist(WaitNode* node, bool gone) {
    for (;;) {
        int fd = __atomic_load_n(&node->fd, relaxed);
        Descriptor* d = find(fd);
        d->lock.lock();
        if (node->fd != fd) {  // it was moved to a duplicate meanwhile
            d->lock.unlock();
            continue;
        }
        if (node->link.linked()) node->link.unlink();
        bool last = gone && d->private_waiters && --d->private_waiters == 0;
        d->lock.unlock();
        if (last) close_private(d, fd);
        return d;
    }
}

void step_off(WaitNode* node) { unlist(node, false); }
Descriptor* delist(WaitNode* node) { return unlist(node, true); }

Coroutine* wake_next(Descriptor* d, u32 events) {
    if (d->waiters.empty()) return nullptr;  // a hint: whoever enlists later has tried later
    Locked hold(d->lock);
    for (Link* l = d->waiters.front(); l; l = d->waiters.after(l)) {
        WaitNode* node = WaitNode::from(l);
        if (!node->consumes || !(node->events & events)) continue;
        Woken woken = try_wake(node->co, cause_woken);
        if (woken == Woken::ready) return node->co;
        if (woken == Woken::early) return nullptr;
    }
    return nullptr;
}

bool begin_accept(Descriptor* d, Coroutine* co) {
    Locked hold(d->lock);
    if (d->acceptor) return false;
    d->acceptor = co->tid;
    co->accepts = d;
    return true;
}

Coroutine* end_accept(Coroutine* co) {
    Descriptor* d = co->accepts;
    if (!d) return nullptr;
    co->accepts = nullptr;
    {
        Locked hold(d->lock);
        if (d->acceptor != co->tid) return nullptr;  // the number is another file's by now
        d->acceptor = 0;
        d->edges[direction_in].fetch_add(1, seq_cst);  // for who was turned away and may not be enlisted yet
    }
    return wake_next(d, EPOLLIN);
}

// A private duplicate of the file for those who wait.
static long duplicate_for_waiters(int fd) {
    long copy = sys::syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 1000);
    return copy < 0 ? sys::syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3) : copy;
}

// Requires d's lock. Callers of poll are left alone: their next look would be at the number.
static void retry_all(Descriptor* d, CoroutineQueue& ready) {
    // Before the claims, seq_cst: pairs with Await::park_may_migrate, for who is about to say `preparing`.
    for (auto& edges : d->edges) edges.fetch_add(1, seq_cst);
    for (Link* l = d->waiters.front(); l; l = d->waiters.after(l)) {
        WaitNode* node = WaitNode::from(l);
        if (node->consumes && try_wake(node->co, cause_woken) == Woken::ready) ready.push_back(node->co);
    }
}

void try_again(Descriptor* d, CoroutineQueue& ready) {
    Locked hold(d->lock);
    d->asked_epoch = 0;
    retry_all(d, ready);
}

// Order of locks: the number, then its private duplicate. Returns how many.
static u32 move_waiters(Descriptor* d, Descriptor* to, int copy, CoroutineQueue& ready) {
    Locked hold(d->lock);
    d->generation++;
    d->state = Descriptor::fresh;
    d->receive_timeout = d->send_timeout = false;
    d->private_waiters = 0;  // if it was a duplicate, its number is no longer ours
    d->acceptor = 0;
    if (!to) {
        retry_all(d, ready);
        return 0;
    }
    Locked hold_copy(to->lock);
    u32 moved = 0;
    for (; Link* l = d->waiters.front(); moved++) {
        l->unlink();
        __atomic_store_n(&WaitNode::from(l)->fd, copy, relaxed);
        to->waiters.push_back(l);
    }
    to->private_waiters = moved;
    retry_all(to, ready);  // the edge that registering made may have come before they did
    return moved;
}

void forget(int fd, CoroutineQueue& ready) {
    Descriptor* d = find_made(fd);
    if (!d) return;
    d->closes.fetch_add(1, seq_cst);
    d->kind = Descriptor::unknown;
    d->disk = Descriptor::unasked;
    d->private_epoch = d->asked_epoch = 0;
    if (d->state == Descriptor::fresh && d->waiters.empty() && !d->receive_timeout && !d->send_timeout && !d->acceptor) return;
    if (d->state == Descriptor::registered) sys::syscall(SYS_epoll_ctl, epoll_fd, EPOLL_CTL_DEL, fd, 0);
    long copy = d->waiters.empty() ? -1 : duplicate_for_waiters(fd);
    Descriptor* to = copy < 0 ? nullptr : find(int(copy));
    if (to) watch(to, int(copy));
    if (!move_waiters(d, to, int(copy), ready) && to) close_private(to, int(copy));  // all have left since we looked
}

void forgotten(int fd, CoroutineQueue& ready) {
    Descriptor* d = find_made(fd);
    if (!d) return;
    d->closes.fetch_add(1, seq_cst);  // then the state: watch sets it only while the count stands still
    if (d->state == Descriptor::fresh && d->waiters.empty()) return;
    Locked hold(d->lock);
    // Not the generation: the number may be another file's by now, registered and waited for. Registering again does no harm.
    d->state = Descriptor::fresh;
    retry_all(d, ready);
}

void keep(int* fd) {
    *fd = int(move_high(*fd));
    kept_fd = fd;
}

bool owns(int fd) {
    if (fd >= 0 && (fd == epoll_fd || fd == interrupt_fd || fd == ring::descriptor() || fd == *kept_fd)) return true;
    Descriptor* d = find_made(fd);
    return d && d->private_waiters;
}

long vacate(int fd) {
    if (fd != epoll_fd && fd != interrupt_fd && fd != ring::descriptor() && fd != *kept_fd) return 0;  // a duplicate: forget moves its waiters on
    long to = sys::syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, fd + 1);
    if (to < 0) to = sys::syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3);
    if (to < 0) return to;
    if (fd == ring::descriptor()) ring::moved_to(int(to));
    else (fd == epoll_fd ? epoll_fd : fd == interrupt_fd ? interrupt_fd : *kept_fd) = int(to);
    return 0;
}

bool hand_on(CoroutineQueue& ready) {
    if (CORO_LIKELY(ring::flush())) return true;
    if (!ring::forbidden()) return false;
    ring_state.store(ring_refused, relaxed);
    ring::give_up(ready);
    return true;
}

void collect(u64 deadline_ns, Events& room, CoroutineQueue& ready) {
    // Nobody waits for what the kernel does not know of.
    if (!hand_on(ready) && deadline_ns != 0) deadline_ns = min(deadline_ns, sys::now_ns() + ns_per_ms);
    if (!ready.empty()) deadline_ns = 0;
    epoll_event* events = room.of;
    constexpr int events_max = sizeof room.of / sizeof room.of[0];
    u64 now = deadline_ns == 0 || deadline_ns == never ? 0 : sys::now_ns();
    u64 wait = deadline_ns == never ? never : deadline_ns <= now ? 0 : deadline_ns - now;
    timespec ts = sys::to_timespec(wait);
    long n = -ENOSYS;
    if (wait == 0) {
        n = sys::syscall(SYS_epoll_pwait, epoll_fd, sys::arg(events), events_max, 0, 0, 8);
    } else {
        if (!no_pwait2)
            n = sys::syscall(SYS_epoll_pwait2, epoll_fd, sys::arg(events), events_max, wait == never ? 0 : sys::arg(&ts), 0, 8);
        if (n == -ENOSYS || n == -EPERM) {  // ppoll has nanoseconds too
            no_pwait2 = true;
            pollfd p{epoll_fd, POLLIN, 0};
            sys::syscall(sys::nr_ppoll, sys::arg(&p), 1, wait == never ? 0 : sys::arg(&ts), 0, 8);
            n = sys::syscall(SYS_epoll_pwait, epoll_fd, sys::arg(events), events_max, 0, 0, 8);
        }
    }
    for (long i = 0; i < n; i++) {
        u64 tag = events[i].data.u64;
        if (tag == interrupt_tag) {
            u64 count;
            sys::syscall(SYS_read, interrupt_fd, sys::arg(&count), 8);
            continue;
        }
        if (tag == ring_tag) {
            ring::collect(ready);
            continue;
        }
        Descriptor* d = find(int(u32(tag)));
        if (!d) continue;
        Locked hold(d->lock);
        if (d->generation == u32(tag >> 32)) deliver(*d, events[i].events, ready);
    }
}

void interrupt() {
    u64 one = 1;
    sys::write(interrupt_fd, &one, 8);
}

}  // namespace coro::reactor

// poll(2), ppoll(2), select(2), pselect(2), epoll_wait(2) and epoll_pwait(2). Never restarted after a handler (signal(7)).
#include <sys/select.h>

#include "event/reactor.h"
#include "gate/deadline.h"
#include "gate/gate.h"
#include "signals/delivery.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace {

// Memory for one call: on the stack while it is little, else a mapping of its own (the stack may be small).
template <class T, u32 few> class Scratch {
public:
    explicit Scratch(size_t n) : bytes_(n * sizeof(T)) {
        if (n <= few) data_ = reinterpret_cast<T*>(local_);
        else if (long p = sys::mmap_anonymous(bytes_, PROT_READ | PROT_WRITE); !sys::is_error(p)) data_ = reinterpret_cast<T*>(p);
    }
    ~Scratch() {
        if (data_ && data_ != reinterpret_cast<T*>(local_)) sys::munmap(data_, bytes_);
    }
    Scratch(const Scratch&) = delete;
    T* data() { return data_; }

private:
    size_t bytes_;
    T* data_ = nullptr;
    alignas(T) char local_[few * sizeof(T)];
};

// The mask of ppoll and its like, for the time of the call; signals that it lets through are delivered before it ends, when the
// call stands on no list any more: a handler may never come back.
class MaskSwap {
public:
    // `at`: the set in program memory; 0: none.
    MaskSwap(Coroutine* co, long at) : co_(co), old_(co->signal_mask), active_(at) {
        if (!at) return;
        u64 mask;
        if (!read_program(&mask, at)) {
            active_ = false;
            error = -EFAULT;
            return;
        }
        hold_blocked(mask & ~(u64{7} << 31));
        co->signal_mask = mask & ~unblockable;
    }
    long error = 0;
    void deliver() {
        if (!active_) return;
        co_->depth--;
        deliver_signals_may_migrate(co_);
        co_->depth++;
    }
    ~MaskSwap() {
        if (!active_) return;
        co_->signal_mask = old_;
        pass_on(co_, old_);
        if (signal_deliverable(co_)) co_->attention.fetch_or(attention_signal, relaxed);
    }

private:
    Coroutine* co_;
    u64 old_;
    bool active_;
};

struct Enlisted {
    WaitNode* nodes;
    u32 count = 0;
    explicit Enlisted(WaitNode* n) : nodes(n) {}
    bool add(Coroutine* co, int fd, u32 events) {
        Descriptor* d = reactor::find(fd);
        if (!d || !reactor::watch(d, fd)) return false;
        WaitNode* node = &nodes[count++];
        *node = {{}, co, fd, u16(events), false};
        reactor::enlist(d, node);
        return true;
    }
    void leave() {
        while (count) reactor::delist(&nodes[--count]);
    }
    ~Enlisted() { leave(); }
};

// Parks until `look_again` gives something, the deadline or a signal. Everything is on the list.
template <class F> long await_readiness(Call& c, Enlisted& list, u64 deadline_ns, void* object, F look_again) {
    Coroutine* co = c.co;
    for (;;) {
        prepare_to_park(co);
        long r = look_again();
        if (r != 0) try_wake(co, cause_woken);
        else if (deadline_ns != never) arm_deadline(co, deadline_ns);
        Wait cause = park_interruptible(co, Reason::poll, object);
        TimerWheel::cancel(co);
        if (r != 0) return r;
        if (cause == cause_timeout) return look_again();
        if (cause != cause_signal) continue;
        if (cancels_now(co)) list.leave();  // the thread ends there
        if (ends_with_eintr(c, false)) return -EINTR;
    }
}

// `result`: as poll(2). not_watchable inside: the kernel waits.
long poll_fds(Call& c, pollfd* fds, u32 n, u64 deadline_ns) {
    long r = sys::poll_now(fds, n);
    if (r != 0 || deadline_ns == 0) return r;
    Scratch<WaitNode, 4> nodes(n);
    if (!nodes.data()) return -ENOMEM;
    Enlisted list(nodes.data());
    for (u32 i = 0; i < n; i++) {
        if (fds[i].fd < 0) continue;
        if (list.add(c.co, fds[i].fd, u32(fds[i].events))) continue;
        list.leave();  // a handler may leave the call for good
        u64 now = sys::now_ns();
        timespec left = sys::to_timespec(deadline_ns > now ? deadline_ns - now : 0);
        Call raw{c.co, sys::nr_ppoll, {long(fds), long(n), deadline_ns == never ? 0 : long(&left), 0, 8}, c.cancellation_point};
        return in_place(raw, CallKind::long_call);
    }
    return await_readiness(c, list, deadline_ns, fds, [=] { return sys::poll_now(fds, n); });
}

long poll_call(Call& c, u64 deadline_ns, long set) {
    u64 n = u64(c.a[1]);
    if (n > 1 << 20) return direct(c);
    if (!program_readable(c.a[0], n * sizeof(pollfd))) return -EFAULT;
    MaskSwap mask(c.co, set);
    if (mask.error) return mask.error;
    long r = poll_fds(c, reinterpret_cast<pollfd*>(c.a[0]), u32(n), deadline_ns);
    if (r <= 0) mask.deliver();
    return r;
}

// What of poll's events each set of select means (select(2), "Correspondence between select() and poll() notifications").
constexpr short in_set = POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR;
constexpr short out_set = POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR;
constexpr short except_set = POLLPRI;

constexpr int word_bits = 8 * sizeof(long);
bool in(const unsigned long* set, int fd) { return set && (set[fd / word_bits] >> (fd % word_bits) & 1); }

long select_sets(Call& c, u64 deadline_ns, long mask_set) {
    int n = int(c.a[0]);
    if (n < 0) return -EINVAL;
    size_t set_bytes = size_t(n + word_bits - 1) / word_bits * sizeof(long);
    for (int i = 1; i < 4; i++)
        if (c.a[i] && !program_readable(c.a[i], set_bytes)) return -EFAULT;
    unsigned long* sets[3] = {reinterpret_cast<unsigned long*>(c.a[1]), reinterpret_cast<unsigned long*>(c.a[2]),
                              reinterpret_cast<unsigned long*>(c.a[3])};
    u32 count = 0;
    for (int fd = 0; fd < n; fd++) count += in(sets[0], fd) || in(sets[1], fd) || in(sets[2], fd);
    Scratch<pollfd, 8> fds(count);
    if (!fds.data()) return -ENOMEM;
    u32 at = 0;
    for (int fd = 0; fd < n; fd++) {
        short events = short((in(sets[0], fd) ? POLLIN : 0) | (in(sets[1], fd) ? POLLOUT : 0) | (in(sets[2], fd) ? POLLPRI : 0));
        if (events) fds.data()[at++] = {fd, events, 0};
    }
    MaskSwap mask(c.co, mask_set);
    if (mask.error) return mask.error;
    long r = poll_fds(c, fds.data(), count, deadline_ns);
    if (r <= 0) mask.deliver();
    if (r < 0) return r;
    for (u32 i = 0; i < count; i++)
        if (fds.data()[i].revents & POLLNVAL) return -EBADF;
    for (auto* set : sets)
        for (size_t i = 0; set && i < set_bytes; i += sizeof(long))
            if (!write_program(long(set) + long(i), 0ul)) return -EFAULT;
    long bits = 0;
    for (u32 i = 0; i < count; i++) {
        pollfd& p = fds.data()[i];
        const short meaning[3] = {in_set, out_set, except_set}, asked[3] = {POLLIN, POLLOUT, POLLPRI};
        for (int k = 0; k < 3; k++) {
            if (!(p.events & asked[k]) || !(p.revents & meaning[k])) continue;
            sets[k][p.fd / word_bits] |= 1ul << (p.fd % word_bits);
            bits++;
        }
    }
    return bits;
}

long epoll_once(Call& c, u64 deadline_ns) {
    int fd = int(c.a[0]);
    auto look_again = [&] { return sys::call_now(SYS_epoll_pwait, fd, c.a[1], c.a[2], 0, 0, 8); };
    long r = look_again();
    if (r != 0 || deadline_ns == 0) return r;
    WaitNode node;
    Enlisted list(&node);
    if (!list.add(c.co, fd, EPOLLIN)) {
        Call raw = c;
        raw.nr = SYS_epoll_pwait;
        u64 now = sys::now_ns();
        raw.a[3] = deadline_ns == never ? -1 : long(deadline_ns > now ? min((deadline_ns - now + ns_per_ms - 1) / ns_per_ms, u64{INT_MAX}) : 0);
        raw.a[4] = 0;
        raw.a[5] = 8;
        return in_place(raw, CallKind::long_call);
    }
    return await_readiness(c, list, deadline_ns, reinterpret_cast<void*>(long(fd)), look_again);
}

long epoll_call(Call& c, u64 deadline_ns, long set) {
    MaskSwap mask(c.co, set);
    if (mask.error) return mask.error;
    long r = epoll_once(c, deadline_ns);
    if (r <= 0) mask.deliver();
    return r;
}

// A relative timespec, in program memory, as a deadline: null is never, zero is 0 ("only look").
Deadline wait_of(const timespec& ts) {
    if (!valid(ts)) return {0, -EINVAL};
    u64 ns = saturated_ns(ts);
    return {ns ? sys::after_ns(sys::now_ns(), ns) : 0, 0};
}
Deadline wait_of(long nr, long at) {
    timespec ts;
    if (!at) return {never, 0};
    if (!read_time(&ts, nr, at)) return {0, -EFAULT};
    return wait_of(ts);
}
timespec left_until(u64 deadline_ns) {
    u64 now = sys::now_ns();
    return sys::to_timespec(deadline_ns > now ? deadline_ns - now : 0);
}
// Linux updates the timespec; the libc passes a copy. One that cannot be written is left (select(2), "C library/kernel differences").
void write_back(long nr, long at, u64 deadline_ns) {
    if (at && deadline_ns) (void)!write_time(nr, at, left_until(deadline_ns));
}

}  // namespace

long gate::poll(Call& c) { return poll_call(c, c.a[2] ? deadline_ms(int(c.a[2])) : 0, 0); }

long gate::ppoll(Call& c) {
    Deadline d = wait_of(c.nr, c.a[2]);
    if (d.error) return d.error;
    long r = poll_call(c, d.ns, c.a[3]);
    write_back(c.nr, c.a[2], d.ns);
    return r;
}

long gate::select(Call& c) {
    struct { long seconds, us; } tv;
    Deadline d{never, 0};
    if (c.a[4]) {
        if (!read_program(&tv, c.a[4])) return -EFAULT;
        d = wait_of(timespec{time_t(tv.seconds) + tv.us / 1000000, tv.us % 1000000 * 1000});
    }
    if (d.error) return d.error;
    long r = select_sets(c, d.ns, 0);
    if (c.a[4] && d.ns) {
        timespec left = left_until(d.ns);
        tv = {long(left.tv_sec), left.tv_nsec / 1000};
        (void)!write_program(c.a[4], tv);
    }
    return r;
}

long gate::pselect6(Call& c) {
    Deadline d = wait_of(c.nr, c.a[4]);
    if (d.error) return d.error;
    long mask_and_size[2] = {0, 0};
    if (c.a[5] && !read_program(&mask_and_size, c.a[5])) return -EFAULT;
    long r = select_sets(c, d.ns, mask_and_size[0]);
    write_back(c.nr, c.a[4], d.ns);
    return r;
}

long gate::epoll_wait(Call& c) { return epoll_call(c, c.a[3] ? deadline_ms(int(c.a[3])) : 0, 0); }
long gate::epoll_pwait(Call& c) {
    return epoll_call(c, c.a[3] ? deadline_ms(int(c.a[3])) : 0, c.a[4]);
}
long gate::epoll_pwait2(Call& c) {
    Deadline d = wait_of(c.nr, c.a[3]);
    return d.error ? d.error : epoll_call(c, d.ns, c.a[4]);
}

}  // namespace coro

#include "event/nonblock.h"

#include "sys/spin_lock.h"

namespace coro::nonblock {
namespace {

constexpr u32 trusted_max = 256;
constexpr u64 period_ns = 10 * ns_per_ms;

SpinLock lock;
int trusted[trusted_max];
Atomic<u32> count{0};
u64 asked_at_ns;  // the monitor's alone

}  // namespace

bool trust(Descriptor* d, int fd) {
    if (CORO_LIKELY(d->trusted.load(relaxed))) return true;  // pairs with ask_again, which clears it before it asks
    Locked hold(lock);
    if (d->trusted.load(relaxed)) return true;
    u32 n = count.load(relaxed);
    if (n == trusted_max) return false;
    trusted[n] = fd;
    d->trusted.store(true, seq_cst);
    count.store(n + 1, seq_cst);  // before its processor may be seen idle: pairs with the monitor, who looks at that first
    return true;
}

u64 next_ns() { return count.load(seq_cst) ? asked_at_ns + period_ns : never; }

void ask_again(u64 now_ns, CoroutineQueue& ready) {
    if (CORO_LIKELY(now_ns < next_ns())) return;
    asked_at_ns = now_ns;
    for (;;) {
        Descriptor* d;
        int fd;
        {
            Locked hold(lock);
            u32 n = count.load(relaxed);
            if (!n) return;
            count.store(n - 1, relaxed);
            fd = trusted[n - 1];
            d = reactor::find(fd);
            if (!d) continue;
            d->trusted.store(false, seq_cst);  // who trusts from now on is on the list again; before, sees what is asked now
        }
        long flags = sys::syscall(SYS_fcntl, fd, F_GETFL);
        if (flags >= 0 && (flags & O_NONBLOCK)) reactor::try_again(d, ready);
    }
}

void reset_after_fork() {
    new (&lock) SpinLock;
    count.store(0, relaxed);
}

}  // namespace coro::nonblock

#include "event/ring.h"

#include "sys/spin_lock.h"

namespace coro::ring {
namespace {

using namespace sys;

constexpr u32 submissions_max = 256, completions_max = 4096;

// The kernel's view: heads and tails are shared with it, each written by one side (release) and read by the other (acquire).
struct Rings {
    char* base;
    size_t bytes, entries_bytes;
    UringSubmission* entries;
    u32 *submission_head, *submission_tail, *completion_head, *completion_tail;
    u32 submission_mask, completion_mask, completion_count;
    UringCompletion* completions;
};

int ring_fd = -1;
Rings rings;
SpinLock submitting;       // tail of the submissions
SpinLock completing;       // head of the completions, and the claims made from them
Atomic<u32> waiting{0};    // submitted, not yet handed to the kernel
Atomic<u32> under_way{0};
Atomic<bool> refused{false};

constexpr u64 nobody = 0;  // name of a request whose completion no one waits for
u64 name_of(const Request& r) { return u64(reinterpret_cast<uptr>(&r)); }

u32* at(u32 offset) { return reinterpret_cast<u32*>(rings.base + offset); }

bool map(const UringParameters& p) {
    rings.bytes = max(size_t(p.submissions.array + p.submission_entries * 4),
                      size_t(p.completions.dropped + p.completion_entries * sizeof(UringCompletion)));
    rings.entries_bytes = p.submission_entries * sizeof(UringSubmission);
    long base = mmap(rings.bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring_fd, uring_offset_rings);
    if (is_error(base)) return false;
    rings.base = reinterpret_cast<char*>(base);
    long entries = mmap(rings.entries_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring_fd, uring_offset_entries);
    if (is_error(entries)) {
        munmap(rings.base, rings.bytes);
        return false;
    }
    rings.entries = reinterpret_cast<UringSubmission*>(entries);
    rings.submission_head = at(p.submissions.head), rings.submission_tail = at(p.submissions.tail);
    rings.completion_head = at(p.completions.head), rings.completion_tail = at(p.completions.tail);
    rings.submission_mask = *at(p.submissions.mask), rings.completion_mask = *at(p.completions.mask);
    rings.completion_count = p.completion_entries;
    rings.completions = reinterpret_cast<UringCompletion*>(at(p.completions.dropped));  // io_cqring_offsets.cqes
    for (u32 i = 0; i < p.submission_entries; i++) at(p.submissions.array)[i] = i;      // entry i stands at place i
    return true;
}

long set_up(UringParameters& p) {
    p.flags = uring_setup_clamp | uring_setup_cqsize | uring_setup_coop_taskrun;
    p.completion_entries = completions_max;
    long fd = syscall(SYS_io_uring_setup, submissions_max, arg(&p));
    if (fd != -EINVAL) return fd;
    p = UringParameters{};
    p.flags = uring_setup_clamp | uring_setup_cqsize;
    p.completion_entries = completions_max;
    return syscall(SYS_io_uring_setup, submissions_max, arg(&p));
}

bool push(const UringSubmission& s) {
    Locked hold(submitting);
    u32 tail = *rings.submission_tail;
    if (tail - __atomic_load_n(rings.submission_head, __ATOMIC_ACQUIRE) > rings.submission_mask) return false;
    rings.entries[tail & rings.submission_mask] = s;
    __atomic_store_n(rings.submission_tail, tail + 1, __ATOMIC_RELEASE);
    waiting.fetch_add(1, seq_cst);
    return true;
}

}  // namespace

long start() {
    UringParameters p{};
    long fd = set_up(p);
    if (fd < 0) return fd;
    constexpr u32 needed = uring_feature_single_mmap | uring_feature_nodrop | uring_feature_submit_stable;
    ring_fd = int(fd);
    // Asked once for nothing: a sandbox may know one of the two calls only.
    long r = syscall(SYS_io_uring_enter, ring_fd, 0, 0, 0, 0, 0);
    if (r == 0 && (p.features & needed) == needed && map(p)) return fd;
    close(ring_fd);
    ring_fd = -1;
    return -ENOSYS;
}

void reset_after_fork() {
    if (ring_fd < 0) return;
    munmap(rings.base, rings.bytes);
    munmap(rings.entries, rings.entries_bytes);
    close(ring_fd);
    ring_fd = -1;
    new (&submitting) SpinLock;
    new (&completing) SpinLock;
    waiting.store(0, relaxed);
    under_way.store(0, relaxed);
    refused.store(false, relaxed);
}

int descriptor() { return ring_fd; }
void moved_to(int fd) { ring_fd = fd; }

bool submit(Request& r) {
    // As many as there is room for completions: none can overflow.
    if (under_way.fetch_add(1, relaxed) >= rings.completion_count) {
        under_way.fetch_add(u32(-1), relaxed);
        return false;
    }
    UringSubmission s{r.operation, 0, 0, r.fd, r.offset, r.address, r.length, r.flags, name_of(r), {0, r.mask, 0}};
    if (push(s)) return true;
    flush();
    if (push(s)) return true;
    under_way.fetch_add(u32(-1), relaxed);
    return false;
}

void cancel(Request& r) {
    UringSubmission s{uring_cancel, 0, 0, -1, 0, name_of(r), 0, 0, nobody, {}};
    if (forbidden()) return;  // then it ends when it ends
    under_way.fetch_add(1, relaxed);
    while (!push(s)) flush();  // there is room as soon as the kernel has memory again
    flush();
}

bool pending() { return waiting.load(seq_cst); }
bool forbidden() { return CORO_UNLIKELY(refused.load(relaxed)); }

// Requires `completing`.
static void complete(Request& r, int result, CoroutineQueue& ready) {
    Coroutine* co = r.co;
    r.result = result;
    r.done.store(true, seq_cst);  // then the claim; pairs with the waiter, who says `preparing` and then looks
    if (try_wake(co, cause_woken) == Woken::ready) ready.push_back(co);
}

void give_up(CoroutineQueue& ready) {
    Locked hold(submitting);
    Locked hold_completions(completing);
    u32 head = __atomic_load_n(rings.submission_head, __ATOMIC_ACQUIRE), tail = *rings.submission_tail;
    for (u32 i = head; i != tail; i++) {
        u64 name = rings.entries[i & rings.submission_mask].user_data;
        under_way.fetch_add(u32(-1), relaxed);
        if (name != nobody) complete(*reinterpret_cast<Request*>(uptr(name)), -ECANCELED, ready);
    }
    __atomic_store_n(rings.submission_tail, head, __ATOMIC_RELEASE);
    waiting.store(0, seq_cst);
}

bool flush() {
    if (!waiting.load(relaxed)) return true;
    u32 count = waiting.exchange(0, seq_cst);
    while (count) {
        long n = syscall(SYS_io_uring_enter, ring_fd, count, 0, 0, 0, 0);
        if (n > 0) count -= min(u32(n), count);
        else if (n != -EINTR) {  // EAGAIN, EBUSY: no memory just now; or another has handed these on (0)
            if (n < 0 && n != -EAGAIN && n != -EBUSY) refused.store(true, seq_cst);
            break;
        }
    }
    if (!count || __atomic_load_n(rings.submission_head, __ATOMIC_ACQUIRE) == __atomic_load_n(rings.submission_tail, __ATOMIC_ACQUIRE)) return true;
    waiting.fetch_add(count, seq_cst);  // with the next flush
    return false;
}

void collect(CoroutineQueue& ready) {
    Locked hold(completing);
    u32 head = *rings.completion_head, tail = __atomic_load_n(rings.completion_tail, __ATOMIC_ACQUIRE);
    for (; head != tail; head++) {
        const UringCompletion& c = rings.completions[head & rings.completion_mask];
        under_way.fetch_add(u32(-1), relaxed);
        if (c.user_data == nobody) continue;
        complete(*reinterpret_cast<Request*>(uptr(c.user_data)), c.result, ready);
    }
    __atomic_store_n(rings.completion_head, head, __ATOMIC_RELEASE);
}

void settle() { Locked hold(completing); }

}  // namespace coro::ring

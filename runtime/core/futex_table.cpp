#include "core/futex_table.h"

#include "core/thread_list.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace {

constexpr u32 bucket_bits = 16;
FutexBucket* buckets;
uptr list_lock_key;

FutexBucket* bucket_of(uptr key) { return &buckets[(key >> 2) * 0x9E3779B97F4A7C15ull >> (64 - bucket_bits)]; }

// Requires the bucket's lock.
void remove(FutexBucket* b, Coroutine* co) {
    co->futex_link.unlink();
    b->waiters.store(b->waiters.load(relaxed) - 1, relaxed);
}

}  // namespace

long futex_table_start() {
    list_lock_key = reinterpret_cast<uptr>(__coro_musl_list_lock());
    if (buckets) return 0;
    long p = sys::mmap_anonymous(sizeof(FutexBucket) << bucket_bits, PROT_READ | PROT_WRITE);
    if (sys::is_error(p)) return p;
    buckets = reinterpret_cast<FutexBucket*>(p);
    return 0;
}

void futex_table_reset() {
    if (buckets) sys::munmap(buckets, sizeof(FutexBucket) << bucket_bits);
    buckets = nullptr;
}

// musl passes the thread-list lock without the flag, for the kernel's clear-tid wake: that one is the runtime's.
bool futex_is_private(uptr key, int op) { return (op & 128) || key == list_lock_key; }
bool futex_is_thread_list(uptr key) { return key == list_lock_key; }

void futex_enlist(Coroutine* co, uptr key, u32 bitset) {
    FutexBucket* b = bucket_of(key);
    co->futex_key = key;
    co->futex_bitset = bitset;
    b->lock.lock();
    co->wait.store(wait_preparing, relaxed);
    co->futex_bucket = b;
    b->list.push_back(&co->futex_link);
    b->waiters.store(b->waiters.load(relaxed) + 1, relaxed);
    b->lock.unlock();
    fence_seq_cst();  // [futex] enlisted before the word is compared; pairs with futex_wake
}

void futex_delist(Coroutine* co) {
    for (;;) {
        FutexBucket* b = __atomic_load_n(&co->futex_bucket, __ATOMIC_ACQUIRE);
        if (!b) return;  // a waker took it off
        Locked hold(b->lock);
        if (co->futex_bucket != b) continue;  // requeued meanwhile
        remove(b, co);
        co->futex_bucket = nullptr;
        return;
    }
}

u32 futex_wake(uptr key, u32 count, u32 bitset, CoroutineQueue& ready) {
    FutexBucket* b = bucket_of(key);
    fence_seq_cst();  // [futex] the word was changed before waiters are looked for; pairs with futex_enlist
    if (!b->waiters.load(relaxed)) return 0;
    u32 woken = 0;
    Locked hold(b->lock);
    for (Link* l = b->list.front(); l && woken < count;) {
        Coroutine* co = Coroutine::from_futex_link(l);
        l = b->list.after(l);
        if (co->futex_key != key || !(co->futex_bitset & bitset)) continue;
        Woken w = try_wake(co, cause_woken);
        if (w == Woken::no) continue;  // timed out or interrupted, about to take itself off
        remove(b, co);
        // Last touch: after this the waiter may go on without the lock.
        __atomic_store_n(&co->futex_bucket, nullptr, __ATOMIC_RELEASE);
        if (w == Woken::ready) ready.push_back(co);
        woken++;
    }
    return woken;
}

u32 futex_requeue(uptr key, u32 wake, uptr to, u32 move, CoroutineQueue& ready, u32* moved)
    __attribute__((no_thread_safety_analysis)) {  // two locks, or one
    *moved = 0;
    u32 woken = wake ? futex_wake(key, wake, ~0u, ready) : 0;
    FutexBucket *from = bucket_of(key), *dest = bucket_of(to);
    fence_seq_cst();
    if (!from->waiters.load(relaxed) || !move) return woken;
    FutexBucket *first = min(from, dest), *second = max(from, dest);
    first->lock.lock();
    if (second != first) second->lock.lock();
    u32 left = from->waiters.load(relaxed);
    for (Link* l = from->list.front(); l && *moved < move && left-- > 0;) {
        Coroutine* co = Coroutine::from_futex_link(l);
        l = from->list.after(l);
        if (co->futex_key != key) continue;
        remove(from, co);
        co->futex_key = to;
        __atomic_store_n(&co->futex_bucket, dest, __ATOMIC_RELEASE);
        dest->list.push_back(&co->futex_link);
        dest->waiters.store(dest->waiters.load(relaxed) + 1, relaxed);
        ++*moved;
    }
    if (second != first) second->lock.unlock();
    first->lock.unlock();
    return woken;
}

}  // namespace coro

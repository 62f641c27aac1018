// Private futexes: wait queues by address (futex(2)). A hash table of buckets, each a list in order of arrival with a lock.
//
// A waiter first enlists (as `preparing`), then compares the word, then parks. A waker changes the word, then looks for waiters.
// Both put a full barrier between their two steps, so one of them sees the other. [futex]
// The word is never read under a bucket's lock: it is program memory, which may fault.
//
// Lock order: two buckets (requeue) by address.
#pragma once
#include "core/coroutine.h"
#include "sys/spin_lock.h"

namespace [[gnu::visibility("hidden")]] coro {

struct FutexBucket {
    SpinLock lock;
    Atomic<u32> waiters{0};  // written under lock, read without
    List list;
};

// Maps the table. 0 or -errno.
long futex_table_start();
void futex_table_reset();

// Whether a futex operation on `key` with `op` concerns this process only.
bool futex_is_private(uptr key, int op);
// Whether `key` is musl's thread-list lock (core/thread_list.h).
bool futex_is_thread_list(uptr key);

void futex_enlist(Coroutine* co, uptr key, u32 bitset);
// Takes co off, if a waker has not. Called by co itself.
void futex_delist(Coroutine* co);
// Claims up to `count` waiters whose bitset meets `bitset`; those to be made ready are appended. Returns how many it woke.
u32 futex_wake(uptr key, u32 count, u32 bitset, CoroutineQueue& ready);
// As futex_wake with `wake`, then moves up to `move` of the rest to `to`. Returns woken + moved; FUTEX_REQUEUE wants the woken only.
u32 futex_requeue(uptr key, u32 wake, uptr to, u32 move, CoroutineQueue& ready, u32* moved);

}  // namespace coro

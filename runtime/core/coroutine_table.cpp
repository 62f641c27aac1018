#include "core/coroutine_table.h"

namespace [[gnu::visibility("hidden")]] coro {

constinit CoroutineTable coroutine_table;

Coroutine* CoroutineTable::allocate() {
    Locked hold(lock_);
    // Reuse late: an id that a program still has in its hands should stay unknown for a while.
    if (free_.size() > 64 || (!free_.empty() && made_.load(relaxed) % chunk_coroutines == 0)) {
        Coroutine* co = free_.pop_front();
        u32 index = u32(co->entry_arg ? reinterpret_cast<uptr>(co->entry_arg) : 0);
        __builtin_memset(static_cast<void*>(co), 0, sizeof *co);
        co->tid = tid_base + int(index);
        return co;
    }
    u32 index = made_.load(relaxed);
    if (index % chunk_coroutines == 0) {
        u32 chunk = index / chunk_coroutines;
        if (chunk == chunks_max) return nullptr;
        if (!chunks_[chunk]) {
            long p = sys::mmap_anonymous(chunk_coroutines * sizeof(Coroutine), PROT_READ | PROT_WRITE);
            if (sys::is_error(p)) return nullptr;
            chunks_[chunk] = reinterpret_cast<Coroutine*>(p);
        }
    }
    Coroutine* co = at(index);
    co->tid = tid_base + int(index);
    made_.store(index + 1, release);  // pairs with find and for_each
    return co;
}

void CoroutineTable::free(Coroutine* co) {
    Locked hold(lock_);
    co->entry_arg = reinterpret_cast<void*>(uptr(co->tid - tid_base));  // the index outlives the id
    co->tid = 0;
    free_.push_back(co);
}

Coroutine* CoroutineTable::find(int tid) {
    u32 index = u32(tid - tid_base);
    if (index >= made_.load(acquire)) return nullptr;
    Coroutine* co = at(index);
    return co->tid == tid ? co : nullptr;
}

void CoroutineTable::reset() {
    new (&lock_) SpinLock;
    for (u32 i = 0; i < chunks_max && chunks_[i]; i++) chunks_[i] = nullptr;
    made_.store(0, relaxed);
    free_ = CoroutineQueue{};
}

}  // namespace coro

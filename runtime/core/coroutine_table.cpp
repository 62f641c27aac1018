#include "core/coroutine_table.h"

namespace [[gnu::visibility("hidden")]] coro {

constinit CoroutineTable coroutine_table;

// Requires the lock.
void CoroutineTable::count_made() {
    total_++;
    peak_ = max(peak_, made_.load(relaxed) - free_.size());
}

Coroutine* CoroutineTable::take_free() {
    Coroutine* co = free_.pop_front();
    count_made();
    u32 index = u32(reinterpret_cast<uptr>(co->entry_arg));
    __builtin_memset(static_cast<void*>(co), 0, sizeof *co);
    co->tid = tid_base + int(index);
    return co;
}

Coroutine* CoroutineTable::allocate() {
    for (;;) {
        u32 index;
        {
            Locked hold(lock_);
            index = made_.load(relaxed);
            bool room = index < chunks_max * chunk_coroutines && chunks_[index / chunk_coroutines];
            // Reuse late: an id that a program still has in its hands should stay unknown for a while.
            if (free_.size() > late_reuse || (!room && !free_.empty())) return take_free();
            if (room) {
                Coroutine* co = at(index);
                co->tid = tid_base + int(index);
                made_.store(index + 1, release);  // pairs with find and for_each
                count_made();
                return co;
            }
        }
        if (index == chunks_max * chunk_coroutines || !add_chunk(index / chunk_coroutines)) return nullptr;
    }
}

bool CoroutineTable::add_chunk(u32 chunk) {
    constexpr size_t bytes = chunk_coroutines * sizeof(Coroutine);
    long p = sys::mmap_anonymous(bytes, PROT_READ | PROT_WRITE);
    if (sys::is_error(p)) return false;
    bool added;
    {
        Locked hold(lock_);
        added = !chunks_[chunk];
        if (added) chunks_[chunk] = reinterpret_cast<Coroutine*>(p);
    }
    if (!added) sys::munmap(reinterpret_cast<void*>(p), bytes);  // another was faster
    return true;
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
    peak_ = 0;
    total_ = 0;
}

CoroutineTable::Counts CoroutineTable::counts() {
    Locked hold(lock_);
    return {made_.load(relaxed) - free_.size(), peak_, total_};
}

}  // namespace coro

#include "observe/holder.h"

#include "core/coroutine_table.h"
#include "sched/scheduler.h"
#include "sys/print.h"
#include "sys/program_memory.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace {

// A mark is (index + 2) * 32 of a coroutine's, 32 of main's: the bits below are EBUSY's, those above 2^30 the lock's own.
constexpr u32 mark_shift = 5, owner_bits = 0x3fffffff, waiters_bit = 0x80000000, file_waiters_bit = 0x40000000;
static_assert((CoroutineTable::chunk_coroutines * CoroutineTable::chunks_max + 2) << mark_shift <= owner_bits);
static_assert(EBUSY < 1 << mark_shift);

Coroutine* marked(u32 word) {
    u32 mark = (word & owner_bits) >> mark_shift;
    if ((word & ((1 << mark_shift) - 1)) != EBUSY || !mark) return nullptr;
    return mark == 1 ? main_coroutine : coroutine_table.find(CoroutineTable::tid_base + int(mark - 2));
}

// pthread_join waits for a field of its thread's control block.
Coroutine* joined(uptr key) {
    u32 tid;
    if (!read_program_word(&tid, key - offsetof(arch::Tcb, detach_state) + offsetof(arch::Tcb, tid))) return nullptr;
    Coroutine* co = find_thread(int(tid));
    return co && uptr(&arch::tcb(co->context.tp)->detach_state) == key ? co : nullptr;
}

// pthread_mutex_t: type, lock, waiters.
Coroutine* mutex_holder(uptr key, u32 word) {
    constexpr u32 types = 15, pshared = 128;
    u32 type, waiters;
    if (!read_program_word(&type, key - 4) || !read_program_word(&waiters, key + 4)) return nullptr;
    if (type & ~types || type & pshared || int(waiters) <= 0 || !(word & waiters_bit)) return nullptr;
    return type ? find_thread(int(word & owner_bits)) : marked(word);
}

}  // namespace

Held held_by(const Coroutine* co) {
    uptr key = co->futex_key;
    u32 word;
    if (co->reason != Reason::futex || !co->futex_bucket || key % 4 || !read_program_word(&word, key)) return {Held::unknown, nullptr};
    if (Coroutine* by = joined(key)) return {Held::join, by};
    if (Coroutine* by = mutex_holder(key, word)) return {Held::mutex, by};
    u32 owner = word & ~file_waiters_bit;
    if (word & file_waiters_bit && owner >= u32(CoroutineTable::tid_base) && owner < u32(CoroutineTable::tid_end))
        if (Coroutine* by = coroutine_table.find(int(owner))) return {Held::file, by};
    return {Held::unknown, nullptr};
}

void print_held(Printer& out, const Held& held) {
    switch (held.what) {
    case Held::unknown: return;
    case Held::mutex: out.text(" (mutex held by "); break;
    case Held::file: out.text(" (FILE locked by "); break;
    case Held::join: out.text(" (join of "); break;
    }
    char name[ThreadName::bytes];
    held.by->name.get(name);
    out.number(held.by->tid).text(" ").text(name).text(")");
}

int holder_mark(const Coroutine* co) {
    return co == main_coroutine ? 1 << mark_shift : (co->tid - CoroutineTable::tid_base + 2) << mark_shift;
}

}  // namespace coro

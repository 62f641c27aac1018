// Stacks: slices of large reservations, one class for each (size, guard) that pthread_create asks for.
//
// A slab is reserved PROT_NONE and opened in batches, so that mlockall never populates it and adjacent slices share a mapping.
// A slice's guard is MADV_GUARD_INSTALL where the kernel has it (6.13: no mapping of its own), else PROT_NONE. Slices are reused
// last in, first out. Those that are free for long beyond a mark give their pages back: the monitor trims (a call for each stack as it is freed
// costs more than all the rest of a thread). Slabs stay reserved.
// Never MADV_DONTFORK or WIPEONFORK here: the child of a fork runs on one of these stacks.
#pragma once
#include "sys/spin_lock.h"

namespace [[gnu::visibility("hidden")]] coro {

// A processor's own few free stacks of the size in use. The lock is for stack_cache_flush: nobody else comes here. Order: before the pool's.
struct StackCache {
    SpinLock lock;
    static constexpr u32 slots = 64;
    size_t bytes = 0, guard_bytes = 0;
    u32 count = 0;
    void* free[slots];
};

// `bytes` with the guard at the low end, the topmost `zero_bytes` zeroed. Null: no memory, or no more mappings.
void* stack_allocate(StackCache* cache, size_t bytes, size_t guard_bytes, size_t zero_bytes);
// `base` and `bytes` as allocated. Nothing may run on it any more.
void stack_free(StackCache* cache, void* base, size_t bytes);
// Any processor's: gives what it holds to the pool, for an allocation that found nothing there.
void stack_cache_flush(StackCache* cache);
// How many more free stacks have pages than the pool keeps; and gives back the pages of up to `most` of the coldest, at most a few hundred a call:
// returns how many. Monitor only.
u32 stack_pool_excess();
u32 stack_pool_trim(u32 most);
// In a fork child: slabs of the parent are left as they are, new ones are made.
void stack_pool_reset();
// A worker's stacks with a guard page below; null when out of memory.
void* stack_allocate_permanent(size_t bytes);
// Only of a worker that has never run.
void stack_free_permanent(void* base, size_t bytes);

}  // namespace coro

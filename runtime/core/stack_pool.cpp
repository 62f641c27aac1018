#include "core/stack_pool.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace {

// The last size is large enough for a class of 8 MiB stacks to hold millions: slabs_per_class is no limit then. Addresses are few where narrow.
constexpr size_t slab_bytes_first = narrow ? 8u << 20 : 16u << 20, slab_bytes_last = narrow ? 64u << 20 : size_t{1} << (narrow ? 0 : 40);
constexpr u32 slabs_per_class = 64, classes_max = 32, batch_slices = 32;
constexpr u32 dirty_free_kept = 4096;  // free slices, in all classes, that keep their pages for good
constexpr u32 trim_batch = 256;

struct Slab {
    char* base;
    u32 slices, reached;   // reached: so many from the low end were opened, or taken to be
    u32 closed;            // so many of those could not be opened: they stand at the upper end of `free`
    u32 free_count, clean; // the lowest `clean` of the free ones have no pages: they read as zero
    char** free;           // a stack: the top was freed last
};

struct StackClass {
    size_t bytes, guard_bytes;
    u32 slab_count;
    Slab slabs[slabs_per_class];
};

SpinLock lock;
constinit StackClass classes[classes_max] = {};  // all guarded by lock
u32 class_count;
Atomic<u32> dirty_free{0};  // free slices with pages; written under lock
bool sizes_shared;  // two classes differ in their guard only: a size no longer names a class
enum Guard { guard_unknown, guard_advice, guard_protection } guard_kind;

// Probed by effect: qemu-user answers 0 to any advice. write(2) from a guarded page must give EFAULT.
Guard probe_guard() {
    long p = sys::mmap_anonymous(page_bytes, PROT_READ | PROT_WRITE);
    if (sys::is_error(p)) return guard_protection;
    int fds[2];
    Guard kind = guard_protection;
    if (sys::madvise(reinterpret_cast<void*>(p), page_bytes, MADV_GUARD_INSTALL) == 0 &&
        sys::syscall(SYS_pipe2, sys::arg(fds), O_CLOEXEC) == 0) {
        if (sys::write(fds[1], reinterpret_cast<void*>(p), 1) == -EFAULT) kind = guard_advice;
        sys::close(fds[0]);
        sys::close(fds[1]);
    }
    sys::munmap(reinterpret_cast<void*>(p), page_bytes);
    return kind;
}

bool install_guard(char* slice, size_t guard_bytes) {
    if (!guard_bytes) return true;
    if (guard_kind == guard_advice) {
        if (sys::madvise(slice, guard_bytes, MADV_GUARD_INSTALL) == 0) return true;
        // EINVAL on locked memory (mlockall(MCL_FUTURE)): a mapping of its own then.
    }
    return sys::mprotect(slice, guard_bytes, PROT_NONE) == 0;
}

StackClass* find_class(size_t bytes, size_t guard_bytes) {
    for (u32 i = 0; i < class_count; i++)
        if (classes[i].bytes == bytes && classes[i].guard_bytes == guard_bytes) return &classes[i];
    if (class_count == classes_max) return nullptr;
    for (u32 i = 0; i < class_count; i++) sizes_shared |= classes[i].bytes == bytes;
    classes[class_count].bytes = bytes;
    classes[class_count].guard_bytes = guard_bytes;
    return &classes[class_count++];
}

// Each slab of a class is twice the one before, as far as the address space allows. Takes the lock to publish it.
bool add_slab(StackClass* c, u32 slabs_before) {
    size_t want = slab_bytes_first;
    for (u32 i = 0; i < slabs_before && want < slab_bytes_last; i++) want *= 2;
    for (; want >= c->bytes; want /= 2) {
        u32 slices = u32(want / c->bytes);
        long base = sys::mmap_anonymous(slices * c->bytes, PROT_NONE);
        if (sys::is_error(base)) continue;
        long free = sys::mmap_anonymous(slices * sizeof(char*), PROT_READ | PROT_WRITE);
        if (!sys::is_error(free)) {
            sys::madvise(reinterpret_cast<void*>(base), slices * c->bytes, MADV_NOHUGEPAGE);
            Locked hold(lock);
            if (c->slab_count < slabs_per_class) {
                c->slabs[c->slab_count++] = {reinterpret_cast<char*>(base), slices, 0, 0, 0, 0, reinterpret_cast<char**>(free)};
                return true;
            }
        }
        sys::munmap(reinterpret_cast<void*>(base), slices * c->bytes);
        if (!sys::is_error(free)) sys::munmap(reinterpret_cast<void*>(free), slices * sizeof(char*));
    }
    return false;
}

// Slices side by side that nobody else has; not open yet.
struct Fresh {
    Slab* slab;
    char* first;
    u32 count;
};

// Requires the lock. The newest slab that has any; none: a null slab.
Fresh take_fresh(StackClass* c) {
    for (u32 i = c->slab_count; i-- > 0;) {
        Slab* s = &c->slabs[i];
        if (s->closed) return {s, s->free[s->slices - s->closed--], 1};
        if (u32 count = min(batch_slices, s->slices - s->reached)) {
            char* first = s->base + s->reached * c->bytes;
            s->reached += count;
            return {s, first, count};
        }
    }
    return {nullptr, nullptr, 0};
}

// Opens the first ones, as many as there are mappings for, and returns how many that is.
u32 open_slices(const StackClass* c, const Fresh& f, u32 count) {
    if (sys::mprotect(f.first, count * c->bytes, PROT_READ | PROT_WRITE) != 0) return count > 1 ? open_slices(c, f, 1) : 0;
    u32 done = 0;
    while (done < count && install_guard(f.first + done * c->bytes, c->guard_bytes)) done++;
    // What could not be guarded goes back to being closed; failing that it will be opened twice, which does no harm.
    if (done < count) sys::mprotect(f.first + done * c->bytes, (count - done) * c->bytes, PROT_NONE);
    return done;
}

struct Found {
    StackClass* cls;
    Slab* slab;
};
Found find_slab(void* base, size_t bytes) {
    for (u32 i = 0; i < class_count; i++) {
        StackClass* c = &classes[i];
        if (c->bytes != bytes) continue;
        for (u32 k = c->slab_count; k-- > 0;) {
            Slab* s = &c->slabs[k];
            if (base >= s->base && base < s->base + s->slices * bytes) return {c, s};
        }
    }
    return {nullptr, nullptr};
}

void free_to_slab(void* base, size_t bytes) {
    {
        Locked hold(lock);
        if (Slab* s = find_slab(base, bytes).slab) {
            s->free[s->free_count++] = static_cast<char*>(base);
            dirty_free.store(dirty_free.load(relaxed) + 1, relaxed);
            return;
        }
    }
    sys::munmap(base, bytes);  // too large for a class, or the classes had run out
}

// The coldest free slices of s that have pages, at most `n`; s does not have them meanwhile.
u32 take_cold(Slab* s, u32 n, char** taken) {
    n = min(n, s->free_count - s->clean);
    char** cold = s->free + s->clean;
    __builtin_memcpy(taken, cold, n * sizeof *taken);
    s->free_count -= n;
    __builtin_memmove(cold, cold + n, (s->free_count - s->clean) * sizeof *cold);
    return n;
}
void put_clean(Slab* s, u32 n, char** given) {
    char** at = s->free + s->clean;
    __builtin_memmove(at + n, at, (s->free_count - s->clean) * sizeof *at);
    __builtin_memcpy(at, given, n * sizeof *at);
    s->free_count += n;
    s->clean += n;
}

// Requires the lock. Null: none is free.
char* pop_free(StackClass* c, bool* clean) {
    for (u32 i = c->slab_count; i-- > 0;) {
        Slab* s = &c->slabs[i];
        if (!s->free_count) continue;
        char* base = s->free[--s->free_count];
        *clean = s->free_count < s->clean;
        if (*clean) s->clean = s->free_count;
        else dirty_free.store(dirty_free.load(relaxed) - 1, relaxed);
        return base;
    }
    return nullptr;
}

// Opens f; its first slice, or null: no more mappings. The others become free.
char* open_fresh(StackClass* c, const Fresh& f) {
    u32 opened = open_slices(c, f, f.count);
    Locked hold(lock);
    for (u32 i = f.count; i-- > 0;) {
        char* slice = f.first + i * c->bytes;
        if (i >= opened) f.slab->free[f.slab->slices - ++f.slab->closed] = slice;
        else if (i > 0) put_clean(f.slab, 1, &slice);
    }
    return opened ? f.first : nullptr;
}

// Null with a class: no memory, or no more mappings. Null without one: the classes have run out.
char* take_free(size_t bytes, size_t guard_bytes, StackClass** cls, bool* clean) {
    for (;;) {
        StackClass* c;
        Fresh fresh;
        u32 slabs;
        {
            Locked hold(lock);
            c = *cls = find_class(bytes, guard_bytes);
            if (!c) return nullptr;
            if (char* base = pop_free(c, clean)) return base;
            fresh = take_fresh(c);
            slabs = c->slab_count;
        }
        *clean = true;
        if (fresh.slab) return open_fresh(c, fresh);
        if (!add_slab(c, slabs)) return nullptr;
    }
}

// Slices that lie side by side go in one call: a call for each would interrupt every CPU each time.
void give_pages_back(char** slices, u32 n, size_t bytes) {
    for (u32 i = 0; i < n;) {
        char *low = slices[i], *high = low + bytes;
        for (i++; i < n; i++) {
            if (slices[i] == high) high += bytes;
            else if (slices[i] + bytes == low) low -= bytes;
            else break;
        }
        sys::madvise(low, size_t(high - low), MADV_DONTNEED);  // guards survive it
    }
}

// Requires the lock. A slab that has free slices with pages, and its class.
Found find_dirty() {
    for (u32 i = 0; i < class_count; i++)
        for (u32 k = 0; k < classes[i].slab_count; k++)
            if (Slab* s = &classes[i].slabs[k]; s->free_count > s->clean) return {&classes[i], s};
    return {nullptr, nullptr};
}

}  // namespace

static void* take_cached(StackCache* cache, size_t bytes, size_t guard_bytes) {
    Locked hold(cache->lock);
    return cache->count && cache->bytes == bytes && cache->guard_bytes == guard_bytes ? cache->free[--cache->count] : nullptr;
}

void* stack_allocate(StackCache* cache, size_t bytes, size_t guard_bytes, size_t zero_bytes) {
    if (void* base = cache ? take_cached(cache, bytes, guard_bytes) : nullptr) {
        __builtin_memset(static_cast<char*>(base) + bytes - zero_bytes, 0, zero_bytes);
        return base;
    }
    if (guard_kind == guard_unknown) guard_kind = probe_guard();  // the first time the process has one thread
    if (bytes <= slab_bytes_first) {
        bool clean;
        StackClass* c;
        char* base = take_free(bytes, guard_bytes, &c, &clean);
        if (base && !clean) __builtin_memset(base + bytes - zero_bytes, 0, zero_bytes);
        if (c) return base;
    }
    long p = sys::mmap_anonymous(bytes, PROT_READ | PROT_WRITE);
    if (sys::is_error(p)) return nullptr;
    if (install_guard(reinterpret_cast<char*>(p), guard_bytes)) return reinterpret_cast<void*>(p);
    sys::munmap(reinterpret_cast<void*>(p), bytes);
    return nullptr;
}

static bool put_cached(StackCache* cache, void* base, size_t bytes) {
    if (sizes_shared) return false;
    Locked hold(cache->lock);
    if (cache->count == 0) {  // it takes on the class of the first stack
        Locked hold_pool(lock);
        Found f = find_slab(base, bytes);
        cache->bytes = f.cls ? bytes : 0;
        cache->guard_bytes = f.cls ? f.cls->guard_bytes : 0;
    }
    if (cache->count == StackCache::slots || cache->bytes != bytes) return false;
    cache->free[cache->count++] = base;
    return true;
}

void stack_free(StackCache* cache, void* base, size_t bytes) {
    if (!cache || !put_cached(cache, base, bytes)) free_to_slab(base, bytes);
}

void stack_cache_flush(StackCache* cache) {
    void* all[StackCache::slots];
    u32 n;
    size_t bytes;
    {
        Locked hold(cache->lock);
        n = cache->count;
        bytes = cache->bytes;
        __builtin_memcpy(all, cache->free, n * sizeof *all);
        cache->count = 0;
    }
    while (n) free_to_slab(all[--n], bytes);
}

u32 stack_pool_excess() {
    u32 dirty = dirty_free.load(relaxed);
    return dirty > dirty_free_kept ? dirty - dirty_free_kept : 0;
}

u32 stack_pool_trim(u32 most) {
    char* cold[trim_batch];
    u32 n = 0;
    Found f;
    {
        Locked hold(lock);
        f = find_dirty();
        if (f.slab) n = take_cold(f.slab, min(most, trim_batch), cold);
        dirty_free.store(dirty_free.load(relaxed) - n, relaxed);
    }
    if (!n) return 0;
    give_pages_back(cold, n, f.cls->bytes);
    Locked hold(lock);
    put_clean(f.slab, n, cold);
    return n;
}

void stack_pool_reset() {
    new (&lock) SpinLock;
    for (u32 i = 0; i < class_count; i++) classes[i] = {};
    class_count = 0;
    dirty_free.store(0, relaxed);
    sizes_shared = false;
}

void* stack_allocate_permanent(size_t bytes) {
    long p = sys::mmap_anonymous(bytes + page_bytes, PROT_READ | PROT_WRITE);
    if (sys::is_error(p)) return nullptr;
    if (sys::mprotect(reinterpret_cast<void*>(p), page_bytes, PROT_NONE) != 0) {
        sys::munmap(reinterpret_cast<void*>(p), bytes + page_bytes);
        return nullptr;
    }
    return reinterpret_cast<char*>(p) + page_bytes;
}

void stack_free_permanent(void* base, size_t bytes) {
    sys::munmap(static_cast<char*>(base) - page_bytes, bytes + page_bytes);
}

}  // namespace coro

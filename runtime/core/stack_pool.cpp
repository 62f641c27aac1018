#include "core/stack_pool.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace {

constexpr size_t slab_bytes_first = 16u << 20, slab_bytes_last = 1u << 30;
constexpr u32 slabs_per_class = 64, classes_max = 32, batch_slices = 32;
constexpr u32 dirty_free_max = 4096;  // free slices, in all classes, that may keep their pages

struct Slab {
    char* base;
    u32 slices, opened;    // opened: handed out at least once, from the low end
    u32 free_count;
    uptr* free;            // slice addresses; bit 0: its pages were given back (it reads as zero)
};

struct StackClass {
    size_t bytes, guard_bytes;
    u32 slab_count;
    Slab slabs[slabs_per_class];
};

SpinLock lock;
constinit StackClass classes[classes_max] = {};  // all guarded by lock
u32 class_count, dirty_free;
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

// Each slab of a class is twice the one before, as far as the address space allows.
Slab* add_slab(StackClass* c) {
    if (c->slab_count == slabs_per_class) return nullptr;
    size_t want = slab_bytes_first;
    for (u32 i = 0; i < c->slab_count && want < slab_bytes_last; i++) want *= 2;
    for (; want >= c->bytes; want /= 2) {
        u32 slices = u32(want / c->bytes);
        long base = sys::mmap_anonymous(slices * c->bytes, PROT_NONE);
        if (sys::is_error(base)) continue;
        long free = sys::mmap_anonymous(slices * sizeof(uptr), PROT_READ | PROT_WRITE);
        if (sys::is_error(free)) {
            sys::munmap(reinterpret_cast<void*>(base), slices * c->bytes);
            continue;
        }
        sys::madvise(reinterpret_cast<void*>(base), slices * c->bytes, MADV_NOHUGEPAGE);
        Slab* s = &c->slabs[c->slab_count++];
        *s = {reinterpret_cast<char*>(base), slices, 0, 0, reinterpret_cast<uptr*>(free)};
        return s;
    }
    return nullptr;
}

// Opens up to `count` fresh slices of `s` and puts them on its free list.
bool open_slices(StackClass* c, Slab* s, u32 count) {
    count = min(count, s->slices - s->opened);
    char* first = s->base + s->opened * c->bytes;
    if (sys::mprotect(first, count * c->bytes, PROT_READ | PROT_WRITE) != 0)
        return count > 1 && open_slices(c, s, 1);
    u32 done = 0;
    while (done < count && install_guard(first + done * c->bytes, c->guard_bytes)) done++;
    // What could not be guarded (no more mappings) goes back to being closed; failing that it is only never used.
    if (done < count) sys::mprotect(first + done * c->bytes, (count - done) * c->bytes, PROT_NONE);
    s->opened += done;
    for (u32 i = done; i-- > 0;) s->free[s->free_count++] = reinterpret_cast<uptr>(first + i * c->bytes) | 1;
    return done > 0;
}

Slab* slab_with_free(StackClass* c) {
    for (u32 i = c->slab_count; i-- > 0;)
        if (c->slabs[i].free_count) return &c->slabs[i];
    for (u32 i = c->slab_count; i-- > 0;)
        if (c->slabs[i].opened < c->slabs[i].slices && open_slices(c, &c->slabs[i], batch_slices)) return &c->slabs[i];
    Slab* s = add_slab(c);
    return s && open_slices(c, s, batch_slices) ? s : nullptr;
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
    lock.lock();
    Found f = find_slab(base, bytes);
    bool keep = dirty_free < dirty_free_max;
    if (f.slab && keep) {
        dirty_free++;
        f.slab->free[f.slab->free_count++] = reinterpret_cast<uptr>(base);
    }
    lock.unlock();
    if (!f.slab) {
        sys::munmap(base, bytes);  // too large for a class, or the classes had run out
    } else if (!keep) {
        // Guards survive MADV_DONTNEED. Outside the lock: it is a system call.
        size_t guard = f.cls->guard_bytes;
        sys::madvise(static_cast<char*>(base) + guard, bytes - guard, MADV_DONTNEED);
        Locked hold(lock);
        f.slab->free[f.slab->free_count++] = reinterpret_cast<uptr>(base) | 1;
    }
}

}  // namespace

void* stack_allocate(StackCache* cache, size_t bytes, size_t guard_bytes, size_t zero_bytes) {
    if (cache && cache->count && cache->bytes == bytes && cache->guard_bytes == guard_bytes) {
        char* base = static_cast<char*>(cache->free[--cache->count]);
        __builtin_memset(base + bytes - zero_bytes, 0, zero_bytes);
        return base;
    }
    if (guard_kind == guard_unknown) guard_kind = probe_guard();  // the first time the process has one thread
    uptr entry = 0;
    if (bytes <= slab_bytes_first) {
        Locked hold(lock);
        StackClass* c = find_class(bytes, guard_bytes);
        Slab* s = c ? slab_with_free(c) : nullptr;
        if (s) entry = s->free[--s->free_count];
        if (entry && !(entry & 1)) dirty_free--;
        if (c && !s) return nullptr;
    }
    if (entry) {
        char* base = reinterpret_cast<char*>(entry & ~uptr{1});
        if (!(entry & 1)) __builtin_memset(base + bytes - zero_bytes, 0, zero_bytes);
        return base;
    }
    long p = sys::mmap_anonymous(bytes, PROT_READ | PROT_WRITE);
    if (sys::is_error(p)) return nullptr;
    if (install_guard(reinterpret_cast<char*>(p), guard_bytes)) return reinterpret_cast<void*>(p);
    sys::munmap(reinterpret_cast<void*>(p), bytes);
    return nullptr;
}

void stack_free(StackCache* cache, void* base, size_t bytes) {
    if (cache && cache->count < StackCache::slots && !sizes_shared) {
        if (cache->count == 0) {  // the cache takes on the class of the first stack
            Locked hold(lock);
            Found f = find_slab(base, bytes);
            cache->bytes = f.cls ? bytes : 0;
            cache->guard_bytes = f.cls ? f.cls->guard_bytes : 0;
        }
        if (cache->bytes == bytes) {
            cache->free[cache->count++] = base;
            return;
        }
    }
    free_to_slab(base, bytes);
}

void stack_cache_flush(StackCache* cache) {
    while (cache->count) free_to_slab(cache->free[--cache->count], cache->bytes);
}

void stack_pool_reset() {
    new (&lock) SpinLock;
    for (u32 i = 0; i < class_count; i++) classes[i] = {};
    class_count = dirty_free = 0;
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

}  // namespace coro

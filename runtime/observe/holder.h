// Who stands in the way of a coroutine that waits for a private futex: who holds the mutex, or the thread that it joins. Known from what the word and its
// surroundings look like, so only where they look like nothing else: musl's mutexes of every type that processes do not share, stdio's locks, pthread_join.
#pragma once
#include "core/coroutine.h"

namespace [[gnu::visibility("hidden")]] coro {

class Printer;

struct Held {
    enum What : u8 { unknown, mutex, file, join } what;
    Coroutine* by;
};
Held held_by(const Coroutine* co);
// " (mutex held by 4194304)", or nothing if it is not known.
void print_held(Printer& out, const Held& held);

// What the lock word of a normal mutex says of its holder, beside EBUSY: struct pthread's coro_holder (musl-patches/mutex-holder.patch).
int holder_mark(const Coroutine* co);

}  // namespace coro

// Readiness of descriptors, by one epoll instance. A descriptor is registered once, edge-triggered, for everything; who waits for
// it stands in its Descriptor. Events are turned into a queue of coroutines to make ready: the reactor never calls the scheduler.
//
// No edge is lost: an edge increments the sequence number of its direction, then wakes. A coroutine reads the number, tries its call,
// and if the call would block says `preparing`, and parks only if the number is still the same (gate/await.h).
//
// An edge wakes every poller but only one of those who would consume what has come. That one, when its call has succeeded, passes the
// baton to the next (`wake_next`), who may find more.
//
// Lock: the descriptor's own. Nothing is called under it but try_wake.
#pragma once
#include "core/coroutine.h"
#include "sys/spin_lock.h"

namespace [[gnu::visibility("hidden")]] coro {

enum Direction : u32 { direction_in = 0, direction_out = 1 };

struct WaitNode {
    Link link;
    Coroutine* co;
    int fd;         // follows the file when the number is closed under the waiter; guarded by the descriptor's lock
    u16 events;     // EPOLLIN, EPOLLOUT, EPOLLPRI...; errors always count
    bool consumes;  // woken one at a time
    static WaitNode* from(Link* l) { return reinterpret_cast<WaitNode*>(l); }
};

struct Descriptor {
    SpinLock lock;
    u32 generation;          // of the number: events of an earlier file with this number are dropped
    Atomic<u32> closes;      // counts both sides of each close of the number: a registration that spans one is not this file's
    Atomic<u32> edges[2];    // by Direction
    enum State : u8 { fresh, registered, refused } state;
    // What read and write must do. Stale after an unseen close: harmless, each kind's way notices or works.
    enum Kind : u8 { unknown, socket, nowait, plain, file } kind;
    // Of a file on a disk: in the page cache as far as seen, not so, or never (O_DIRECT). Stale after an unseen close: slower, not wrong.
    enum Disk : u8 { unasked, cached, slow, direct } disk;
    bool receive_timeout, send_timeout;  // SO_RCVTIMEO, SO_SNDTIMEO may be set
    Atomic<bool> trusted;    // the answer of asked_epoch is relied on; see event/nonblock.h
    u32 private_epoch;       // of its making: while no open file may have changed hands since, it is known to be ours alone and blocking
    u32 asked_epoch;         // of the last time that F_GETFL had no O_NONBLOCK: still so, unless another process has set it
    u32 private_waiters;     // > 0: a duplicate made by us, closed by the last waiter
    int acceptor;            // tid of who is inside accept(2), or 0; guarded by the lock
    List waiters;
};
static_assert(narrow || sizeof(Descriptor) == 64);  // a line of the cache: one load of every read and write

namespace reactor {

// Opens the epoll instance and the descriptor that interrupts it. 0 or -errno. `with_ring`: a ring (event/ring.h) may be made.
long start(bool with_ring);
// The ring is there: made now if this is the first who asks.
bool ring_available();
// In a fork child, single-threaded: forgets everything; the inherited epoll instance is the parent's too, so it is only closed.
void reset_after_fork();

inline constexpr u32 chunk_entries = 1024, chunks_max = 1024;
extern Atomic<Descriptor*> chunks[chunks_max];
Descriptor* find_in_new_chunk(int fd);
// The entry for `fd`, if anybody has asked for one near it.
[[gnu::always_inline]] inline Descriptor* find_made(u32 fd) {
    if (CORO_UNLIKELY(fd >= chunk_entries * chunks_max)) return nullptr;
    Descriptor* entries = chunks[fd / chunk_entries].load(acquire);
    return CORO_LIKELY(entries != nullptr) ? &entries[fd % chunk_entries] : nullptr;
}
// The entry for `fd`; null if there is none to be had (out of range or memory).
inline Descriptor* find(int fd) {
    Descriptor* d = find_made(u32(fd));
    return CORO_LIKELY(d != nullptr) || u32(fd) >= chunk_entries * chunks_max ? d : find_in_new_chunk(fd);
}
// Registers fd if need be. False: it has no readiness (regular file, or epoll is out of space).
bool watch(Descriptor* d, int fd);

// A waiter stands on the list from its first park to the end of its call, through retries that do not wait.
void enlist(Descriptor* d, WaitNode* node);
// Off the list, for a retry that may wait in the kernel: a handler may run there and never come back. A private duplicate that it stands on is
// kept until delist. May be enlisted again.
void step_off(WaitNode* node);
// On a descriptor of the runtime's own, opened for this wait, at a number where the program does not see it; delist closes it. False: not possible, it is closed.
bool enlist_own(long fd, WaitNode* node);
// Returns where it stood: not where it began, if the number was closed meanwhile.
Descriptor* delist(WaitNode* node);
// After a success: claims the next one who consumes one of `events`; not null: the caller makes it ready.
Coroutine* wake_next(Descriptor* d, u32 events);

// accept(2) cannot be asked not to wait: one coroutine at a time looks and then calls. False: another is inside, who passes the baton.
bool begin_accept(Descriptor* d, Coroutine* co);
// No longer inside: the call is over, or a handler is about to run, which may never come back. Whom to make ready now, or null.
Coroutine* end_accept(Coroutine* co);

// The number is about to be closed or replaced: whoever is parked on it goes on, on the old file. Those to be made ready are appended.
void forget(int fd, CoroutineQueue& ready);
// It has been: whoever came to it in between tries again, and the next file of that number is registered anew.
void forgotten(int fd, CoroutineQueue& ready);
// The flag O_NONBLOCK of d's file was set: nobody relies on an earlier answer any more, and who waits tries again.
void try_again(Descriptor* d, CoroutineQueue& ready);
// *fd is the runtime's own: not for the program to close, and changed when the program wants the number. One such there is.
void keep(int* fd);
// True for the runtime's own descriptors, and its duplicates of closed ones for those who wait.
bool owns(int fd);
// Moves ours away from `fd`, which the program wants. 0 or -errno.
long vacate(int fd);

// Hands the kernel what was submitted to the ring. Appended are those whose calls are to be made in another way, since it forbids that from now on. False: it
// takes not all of it just now.
bool hand_on(CoroutineQueue& ready);

// Room for one look at the kernel's events. The caller's own, since a coroutine's stack may be small.
struct Events {
    epoll_event of[128];
};
// Waits at most until `deadline_ns` for events (0 = only looks) and appends who is to be made ready.
void collect(u64 deadline_ns, Events& events, CoroutineQueue& ready);
// Makes a collect in progress return.
void interrupt();

}  // namespace reactor
}  // namespace coro

// Requests that complete later, by io_uring(7): I/O of regular files and waits for shared futexes, which have no readiness. A coroutine says what it wants, parks, and
// is woken when it is done; no kernel thread waits. What is asked goes to the kernel in batches, when a processor has nothing else to run.
//
// What a request points to, and the request itself, lie on the stack of its coroutine: it waits for the completion whatever else arrives, also after
// it has taken the request back.
//
// Not to be had (a kernel before 5.5, seccomp, the sysctl, RLIMIT_MEMLOCK, CORO_IO=epoll): reactor::ring_available is false, and calls stay on their
// kernel thread.
//
// Locks: one for submissions, then one for completions; never held across a system call.
#pragma once
#include "core/coroutine.h"
#include "sys/io_uring.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace ring {

struct Request {
    sys::UringOperation operation;
    int fd;
    u64 offset, address;
    u32 length, flags;  // flags: RWF_ or fsync's
    u64 mask;           // futex
    Coroutine* co;
    int result;
    Atomic<bool> done{false};
};

// Makes the ring, and returns its descriptor, readable when something has completed; or -errno.
long start();
void reset_after_fork();
int descriptor();  // -1: none
// The ring's number is to be `fd` from now on: a duplicate.
void moved_to(int fd);

// Takes r, whose coroutine is `preparing`. False: as many are under way as the ring holds, or the kernel takes none just now.
bool submit(Request& r);
// Asks for r to complete now, with -ECANCELED if it has not taken effect.
void cancel(Request& r);
// Hands the kernel what was submitted. False: it takes not all of it just now; who gets this sees to it that somebody tries again.
bool flush();
// Something is submitted and not handed on.
bool pending();
// The kernel has begun to forbid handing on (a filter of seccomp(2) that came later): no more is to be submitted.
bool forbidden();
// What was submitted and not handed on completes with -ECANCELED.
void give_up(CoroutineQueue& ready);
// Claims those whose requests are done; to be made ready are appended.
void collect(CoroutineQueue& ready);
// By a coroutine that saw `done` without having been claimed: the claim, if one is under way, is over on return.
void settle();

}  // namespace ring
}  // namespace coro

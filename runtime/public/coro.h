/* <coro.h>: coroutines as seen from the program that runs on them.
 *
 * NAME
 *	coro_dump, coro_stats - what the threads of this process do, and what was counted
 *
 * SYNOPSIS
 *	#include <coro.h>
 *
 *	int coro_dump(int fd);
 *	int coro_stats(struct coro_stats *stats);
 *
 *	In libc; a program that is to compile on another libc too asks `#if __has_include(<coro.h>)`.
 *
 * DESCRIPTION
 *	coro_dump() writes a line for each thread to fd: id, name, state, what it waits for; and for a parked one the return addresses on its stack. Nothing
 *	is stopped meanwhile: of threads that run, what is written may be a moment old. The format is for people and may change.
 *
 *	coro_stats() fills *stats. The caller sets stats->size to sizeof *stats before; on return it is the number of bytes that this libc has filled, what is
 *	beyond is zero. So programs may be older or newer than the libc that they run on: new counters are added at the end. Counters begin with the first
 *	pthread_create(3), and again in a fork child.
 *
 *	Both may be called by any thread at any time, are no cancellation points, and are not async-signal-safe.
 *
 *	Where threads are no coroutines (no thread was made yet, or CORO_MODE=kernel) coro_dump() writes one line that says so, and of coro_stats()
 *	`coroutines`, and all that is counted, is zero: there are `threads` and `kernel_threads` only.
 *
 * RETURN VALUE
 *	0; or -1 with errno set.
 *
 * ERRORS
 *	coro_dump: those of write(2), for which it waits as a thread does; what was written before stays written.
 *	coro_stats: EINVAL, stats->size is less than 8.
 *
 * EXAMPLE
 *	struct coro_stats s;
 *	s.size = sizeof s;
 *	if (coro_stats(&s) == 0)
 *		printf("%" PRIu64 " threads on %" PRIu64 " kernel threads\n", s.threads, s.kernel_threads);
 *
 * SEE ALSO
 *	CORO_STATS=1, CORO_DUMP=signal: the same without a change of the program.
 */
#ifndef _CORO_H
#define _CORO_H

#ifdef __cplusplus
extern "C" {
#endif

#include <stdint.h>

struct coro_stats {
	uint64_t size;			/* set by the caller; see above */
	uint64_t coroutines;		/* 1: threads are coroutines */

	uint64_t threads;		/* that are alive, main included */
	uint64_t threads_peak;		/* most of them at once */
	uint64_t threads_made;		/* ever, main included */

	uint64_t processors;		/* how many run at the same time: CORO_PROCS */
	uint64_t processors_idle;	/* of these, now */
	uint64_t ready;			/* threads that could run now if there were a processor */

	uint64_t switches;		/* from one thread to another, or to and from the scheduler */
	uint64_t steals;		/* work taken from another processor's queue */
	uint64_t preemptions;		/* of threads that had run beyond their slice */
	uint64_t yields;		/* sched_yield(2), and ends of calls that found every processor busy */

	/* How often a thread was parked, by what for. */
	uint64_t parks_futex;		/* mutex, condition variable, semaphore, join, ... */
	uint64_t parks_sleep;
	uint64_t parks_read;		/* a descriptor to be readable, or a file to be read by io_uring */
	uint64_t parks_write;
	uint64_t parks_poll;		/* poll(2), select(2), epoll_wait(2) */
	uint64_t parks_signal;		/* sigwait(3), pause(2), ... */
	uint64_t parks_child;		/* wait4(2), waitid(2) */

	/* Calls that block in the kernel keep their kernel thread; there is no limit to their number: see CORO_WARN_THREADS. */
	uint64_t kernel_threads;	/* that are alive: workers and a monitor */
	uint64_t kernel_threads_peak;	/* most of them at once */
	uint64_t kernel_threads_refused;	/* the kernel had none left: tried again later */
	uint64_t handoffs;		/* such calls whose processor went on on another kernel thread */
	uint64_t covers;		/* processors lent because one stood still without such a call (a page, a call of the program's own instruction) */
	uint64_t warnings;		/* times that kernel_threads rose above the bound of CORO_WARN_THREADS */

	/* Threads that were given a kernel thread of their own, by why. */
	uint64_t binds_scope;		/* PTHREAD_SCOPE_SYSTEM */
	uint64_t binds_inherited;	/* its creator has attributes of its own */
	uint64_t binds_scheduling;	/* affinity, policy, priority */
	uint64_t binds_attribute;	/* namespaces, capabilities, prctl(2), ... */
	uint64_t binds_clock;		/* a timer on a thread's CPU clock */
	uint64_t binds_mutex;		/* a process-shared mutex that names its owner */
};

int coro_dump(int);
int coro_stats(struct coro_stats *);

#ifdef __cplusplus
}
#endif

#endif

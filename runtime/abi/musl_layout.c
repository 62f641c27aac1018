/* Checks against musl's own headers what arch/tcb.h says of struct pthread, and hands the runtime the few things of musl
 * that it uses. C, since those headers are not C++. */
#define _GNU_SOURCE
#include <sched.h>
#include <unistd.h>
#include "pthread_impl.h"
#include "libc.h"
#include "../arch/tcb.h"
#include <elf.h>
#include <stddef.h>

#define SAME(field) _Static_assert(offsetof(struct pthread, field) == offsetof(struct coro_tcb, field), #field)
SAME(self);
SAME(sysinfo);
SAME(canary);
SAME(tid);
SAME(detach_state);
SAME(cancel);
SAME(canceldisable);
SAME(cancelasync);
SAME(stack);
SAME(stack_size);
SAME(coro);
SAME(coro_raw);
SAME(coro_holder);
_Static_assert(sizeof(struct pthread) == sizeof(struct coro_tcb), "size");
#ifdef TLS_ABOVE_TP
_Static_assert(!CORO_TCB_AT_TP, "where the thread pointer is");
#else
_Static_assert(CORO_TCB_AT_TP, "where the thread pointer is");
#endif

hidden volatile int *__coro_musl_list_lock(void) { return &__thread_list_lock; }

hidden unsigned long __coro_musl_auxv(unsigned long tag)
{
	for (size_t *a = libc.auxv; *a; a += 2)
		if (*a == tag) return a[1];
	return 0;
}

hidden unsigned long *__coro_musl_auxv_start(void) { return libc.auxv; }

hidden char **__coro_musl_environ(void) { return __environ; }

/* A kernel thread on `stack` with the thread pointer `tp`: no clear-tid, no parent-tid. */
hidden int __coro_musl_kernel_thread(int (*fn)(void *), void *stack, void *arg, void *tp)
{
	return __clone(fn, stack, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD
		| CLONE_SYSVSEM | CLONE_SETTLS, arg, 0, tp, 0);
}

hidden int __coro_musl_clone(int (*fn)(void *), void *stack, int flags, void *arg, void *ptid, void *tls, void *ctid)
{
	return __clone(fn, stack, flags, arg, ptid, tls, ctid);
}

hidden void __coro_musl_unmapself(void *base, size_t size) { __unmapself(base, size); }

/* Lets the gate see the addresses of musl's two internal signal sets. */
hidden void __coro_musl_learn_masks(void)
{
	__block_all_sigs(0);
	__block_app_sigs(0);
}

/* musl's struct pthread, the thread control block, on every architecture; abi/musl_layout.c compares it with musl's own, field by field. Plain C, for
 * that comparison. It begins at the thread pointer (x86), or ends there. */
#ifndef CORO_ARCH_TCB_H
#define CORO_ARCH_TCB_H
#include <stddef.h>

#if defined __x86_64__ || defined __i386__
#define CORO_TCB_AT_TP 1
#else
#define CORO_TCB_AT_TP 0
#endif

struct coro_tcb {
    struct coro_tcb *self;
#if CORO_TCB_AT_TP
    void *dtv;
#endif
    struct coro_tcb *prev, *next;
    unsigned long sysinfo;
#if CORO_TCB_AT_TP
    unsigned long canary;
#endif
    int tid, errno_val, detach_state, cancel;
    unsigned char canceldisable, cancelasync, bits;
    unsigned char *map_base;
    size_t map_size;
    void *stack;
    size_t stack_size, guard_size;
    void *result, *cancelbuf, **tsd;
    struct {
        void *head;
        long off;
        void *pending;
    } robust_list;
    int h_errno_val, timer_id;
    void *locale;
    int killlock[1];
    char *dlerror_buf;
    void *stdio_locks;
    void *coro;
    int coro_raw, coro_holder;
#if !CORO_TCB_AT_TP
    unsigned long canary;
    void *dtv;
#endif
};

#endif

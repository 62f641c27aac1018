// Included before each source of glibc's: what its tests take from glibc and musl names otherwise or has not.
#pragma once
#include <sys/cdefs.h>
#include <fcntl.h>   // loff_t, which their headers expect of <sys/types.h>
#include <limits.h>  // PTHREAD_STACK_MIN
#define __TIMESIZE 64
#define __time_t time_t
#define __ino_t ino_t
#define __off64_t off_t
#define attribute_hidden
#define __attribute_optimization_barrier__ __attribute__((noinline))
#define strerrorname_np(error) strerror(error)
#define sigmask(number) (1 << ((number) - 1))
int mallopt(int, int) __attribute__((weak));  // the driver looks whether it is there
#define M_PERTURB 0
#ifndef TEMP_FAILURE_RETRY
#define TEMP_FAILURE_RETRY(expression) \
  ({ long result; do result = (long)(expression); while (result == -1 && errno == EINTR); result; })
#endif

#define PTHREAD_MUTEX_TIMED_NP PTHREAD_MUTEX_NORMAL
#define PTHREAD_MUTEX_ADAPTIVE_NP PTHREAD_MUTEX_NORMAL
#define PTHREAD_MUTEX_FAST_NP PTHREAD_MUTEX_NORMAL
#define PTHREAD_MUTEX_RECURSIVE_NP PTHREAD_MUTEX_RECURSIVE
#define PTHREAD_MUTEX_ERRORCHECK_NP PTHREAD_MUTEX_ERRORCHECK
#define PTHREAD_MUTEX_ROBUST_NP PTHREAD_MUTEX_ROBUST
#define PTHREAD_MUTEX_STALLED_NP PTHREAD_MUTEX_STALLED
#define pthread_mutexattr_setrobust_np pthread_mutexattr_setrobust
#define pthread_mutexattr_getrobust_np pthread_mutexattr_getrobust
#define pthread_mutex_consistent_np pthread_mutex_consistent
// The type is the first word of musl's mutex.
#define PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP {{{PTHREAD_MUTEX_RECURSIVE}}}
#define PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP {{{PTHREAD_MUTEX_ERRORCHECK}}}
#define PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP PTHREAD_MUTEX_INITIALIZER
// Who goes first is a hint.
enum { PTHREAD_RWLOCK_PREFER_READER_NP, PTHREAD_RWLOCK_PREFER_WRITER_NP, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP };
#define PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP PTHREAD_RWLOCK_INITIALIZER
#define pthread_rwlockattr_setkind_np(attributes, kind) ((void)(kind), 0)
typedef long Lmid_t;

// musl's <pthread.h>, and glibc's waits that name their clock, on top of those that have CLOCK_REALTIME.
#pragma once
#include_next <pthread.h>
#include <clock_wait.h>

static inline int pthread_mutex_clocklock(pthread_mutex_t *m, clockid_t clock, const struct timespec *at) {
  return shim_clock_wait(EINVAL, pthread_mutex_timedlock(m, shim_at));
}
static inline int pthread_cond_clockwait(pthread_cond_t *c, pthread_mutex_t *m, clockid_t clock, const struct timespec *at) {
  return shim_clock_wait(EINVAL, pthread_cond_timedwait(c, m, shim_at));
}
static inline int pthread_rwlock_clockrdlock(pthread_rwlock_t *l, clockid_t clock, const struct timespec *at) {
  return shim_clock_wait(EINVAL, pthread_rwlock_timedrdlock(l, shim_at));
}
static inline int pthread_rwlock_clockwrlock(pthread_rwlock_t *l, clockid_t clock, const struct timespec *at) {
  return shim_clock_wait(EINVAL, pthread_rwlock_timedwrlock(l, shim_at));
}
#ifdef _GNU_SOURCE
static inline int pthread_clockjoin_np(pthread_t t, void **result, clockid_t clock, const struct timespec *at) {
  return shim_clock_wait(EINVAL, pthread_timedjoin_np(t, result, shim_at));
}
#endif

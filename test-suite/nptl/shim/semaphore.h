// musl's <semaphore.h>, and glibc's wait that names its clock.
#pragma once
#include_next <semaphore.h>
#include <clock_wait.h>

static inline int sem_clockwait(sem_t *s, clockid_t clock, const struct timespec *at) {
  return shim_clock_wait((errno = EINVAL, -1), sem_timedwait(s, shim_at));
}

// A wait by a clock of the caller's choice, on top of one by CLOCK_REALTIME.
#pragma once
#include <errno.h>
#include <time.h>

// The same moment on CLOCK_REALTIME. NULL when there is no such clock for a wait.
static inline const struct timespec *shim_realtime(clockid_t clock, const struct timespec *at, struct timespec *out) {
  if (clock == CLOCK_REALTIME) return at;
  if (clock != CLOCK_MONOTONIC) return 0;
  *out = *at;
  if (at->tv_nsec < 0 || at->tv_nsec >= 1000000000) return out;  // for the function to refuse
  struct timespec real, monotonic;
  clock_gettime(CLOCK_MONOTONIC, &monotonic);
  clock_gettime(CLOCK_REALTIME, &real);
  long long ns = at->tv_nsec - monotonic.tv_nsec + real.tv_nsec;
  out->tv_sec = at->tv_sec - monotonic.tv_sec + real.tv_sec + (ns + 2000000000) / 1000000000 - 2;
  out->tv_nsec = (ns + 2000000000) % 1000000000;
  return out;
}
#define shim_clock_wait(failure, call) \
  ({ struct timespec shim_space; const struct timespec *shim_at = shim_realtime(clock, at, &shim_space); shim_at ? (call) : (failure); })


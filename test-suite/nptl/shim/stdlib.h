// musl's <stdlib.h>, and glibc's on_exit(3), once: the tests remove a file with it.
#pragma once
#include_next <stdlib.h>

static void (*shim_exit_function)(int, void *);
static void *shim_exit_argument;
static inline void shim_at_exit(void) { shim_exit_function(0, shim_exit_argument); }
static inline int on_exit(void (*function)(int, void *), void *argument) {
  shim_exit_function = function;
  shim_exit_argument = argument;
  return atexit(shim_at_exit);
}

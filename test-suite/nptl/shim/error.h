// glibc's error(3).
#pragma once
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define error(status, number, ...) \
  do { \
    int error_status = (status), error_number = (number); \
    fflush(stdout); \
    fprintf(stderr, __VA_ARGS__); \
    fprintf(stderr, error_number ? ": %s\n" : "\n", strerror(error_number)); \
    if (error_status) exit(error_status); \
  } while (0)

// The part of glibc's <sys/cdefs.h> that its support headers use; musl has none.
#pragma once
#ifdef __cplusplus
#define __BEGIN_DECLS extern "C" {
#define __END_DECLS }
#else
#define __BEGIN_DECLS
#define __END_DECLS
#endif
#define __THROW
#define __THROWNL
#define __nonnull(params)
#define __returns_nonnull
#define __always_inline __inline __attribute__((always_inline))
#define __glibc_likely(x) __builtin_expect(!!(x), 1)
#define __glibc_unlikely(x) __builtin_expect(!!(x), 0)
#define __attribute_malloc__
#define __attribute_alloc_size__(params)
#define __attribute_alloc_align__(params)
#define __attribute_warn_unused_result__
#define __attr_dealloc(function, argument)
#define __attr_dealloc_free
#define __attr_dealloc_fclose
#define __attribute_returns_twice__ __attribute__((returns_twice))

// io_uring(7) as the kernel has it: the parts of <linux/io_uring.h> that the runtime uses.
#pragma once
#include "sys/kernel.h"

#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#define SYS_io_uring_enter 426
#endif

namespace coro::sys {

enum UringOperation : u8 { uring_readv = 1, uring_writev = 2, uring_fsync = 3, uring_cancel = 14, uring_read = 22, uring_write = 23,
                           uring_futex_wait = 51 };  // Linux 6.7
inline constexpr int uring_futex_u32 = 2;  // FUTEX2_SIZE_U32, shared
inline constexpr u32 uring_fsync_data_only = 1;
enum : u32 { uring_setup_cqsize = 1 << 3, uring_setup_clamp = 1 << 4, uring_setup_coop_taskrun = 1 << 8 };  // the last: Linux 5.19
enum : u32 { uring_feature_single_mmap = 1 << 0, uring_feature_nodrop = 1 << 1, uring_feature_submit_stable = 1 << 2 };  // Linux 5.5
inline constexpr i64 uring_offset_rings = 0, uring_offset_entries = 0x10000000;

struct UringSubmission {
    u8 operation, flags;
    u16 priority;
    int fd;
    u64 offset, address;
    u32 length, operation_flags;
    u64 user_data;
    u64 rest[3];
};
static_assert(sizeof(UringSubmission) == 64);

struct UringCompletion {
    u64 user_data;
    int result;
    u32 flags;
};

struct UringOffsets {  // io_sqring_offsets; for completions `flags` and `dropped` are `overflow` and `entries` (io_cqring_offsets)
    u32 head, tail, mask, entry_count, flags, dropped, array, reserved;
    u64 address;
};

struct UringParameters {
    u32 submission_entries, completion_entries, flags, thread_cpu, thread_idle, features, workqueue_fd, reserved[3];
    UringOffsets submissions, completions;
};
static_assert(sizeof(UringParameters) == 120);

}  // namespace coro::sys

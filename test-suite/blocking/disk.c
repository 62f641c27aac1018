// Goal: calls that wait for a disk. Method: as polling.c, but no disk is as slow as a test needs: a seccomp filter holds the call in the kernel
// (inputs/slow.h). Those that libc does not know are marked by their sixth argument, which the kernel does not look at.
// Without io_uring: whose threads are the kernel's.
// RUN: export CORO_IO=epoll && %blocking
#include "inputs/row.h"
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static const long the_file = 900, mark = 0x51047;
static long the_mapping = sizeof(long) == 8 ? (long)0x200000000000ULL : 0x20000000;
static void make_the_file(struct slot* s) {
    if (s->index) return;
    int fd = open("disk", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && ftruncate(fd, 65536) == 0 && dup2(fd, (int)the_file) == the_file && close(fd) == 0);
}
static void make_the_mapping(struct slot* s) {
    make_the_file(s);
    if (s->index) return;
    void* at = mmap((void*)the_mapping, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, (int)the_file, 0);
    CHECK(at == (void*)the_mapping);
}
static void make_ring(struct slot* s) {
    struct io_uring_params p = {0};
    make_the_file(s);
    if (s->index) return;
    int fd = (int)syscall(SYS_io_uring_setup, 4, &p);
    CHECK(fd >= 0 && dup2(fd, (int)the_file) == the_file && close(fd) == 0);
}
static aio_context_t context;
static void make_context(struct slot* s) {
    if (s->index == 0 && !context) CHECK(syscall(SYS_io_setup, 4, &context) == 0);
}

static void a_file(struct slot* s, long* a) { a[0] = the_file; }
static void a_pread(struct slot* s, long* a) { a_file(s, a), a[1] = (long)s->data, a[2] = 8, a[3] = 8 * s->index; }
static void a_preadv(struct slot* s, long* a) { a_file(s, a), a[1] = (long)piece(s, 8), a[2] = 1, a[3] = 8 * s->index; }
static void a_preadv2(struct slot* s, long* a) { a_preadv(s, a), a[5] = RWF_HIPRI; }
static void a_copy(struct slot* s, long* a) {
    long long* at = (long long*)s->data;
    at[0] = 8 * s->index, at[1] = 32768 + at[0];
    a[0] = a[2] = the_file, a[1] = (long)&at[0], a[3] = (long)&at[1], a[4] = 8;
}
static void a_msync(struct slot* s, long* a) { a[0] = the_mapping, a[1] = 4096, a[2] = MS_SYNC; }
static void a_marked(struct slot* s, long* a) { a[5] = mark; }
static void a_io_submit(struct slot* s, long* a) { a_marked(s, a), a[0] = (long)context, a[2] = (long)s->data; }
static void a_io_cancel(struct slot* s, long* a) { a_marked(s, a), a[0] = (long)context, a[1] = (long)s->data, a[2] = (long)(s->data + 64); }
static void a_io_destroy(struct slot* s, long* a) { a_marked(s, a), a[0] = 1; }

static long c_pread(const long* a) { return pread((int)a[0], (void*)a[1], (size_t)a[2], a[3]); }
static long c_pwrite(const long* a) { return pwrite((int)a[0], (void*)a[1], (size_t)a[2], a[3]); }
static long c_preadv(const long* a) { return preadv((int)a[0], (struct iovec*)a[1], (int)a[2], a[3]); }
static long c_pwritev(const long* a) { return pwritev((int)a[0], (struct iovec*)a[1], (int)a[2], a[3]); }
static long c_preadv2(const long* a) { return preadv2((int)a[0], (struct iovec*)a[1], (int)a[2], a[3], (int)a[5]); }
static long c_pwritev2(const long* a) { return pwritev2((int)a[0], (struct iovec*)a[1], (int)a[2], a[3], (int)a[5]); }
static long c_fsync(const long* a) { return fsync((int)a[0]); }
static long c_fdatasync(const long* a) { return fdatasync((int)a[0]); }
static long c_msync(const long* a) { return msync((void*)a[0], (size_t)a[1], (int)a[2]); }

#define ON_THE_FILE .most = hand_off, .slow = 1, .slow_argument = 1, .slow_value = &the_file
#define MARKED .most = hand_off, .slow = 1, .slow_argument = 6, .slow_value = &mark
const struct row rows[] = {
    {CALL(pread64), ON_THE_FILE, .make = make_the_file, .args = a_pread, .libc = c_pread, .pointers = ARG(1)},
    {CALL(preadv), ON_THE_FILE, .make = make_the_file, .args = a_preadv, .libc = c_preadv, .pointers = ARG(1)},
    {CALL(preadv2), ON_THE_FILE, .make = make_the_file, .args = a_preadv2, .libc = c_preadv2, .pointers = ARG(1)},
    {CALL(pwrite64), ON_THE_FILE, .make = make_the_file, .args = a_pread, .libc = c_pwrite, .pointers = ARG(1)},
    {CALL(pwritev), ON_THE_FILE, .make = make_the_file, .args = a_preadv, .libc = c_pwritev, .pointers = ARG(1)},
    {CALL(pwritev2), ON_THE_FILE, .make = make_the_file, .args = a_preadv2, .libc = c_pwritev2, .pointers = ARG(1)},
    {CALL(copy_file_range), ON_THE_FILE, .make = make_the_file, .args = a_copy, .pointers = ARG(1) | ARG(3)},
    {CALL(fsync), ON_THE_FILE, .make = make_the_file, .args = a_file, .libc = c_fsync, .slow_result = 1},
    {CALL(fdatasync), ON_THE_FILE, .make = make_the_file, .args = a_file, .libc = c_fdatasync, .slow_result = 1},
    {CALL(syncfs), ON_THE_FILE, .make = make_the_file, .args = a_file, .slow_result = 1},
    {CALL(msync), .most = hand_off, .slow = 1, .slow_argument = 2, .slow_value = &(const long){4096}, .make = make_the_mapping, .args = a_msync, .libc = c_msync,
     .slow_result = 1},
    {CALL(sync), MARKED, .make = make_nothing, .args = a_marked, .slow_result = 1},
    {CALL(io_submit), MARKED, .make = make_context, .args = a_io_submit},
    {CALL(io_cancel), MARKED, .make = make_context, .args = a_io_cancel, .pointers = ARG(1) | ARG(2)},
    {CALL(io_destroy), MARKED, .make = make_nothing, .args = a_io_destroy},
    {CALL(io_uring_enter), ON_THE_FILE, .make = make_ring, .args = a_file},
};
ROW_COUNT

// A row: one way to block in one system call of runtime/gate/calls.txt, and the ways out. Each thread has a slot of its own, so that it is released by
// what was done for it. The rows of a manual family are a test of this folder; inputs/driver.c runs them.
#pragma once
#include "check.h"
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

struct slot {
    int index;
    int fd[2], more[2];  // closed when the slot is dropped; -1: none
    long id;             // of System V, a child, an asynchronous context
    unsigned word;
    struct timespec* limit;  // null: for ever
    struct timespec ts;
    char data[256], name[64];
    struct iovec iov;
    union {
        struct msghdr one;
        struct { struct msghdr header; unsigned length; } many;
    } message;
    socklen_t length;
};

enum gives { a_number, a_descriptor, an_id };  // what a success returns

struct row {
    const char* call;
    long number;
    const char* how;     // null: the only way
    int most;            // threads at a time, `hand_off` or fewer if each holds a kernel thread; 0: as many as the test is asked for
    void (*make)(struct slot*);
    void (*args)(struct slot*, long*);  // the six of the system call
    long (*libc)(const long*);          // the function of libc that is a cancellation point, of the same arguments; null: syscall(2)
    unsigned pointers;                  // which arguments are: ARG(k) | ...
    // The ways out. A signal is always one, and cancellation with `libc`.
    void (*data)(struct slot*);   // what is waited for comes
    void (*limit)(struct slot*);  // called before the call: it is to end of its own
    void (*shut)(struct slot*);   // what is waited for will never come
    void (*drop)(struct slot*);   // besides closing descriptors
    enum gives gives;
    int no_eintr;                 // libc waits on after a handler
    // The call does not block of its own in a test: a filter makes it (inputs/slow.h). The one with this number whose argument `slow_argument` - 1 is `*slow_value`.
    int slow, slow_argument;
    const long* slow_value;
    int slow_result;  // 1: it is not done at all, but answered with 0
};
// Not every architecture has these.
#ifndef SYS_accept
#define SYS_accept (-1)
#endif
#ifndef SYS_creat
#define SYS_creat (-1)
#endif
#ifndef SYS_epoll_wait
#define SYS_epoll_wait (-1)
#endif
#ifndef SYS_open
#define SYS_open (-1)
#endif
#ifndef SYS_pause
#define SYS_pause (-1)
#endif
#ifndef SYS_poll
#define SYS_poll (-1)
#endif
#ifndef SYS_select
#define SYS_select (-1)
#endif
#ifndef SYS_semop
#define SYS_semop (-1)
#endif
// On 32 bits those with times of 64.
#ifndef SYS_clock_nanosleep
#define SYS_clock_nanosleep SYS_clock_nanosleep_time64
#endif
#ifndef SYS_semtimedop
#define SYS_semtimedop SYS_semtimedop_time64
#endif
#define CALL(x) .call = #x, .number = SYS_##x
#define ARG(k) (1u << (k))
enum { hand_off = 50 };  // so many threads at most: each has a kernel thread

extern const struct row rows[];
extern const int row_count;
#define ROW_COUNT const int row_count = sizeof rows / sizeof *rows;

// ---- what several families stand on
static inline void make_nothing(struct slot* s) {}
static inline void make_pipe(struct slot* s) { CHECK(pipe(s->fd) == 0); }
static inline void make_pair(struct slot* s) { CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s->fd) == 0); }
// fd[1] takes nothing more.
static inline void fill_up(struct slot* s) {
    static char zeroes[4096];
    CHECK(fcntl(s->fd[1], F_SETFL, O_NONBLOCK) == 0);
    for (size_t n = sizeof zeroes; n; n /= 2)
        while (write(s->fd[1], zeroes, n) > 0) {}
    CHECK(fcntl(s->fd[1], F_SETFL, 0) == 0);
}
static inline void make_full_pipe(struct slot* s) {
    make_pipe(s);
    CHECK(fcntl(s->fd[1], F_SETPIPE_SZ, 4096) == 4096);
    fill_up(s);
}
static inline void make_full_pair(struct slot* s) {
    make_pair(s);
    CHECK(setsockopt(s->fd[1], SOL_SOCKET, SO_SNDBUF, &(int){1}, sizeof(int)) == 0);
    fill_up(s);
}
static inline void write_8(struct slot* s) { CHECK(write(s->fd[1], "12345678", 8) == 8); }
static inline void drain(struct slot* s) {
    char there[4096];
    CHECK(fcntl(s->fd[0], F_SETFL, O_NONBLOCK) == 0);
    while (read(s->fd[0], there, sizeof there) > 0) {}
}
static inline void close_0(struct slot* s) { close(s->fd[0]), s->fd[0] = -1; }
static inline void close_1(struct slot* s) { close(s->fd[1]), s->fd[1] = -1; }
static inline void open_file(struct slot* s) {
    snprintf(s->name, sizeof s->name, "file-%d", s->index);
    CHECK((s->fd[0] = open(s->name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) >= 0 && ftruncate(s->fd[0], 4096) == 0);
}
// For a call with a relative time-out of its own.
static inline void limit_ts(struct slot* s) { s->ts = (struct timespec){0, 60000000}, s->limit = &s->ts; }
static inline void limit_socket(struct slot* s) {
    struct timeval limit = {0, 60000};
    for (int i = 0; i < 2; i++)
        if (s->fd[i] >= 0)
            CHECK(setsockopt(s->fd[i], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 && setsockopt(s->fd[i], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0);
}
static inline struct iovec* piece(struct slot* s, size_t n) {
    s->iov = (struct iovec){s->data, n};
    return &s->iov;
}
// For a child: until SIGKILL, or of its own when the test has gone; nobody is to wait for its end of our output.
static inline void stay(void) {
    for (int fd = 0; fd < 3; fd++) close(fd);
    alarm(120);
    for (;;) pause();
}
static inline pid_t make_child_process(void) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (!child) stay();
    return child;
}

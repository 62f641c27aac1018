// Goal: in each call that waits for descriptors to be ready, many coroutines blocked leave processors and kernel threads to the others, and end as kernel
// threads do: by an event, a signal, cancellation, a time-out, the other end's close; each pointer that leads nowhere is EFAULT.
// Method: inputs/driver.c; the rows are below.
// RUN: %blocking
#include "inputs/row.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

static sigset_t mask;  // empty, but for the calls that take one
static struct { const sigset_t* set; size_t size; } mask_and_size = {&mask, 8};

static struct pollfd* poll_set(struct slot* s) {
    struct pollfd* f = (struct pollfd*)s->data;
    *f = (struct pollfd){s->fd[0], POLLIN, 0};
    return f;
}
static fd_set sets[400][3];
static fd_set* set_of(struct slot* s, int k) {
    fd_set* f = &sets[s->index][k];
    FD_ZERO(f);
    if (k == 0) FD_SET(s->fd[0], f);
    return f;
}
static void make_epoll(struct slot* s) {
    struct epoll_event e = {.events = EPOLLIN};
    make_pipe(s);
    CHECK((s->more[0] = epoll_create1(0)) >= 0 && epoll_ctl(s->more[0], EPOLL_CTL_ADD, s->fd[0], &e) == 0);
}
static void limit_tv(struct slot* s) { s->ts = (struct timespec){0, 60000}, s->limit = &s->ts; }  // a timeval

static void a_poll(struct slot* s, long* a) { a[0] = (long)poll_set(s), a[1] = 1, a[2] = s->limit ? 60 : -1; }
static void a_ppoll(struct slot* s, long* a) { a[0] = (long)poll_set(s), a[1] = 1, a[2] = (long)s->limit, a[3] = (long)&mask, a[4] = 8; }
static void a_select(struct slot* s, long* a) {
    a[0] = s->fd[0] + 1, a[1] = (long)set_of(s, 0), a[2] = (long)set_of(s, 1), a[3] = (long)set_of(s, 2), a[4] = (long)s->limit;
}
static void a_pselect6(struct slot* s, long* a) { a_select(s, a), a[5] = (long)&mask_and_size; }
static void a_epoll_wait(struct slot* s, long* a) { a[0] = s->more[0], a[1] = (long)s->data, a[2] = 1, a[3] = s->limit ? 60 : -1; }
static void a_epoll_pwait(struct slot* s, long* a) { a_epoll_wait(s, a), a[4] = (long)&mask, a[5] = 8; }
static void a_epoll_pwait2(struct slot* s, long* a) { a_epoll_wait(s, a), a[3] = (long)s->limit, a[4] = (long)&mask, a[5] = 8; }

static long c_poll(const long* a) { return poll((struct pollfd*)a[0], (nfds_t)a[1], (int)a[2]); }
static long c_ppoll(const long* a) { return ppoll((struct pollfd*)a[0], (nfds_t)a[1], (struct timespec*)a[2], (sigset_t*)a[3]); }
static long c_select(const long* a) { return select((int)a[0], (fd_set*)a[1], (fd_set*)a[2], (fd_set*)a[3], (struct timeval*)a[4]); }
static long c_pselect(const long* a) { return pselect((int)a[0], (fd_set*)a[1], (fd_set*)a[2], (fd_set*)a[3], (struct timespec*)a[4], &mask); }
static long c_epoll_pwait(const long* a) { return epoll_pwait((int)a[0], (struct epoll_event*)a[1], (int)a[2], (int)a[3], (sigset_t*)a[4]); }

const struct row rows[] = {
    {CALL(poll), .make = make_pipe, .args = a_poll, .libc = c_poll, .pointers = ARG(0), .data = write_8, .limit = limit_ts, .shut = close_1},
    {CALL(ppoll), .make = make_pipe, .args = a_ppoll, .libc = c_ppoll, .pointers = ARG(0) | ARG(2) | ARG(3), .data = write_8, .limit = limit_ts, .shut = close_1},
    {CALL(select), .most = 400, .make = make_pipe, .args = a_select, .libc = c_select, .pointers = ARG(1) | ARG(2) | ARG(3) | ARG(4), .data = write_8,
     .limit = limit_tv, .shut = close_1},
    {CALL(pselect6), .most = 400, .make = make_pipe, .args = a_pselect6, .libc = c_pselect, .pointers = ARG(1) | ARG(2) | ARG(3) | ARG(4) | ARG(5),
     .data = write_8, .limit = limit_ts, .shut = close_1},
    // libc's epoll_wait is epoll_pwait.
    {CALL(epoll_wait), .how = "through syscall(2)", .make = make_epoll, .args = a_epoll_wait, .pointers = ARG(1), .data = write_8, .limit = limit_ts, .shut = close_1},
    {CALL(epoll_pwait), .make = make_epoll, .args = a_epoll_pwait, .libc = c_epoll_pwait, .pointers = ARG(1) | ARG(4), .data = write_8, .limit = limit_ts,
     .shut = close_1},
    {CALL(epoll_pwait2), .make = make_epoll, .args = a_epoll_pwait2, .pointers = ARG(1) | ARG(3) | ARG(4), .data = write_8, .limit = limit_ts, .shut = close_1},
};
ROW_COUNT

// Goal: each call that moves data through a descriptor. Method: as polling.c.
// RUN: %blocking
#include "inputs/row.h"
#include "net.h"
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <termios.h>

static void make_eventfd(struct slot* s) { CHECK((s->fd[0] = eventfd(0, 0)) >= 0 && (s->fd[1] = dup(s->fd[0])) >= 0); }
static void make_full_eventfd(struct slot* s) {
    make_eventfd(s);
    CHECK(write(s->fd[1], &(long long){-2}, 8) == 8);
}
static void write_one(struct slot* s) { CHECK(write(s->fd[1], &(long long){1}, 8) == 8); }
static void make_two_pipes(struct slot* s) { make_pipe(s); CHECK(pipe(s->more) == 0); }
static void make_full_pipe_and_file(struct slot* s) {
    make_full_pipe(s);
    snprintf(s->name, sizeof s->name, "file-%d", s->index);
    CHECK((s->more[0] = open(s->name, O_RDWR | O_CREAT | O_TRUNC, 0600)) >= 0 && ftruncate(s->more[0], 4096) == 0);
}
// Both ends of a TCP connection; what is in [1] is not acknowledged by anybody, and its close waits for that.
static void make_lingering(struct slot* s) {
    struct sockaddr_in at;
    int listener = listen_on_loopback(&at, 1);
    s->fd[1] = connect_to(&at);
    CHECK((s->fd[0] = accept(listener, 0, 0)) >= 0 && close(listener) == 0);
    CHECK(setsockopt(s->fd[1], SOL_SOCKET, SO_LINGER, &(struct linger){1, 20}, sizeof(struct linger)) == 0);
    fill_up(s);
}

static void a_read(struct slot* s, long* a) { a[0] = s->fd[0], a[1] = (long)s->data, a[2] = 8; }
static void a_readv(struct slot* s, long* a) { a[0] = s->fd[0], a[1] = (long)piece(s, 8), a[2] = 1; }
static void a_write(struct slot* s, long* a) { a[0] = s->fd[1], a[1] = (long)s->data, a[2] = 8; }
static void a_write_one(struct slot* s, long* a) { a_write(s, a), s->data[0] = 1; }
static void a_writev(struct slot* s, long* a) { a[0] = s->fd[1], a[1] = (long)piece(s, 8), a[2] = 1; }
static void a_splice(struct slot* s, long* a) { a[0] = s->fd[0], a[2] = s->more[1], a[4] = 8; }
static void a_tee(struct slot* s, long* a) { a[0] = s->fd[0], a[1] = s->more[1], a[2] = 8; }
static void a_sendfile(struct slot* s, long* a) { a[0] = s->fd[1], a[1] = s->more[0], a[3] = 8; }
static void a_ioctl(struct slot* s, long* a) { a[0] = s->fd[0], a[1] = FIONREAD, a[2] = (long)s->data; }
static void a_close(struct slot* s, long* a) { a[0] = s->fd[1], s->fd[1] = -1; }
static void a_tcdrain(struct slot* s, long* a) { a[0] = s->fd[0], a[1] = TCSBRK, a[2] = 1; }
static const long fionread = FIONREAD, tcsbrk = TCSBRK;

static long c_read(const long* a) { return read((int)a[0], (void*)a[1], (size_t)a[2]); }
static long c_readv(const long* a) { return readv((int)a[0], (struct iovec*)a[1], (int)a[2]); }
static long c_write(const long* a) { return write((int)a[0], (void*)a[1], (size_t)a[2]); }
static long c_close(const long* a) { return close((int)a[0]); }
static long c_tcdrain(const long* a) { return tcdrain((int)a[0]); }
static long c_writev(const long* a) { return writev((int)a[0], (struct iovec*)a[1], (int)a[2]); }

const struct row rows[] = {
    {CALL(read), .how = "pipe", .make = make_pipe, .args = a_read, .libc = c_read, .pointers = ARG(1), .data = write_8, .shut = close_1},
    {CALL(read), .how = "socket", .make = make_pair, .args = a_read, .libc = c_read, .pointers = ARG(1), .data = write_8, .limit = limit_socket, .shut = close_1},
    {CALL(read), .how = "eventfd", .make = make_eventfd, .args = a_read, .libc = c_read, .pointers = ARG(1), .data = write_one},
    {CALL(readv), .make = make_pipe, .args = a_readv, .libc = c_readv, .pointers = ARG(1), .data = write_8, .shut = close_1},
    {CALL(write), .how = "pipe", .make = make_full_pipe, .args = a_write, .libc = c_write, .pointers = ARG(1), .data = drain, .shut = close_0},
    {CALL(write), .how = "socket", .make = make_full_pair, .args = a_write, .libc = c_write, .pointers = ARG(1), .data = drain, .limit = limit_socket,
     .shut = close_0},
    {CALL(write), .how = "eventfd", .make = make_full_eventfd, .args = a_write_one, .libc = c_write, .pointers = ARG(1), .data = drain},
    {CALL(writev), .make = make_full_pipe, .args = a_writev, .libc = c_writev, .pointers = ARG(1), .data = drain, .shut = close_0},
    {CALL(splice), .most = hand_off, .make = make_two_pipes, .args = a_splice, .pointers = ARG(1) | ARG(3), .data = write_8, .shut = close_1},
    {CALL(tee), .most = hand_off, .make = make_two_pipes, .args = a_tee, .data = write_8, .shut = close_1},
    {CALL(vmsplice), .most = hand_off, .make = make_full_pipe, .args = a_writev, .pointers = ARG(1), .data = drain, .shut = close_0},
    {CALL(sendfile), .most = hand_off, .make = make_full_pipe_and_file, .args = a_sendfile, .pointers = ARG(2), .data = drain, .shut = close_0},
    // Which ioctls of which drivers wait, nobody knows: here one that does not is slow.
    {CALL(ioctl), .most = hand_off, .make = make_pipe, .args = a_ioctl, .pointers = ARG(2), .slow = 1, .slow_argument = 2, .slow_value = &fionread},
    {CALL(ioctl), .how = "tcdrain", .most = hand_off, .make = make_pipe, .args = a_tcdrain, .libc = c_tcdrain, .slow = 1, .slow_argument = 2, .slow_value = &tcsbrk,
     .slow_result = 1},
    {CALL(close), .how = "with SO_LINGER", .most = hand_off, .make = make_lingering, .args = a_close, .libc = c_close, .data = drain},
};
ROW_COUNT

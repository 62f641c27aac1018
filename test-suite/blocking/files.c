// Goal: locks of files, and opening a FIFO, which waits for its other end. Method: as polling.c.
// RUN: %blocking
#include "inputs/row.h"
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

// ---- locks: fd[1] has what fd[0] is to get
static void make_flocked(struct slot* s) {
    open_file(s);
    CHECK((s->fd[1] = open(s->name, O_RDWR | O_CLOEXEC)) >= 0 && flock(s->fd[1], LOCK_EX) == 0);
}
static void unlock(struct slot* s) { CHECK(flock(s->fd[1], LOCK_UN) == 0); }
static void a_flock(struct slot* s, long* a) { a[0] = s->fd[0], a[1] = LOCK_EX; }

static const struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
static void make_owned(struct slot* s) {
    open_file(s);
    CHECK((s->fd[1] = open(s->name, O_RDWR | O_CLOEXEC)) >= 0 && fcntl(s->fd[1], F_OFD_SETLK, &whole) == 0);
}
static void unlock_owned(struct slot* s) {
    struct flock none = whole;
    none.l_type = F_UNLCK;
    CHECK(fcntl(s->fd[1], F_OFD_SETLK, &none) == 0);
}
static void a_ofd_setlkw(struct slot* s, long* a) {
    *(struct flock*)s->data = whole;
    a[0] = s->fd[0], a[1] = F_OFD_SETLKW, a[2] = (long)s->data;
}
// Of another process, which ends.
static pid_t holder;
static void make_held(struct slot* s) {
    CHECK((s->fd[0] = open("held", O_RDWR | O_CREAT, 0600)) >= 0);
    if (s->index) return;
    int told[2];
    char c;
    CHECK(pipe(told) == 0 && (holder = fork()) >= 0);
    if (holder) {
        CHECK(read(told[0], &c, 1) == 1 && close(told[0]) == 0 && close(told[1]) == 0);
        return;
    }
    CHECK(fcntl(s->fd[0], F_SETLK, &whole) == 0 && write(told[1], "x", 1) == 1);
    stay();
}
static void end_holder(struct slot* s) {
    if (s->index == 0) CHECK(kill(holder, SIGKILL) == 0);
}
static void drop_held(struct slot* s) {
    if (s->index == 0) kill(holder, SIGKILL), waitpid(holder, 0, 0);
}
static void a_setlkw(struct slot* s, long* a) {  // a byte of its own
    *(struct flock*)s->data = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = s->index, .l_len = 1};
    a[0] = s->fd[0], a[1] = F_SETLKW, a[2] = (long)s->data;
}
static long c_fcntl(const long* a) { return fcntl((int)a[0], (int)a[1], (struct flock*)a[2]); }

// ---- a FIFO
static void make_fifo(struct slot* s) {
    snprintf(s->name, sizeof s->name, "fifo-%d", s->index);
    unlink(s->name);
    CHECK(mkfifo(s->name, 0600) == 0);
}
static void open_other_end(struct slot* s) { CHECK((s->fd[0] = open(s->name, O_RDWR | O_NONBLOCK)) >= 0); }
static void a_open(struct slot* s, long* a) { a[0] = (long)s->name, a[1] = O_RDONLY; }
static void a_openat(struct slot* s, long* a) { a[0] = AT_FDCWD, a[1] = (long)s->name, a[2] = O_WRONLY; }
static void a_creat(struct slot* s, long* a) { a[0] = (long)s->name, a[1] = 0600; }
static void a_openat2(struct slot* s, long* a) {
    *(struct open_how*)s->data = (struct open_how){.flags = O_RDONLY};
    a[0] = AT_FDCWD, a[1] = (long)s->name, a[2] = (long)s->data, a[3] = sizeof(struct open_how);
}
static long c_open(const long* a) { return open((char*)a[0], (int)a[1]); }
static long c_openat(const long* a) { return openat((int)a[0], (char*)a[1], (int)a[2]); }

const struct row rows[] = {
    {CALL(flock), .most = hand_off, .make = make_flocked, .args = a_flock, .data = unlock, .shut = close_1},
    {CALL(fcntl), .how = "F_OFD_SETLKW", .most = hand_off, .make = make_owned, .args = a_ofd_setlkw, .pointers = ARG(2), .data = unlock_owned,
     .shut = close_1},
    {CALL(fcntl), .how = "F_SETLKW", .most = hand_off, .make = make_held, .args = a_setlkw, .libc = c_fcntl, .pointers = ARG(2), .data = end_holder,
     .drop = drop_held},
    {CALL(open), .most = hand_off, .make = make_fifo, .args = a_open, .libc = c_open, .pointers = ARG(0), .data = open_other_end, .gives = a_descriptor},
    {CALL(openat), .most = hand_off, .make = make_fifo, .args = a_openat, .libc = c_openat, .pointers = ARG(1), .data = open_other_end, .gives = a_descriptor},
    {CALL(creat), .most = hand_off, .make = make_fifo, .args = a_creat, .pointers = ARG(0), .data = open_other_end, .gives = a_descriptor},
    {CALL(openat2), .most = hand_off, .make = make_fifo, .args = a_openat2, .pointers = ARG(1) | ARG(2), .data = open_other_end, .gives = a_descriptor},
};
ROW_COUNT

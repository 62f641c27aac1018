// Goal: each call of sockets. Method: as polling.c.
// RUN: %blocking
#include "inputs/row.h"
#include "net.h"
#include <sys/un.h>

static struct iovec* piece_8(struct slot* s) { return piece(s, 8); }
static void make_listener(struct slot* s) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    socklen_t n = sizeof name.sun_family;  // the kernel finds a name
    CHECK((s->fd[0] = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0 && bind(s->fd[0], (struct sockaddr*)&name, n) == 0 && listen(s->fd[0], 0) == 0);
    s->length = sizeof name;
    CHECK(getsockname(s->fd[0], (struct sockaddr*)s->data, &s->length) == 0);
}
static void connect_one(struct slot* s) {
    CHECK((s->more[0] = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0 && connect(s->more[0], (struct sockaddr*)s->data, s->length) == 0);
}
// With room for nobody.
static void make_full_listener(struct slot* s) {
    make_listener(s), connect_one(s);
    CHECK((s->fd[1] = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0);
}
static void make_full_tcp_listener(struct slot* s) {
    struct sockaddr_in at;
    s->fd[0] = listen_on_loopback(&at, 0);
    s->more[0] = connect_to(&at);
    CHECK((s->fd[1] = socket(AF_INET, SOCK_STREAM, 0)) >= 0);
    memcpy(s->data, &at, s->length = sizeof at);
}
static void accept_one(struct slot* s) { CHECK((s->more[1] = accept(s->fd[0], 0, 0)) >= 0); }
static void limit_listener(struct slot* s) {
    struct timeval limit = {0, 60000};
    CHECK(setsockopt(s->fd[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
}
static void shut_0(struct slot* s) { CHECK(shutdown(s->fd[0], SHUT_RDWR) == 0); }

static void a_recvfrom(struct slot* s, long* a) {
    s->length = sizeof(struct sockaddr_un);
    a[0] = s->fd[0], a[1] = (long)s->data, a[2] = 8, a[4] = (long)(s->data + 64), a[5] = (long)&s->length;
}
static struct msghdr* message(struct slot* s) {
    s->message.one = (struct msghdr){.msg_iov = piece_8(s), .msg_iovlen = 1};
    return &s->message.one;
}
static void a_recvmsg(struct slot* s, long* a) { a[0] = s->fd[0], a[1] = (long)message(s); }
static void a_recv_all(struct slot* s, long* a) { a_recvmsg(s, a), a[2] = MSG_WAITALL; }
static void a_recvmmsg(struct slot* s, long* a) { a[0] = s->fd[0], a[1] = (long)message(s), a[2] = 1; }
static void a_recvmmsg_time(struct slot* s, long* a) { a_recvmmsg(s, a), s->ts = (struct timespec){30, 0}, a[4] = (long)&s->ts; }
static void a_sendto(struct slot* s, long* a) { a[0] = s->fd[1], a[1] = (long)s->data, a[2] = 8; }
static void a_sendmsg(struct slot* s, long* a) { a[0] = s->fd[1], a[1] = (long)message(s); }
static void a_sendmmsg(struct slot* s, long* a) { a[0] = s->fd[1], a[1] = (long)message(s), a[2] = 1; }
static void a_accept(struct slot* s, long* a) {
    static __thread socklen_t length;
    length = sizeof(struct sockaddr_un);
    a[0] = s->fd[0], a[1] = (long)(s->data + 120), a[2] = (long)&length;
}
static void a_accept4(struct slot* s, long* a) { a_accept(s, a), a[3] = SOCK_CLOEXEC; }  // without a flag libc calls accept
static void a_connect(struct slot* s, long* a) { a[0] = s->fd[1], a[1] = (long)s->data, a[2] = s->length; }

static long c_recvfrom(const long* a) { return recvfrom((int)a[0], (void*)a[1], (size_t)a[2], (int)a[3], (struct sockaddr*)a[4], (socklen_t*)a[5]); }
static long c_recvmsg(const long* a) { return recvmsg((int)a[0], (struct msghdr*)a[1], (int)a[2]); }
static long c_recvmmsg(const long* a) { return recvmmsg((int)a[0], (struct mmsghdr*)a[1], (unsigned)a[2], (unsigned)a[3], (struct timespec*)a[4]); }
static long c_sendto(const long* a) { return sendto((int)a[0], (void*)a[1], (size_t)a[2], (int)a[3], 0, 0); }
static long c_sendmsg(const long* a) { return sendmsg((int)a[0], (struct msghdr*)a[1], (int)a[2]); }
static long c_accept(const long* a) { return accept((int)a[0], (struct sockaddr*)a[1], (socklen_t*)a[2]); }
static long c_accept4(const long* a) { return accept4((int)a[0], (struct sockaddr*)a[1], (socklen_t*)a[2], (int)a[3]); }
static long c_connect(const long* a) { return connect((int)a[0], (struct sockaddr*)a[1], (socklen_t)a[2]); }

const struct row rows[] = {
    {CALL(recvfrom), .make = make_pair, .args = a_recvfrom, .libc = c_recvfrom, .pointers = ARG(1) | ARG(4) | ARG(5), .data = write_8, .limit = limit_socket,
     .shut = close_1},
    {CALL(recvmsg), .make = make_pair, .args = a_recvmsg, .libc = c_recvmsg, .pointers = ARG(1), .data = write_8, .limit = limit_socket, .shut = close_1},
    {CALL(recvmsg), .how = "MSG_WAITALL", .most = hand_off, .make = make_pair, .args = a_recv_all, .libc = c_recvmsg, .pointers = ARG(1), .data = write_8,
     .limit = limit_socket, .shut = close_1},
    {CALL(recvmmsg), .make = make_pair, .args = a_recvmmsg, .libc = c_recvmmsg, .pointers = ARG(1), .data = write_8, .limit = limit_socket, .shut = close_1},
    {CALL(recvmmsg), .how = "with a time-out", .most = hand_off, .make = make_pair, .args = a_recvmmsg_time, .libc = c_recvmmsg, .pointers = ARG(1) | ARG(4),
     .data = write_8, .limit = limit_socket, .shut = close_1},
    {CALL(sendto), .make = make_full_pair, .args = a_sendto, .libc = c_sendto, .pointers = ARG(1), .data = drain, .limit = limit_socket, .shut = close_0},
    {CALL(sendmsg), .make = make_full_pair, .args = a_sendmsg, .libc = c_sendmsg, .pointers = ARG(1), .data = drain, .limit = limit_socket, .shut = close_0},
    // libc's sendmmsg is many sendmsg.
    {CALL(sendmmsg), .how = "through syscall(2)", .make = make_full_pair, .args = a_sendmmsg, .pointers = ARG(1), .data = drain, .limit = limit_socket,
     .shut = close_0},
    {CALL(accept), .make = make_listener, .args = a_accept, .libc = c_accept, .pointers = ARG(1) | ARG(2), .data = connect_one, .limit = limit_listener,
     .shut = shut_0, .gives = a_descriptor},
    {CALL(accept4), .make = make_listener, .args = a_accept4, .libc = c_accept4, .pointers = ARG(1) | ARG(2), .data = connect_one, .limit = limit_listener,
     .shut = shut_0, .gives = a_descriptor},
    {CALL(connect), .how = "TCP", .make = make_full_tcp_listener, .args = a_connect, .libc = c_connect, .pointers = ARG(1), .data = accept_one,
     .limit = limit_socket},
    {CALL(connect), .how = "AF_UNIX", .most = hand_off, .make = make_full_listener, .args = a_connect, .libc = c_connect, .pointers = ARG(1), .data = accept_one,
     .limit = limit_socket, .shut = close_0},
};
ROW_COUNT

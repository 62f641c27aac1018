// Goal: datagrams, descriptors in messages, recvmmsg and MSG_PEEK work on parked sockets as on blocking ones.
// RUN: %matrix %s
#include "net.h"
#include <sys/time.h>
static int u[2];
static void* sends(void* p) {
    settle();
    CHECK(send(u[1], "one", 3, 0) == 3 && send(u[1], "three", 5, 0) == 5);
    return p;
}
static void* sends_slowly(void* p) {
    settle();
    CHECK(send(u[1], "one", 3, 0) == 3);
    settle();
    CHECK(send(u[1], "three", 5, 0) == 5);
    return p;
}
static void* passes(void* p) {
    char space[CMSG_SPACE(sizeof(int))] = {0}, c = 'd';
    struct iovec v = {&c, 1};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    struct cmsghdr* h = CMSG_FIRSTHDR(&m);
    h->cmsg_level = SOL_SOCKET, h->cmsg_type = SCM_RIGHTS, h->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(h), p, sizeof(int));
    settle();
    CHECK(sendmsg(u[1], &m, 0) == 1);
    return p;
}
int main(void) {
    char a[10], b[10];
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, u) == 0);
    pthread_t t = start(sends, 0);
    CHECK(recv(u[0], a, sizeof a, MSG_PEEK) == 3 && recv(u[0], a, sizeof a, 0) == 3 && memcmp(a, "one", 3) == 0);
    CHECK(recv(u[0], a, sizeof a, 0) == 5);
    join(t);

    struct iovec v[2] = {{a, sizeof a}, {b, sizeof b}};
    struct mmsghdr m[2] = {{.msg_hdr = {.msg_iov = &v[0], .msg_iovlen = 1}}, {.msg_hdr = {.msg_iov = &v[1], .msg_iovlen = 1}}};
    t = start(sends, 0);
    CHECK(recvmmsg(u[0], m, 2, 0, 0) == 2 && m[0].msg_len == 3 && m[1].msg_len == 5);
    join(t);
    // All that was asked for, though one is there at once; unless the caller says so.
    t = start(sends_slowly, 0);
    CHECK(recvmmsg(u[0], m, 2, 0, 0) == 2 && m[0].msg_len == 3 && m[1].msg_len == 5);
    join(t);
    t = start(sends_slowly, 0);
    CHECK(recvmmsg(u[0], m, 2, MSG_WAITFORONE, 0) == 1 && m[0].msg_len == 3);
    CHECK(recvmmsg(u[0], m, 2, MSG_DONTWAIT, 0) == -1 && errno == EAGAIN);
    join(t);
    CHECK(fcntl(u[0], F_SETFL, O_NONBLOCK) == 0 && recvmmsg(u[0], m, 2, 0, 0) == 1 && m[0].msg_len == 5 && fcntl(u[0], F_SETFL, 0) == 0);
    struct timeval wait = {0, 50000}, for_ever = {0, 0};
    CHECK(setsockopt(u[0], SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0);
    CHECK(send(u[1], "one", 3, 0) == 3 && recvmmsg(u[0], m, 2, 0, 0) == 1 && m[0].msg_len == 3);
    CHECK(setsockopt(u[0], SOL_SOCKET, SO_RCVTIMEO, &for_ever, sizeof for_ever) == 0);

    int p[2], passed;
    char space[CMSG_SPACE(sizeof(int))];
    struct msghdr one = {.msg_iov = v, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    CHECK(pipe(p) == 0);
    t = start(passes, &p[1]);
    CHECK(recvmsg(u[0], &one, 0) == 1 && CMSG_FIRSTHDR(&one));
    join(t);
    memcpy(&passed, CMSG_DATA(CMSG_FIRSTHDR(&one)), sizeof passed);
    CHECK(write(passed, "x", 1) == 1 && read(p[0], a, 1) == 1);
}

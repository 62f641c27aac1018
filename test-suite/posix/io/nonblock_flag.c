// Goal: a read on an empty descriptor with O_NONBLOCK gives EAGAIN at once, whoever set the flag and however: here by fcntl, by ioctl, through a
// duplicate, in a child that shares the file, in a process that got it by SCM_RIGHTS; and one without the flag waits.
// RUN: %matrix %s
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

static void set_flag(int fd) { CHECK(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0); }
static void by_ioctl(int fd) {
    int on = 1;
    CHECK(ioctl(fd, FIONBIO, &on) == 0);
}
static void by_duplicate(int fd) {
    int copy = dup(fd);
    set_flag(copy);
    close(copy);
}
static void wait_for(pid_t child) {
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}
static void by_child(int fd) {
    pid_t child = fork();
    if (!child) {
        set_flag(fd);
        _exit(0);
    }
    wait_for(child);
}
static int channel[2];  // to a process made before any of the files
static void by_message(int fd) {
    char byte = 'x', control[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec v = {&byte, 1};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr* h = CMSG_FIRSTHDR(&m);
    h->cmsg_level = SOL_SOCKET;
    h->cmsg_type = SCM_RIGHTS;
    h->cmsg_len = CMSG_LEN(sizeof fd);
    *(int*)CMSG_DATA(h) = fd;
    CHECK(sendmsg(channel[0], &m, 0) == 1 && read(channel[0], &byte, 1) == 1);
}
static void serve(int fd) {
    for (;;) {
        char byte, control[CMSG_SPACE(sizeof(int))];
        struct iovec v = {&byte, 1};
        struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        if (recvmsg(fd, &m, 0) != 1) _exit(0);
        int got = *(int*)CMSG_DATA(CMSG_FIRSTHDR(&m));
        set_flag(got);
        close(got);
        if (write(fd, &byte, 1) != 1) _exit(1);
    }
}

static int fds[2];
static void* reads(void* p) {
    char c = 0;
    return (void*)(long)(read(fds[0], &c, 1) == 1 ? c : -errno);
}
static void make(int kind) {
    if (kind == 0) CHECK(pipe(fds) == 0);
    if (kind == 1) CHECK(pipe2(fds, O_CLOEXEC) == 0);
    if (kind == 2) CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
}
static void* run(void* unused) {
    static void (*const ways[])(int) = {set_flag, by_ioctl, by_duplicate, by_message, by_child};
    for (int kind = 0; kind < 3; kind++)
        for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++) {
            make(kind);
            pthread_t t = start(reads, 0);  // it waits: the file is known as blocking from here on
            settle();
            CHECK(write(fds[1], "a", 1) == 1 && (long)join(t) == 'a');
            ways[i](fds[0]);
            CHECK((long)join(start(reads, 0)) == -EAGAIN);
            close(fds[0]), close(fds[1]);
        }
    CHECK(pipe2(fds, O_NONBLOCK) == 0 && (long)join(start(reads, 0)) == -EAGAIN);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0 && (long)join(start(reads, 0)) == -EAGAIN);
    return unused;
}
int main(void) {
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, channel) == 0);
    pid_t server = fork();
    if (!server) {
        close(channel[0]);
        serve(channel[1]);
    }
    close(channel[1]);
    join(start(run, 0));
    close(channel[0]);
    wait_for(server);
}

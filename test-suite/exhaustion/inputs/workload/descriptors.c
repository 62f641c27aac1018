// Pipes, sockets, poll and its family, numbers closed and replaced under waiters.
#include "workload.h"
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define NEW_DESCRIPTOR EMFILE, ENFILE, ENOMEM
#define TRANSFER ENOBUFS, ENOMEM, EPIPE, ECONNRESET
enum { much = 300000 };

static int new_pipe(int* p) { return TRY(pipe(p), EMFILE, ENFILE) == 0; }
static int new_pair(int type, int* p) { return TRY(socketpair(AF_UNIX, type, 0, p), NEW_DESCRIPTOR, ENOBUFS) == 0; }
static void close_both(int* p) { CHECK(close(p[0]) == 0 && close(p[1]) == 0); }

// ---- a lot through a pipe: both ends park

static void* fills(void* p) {
    char* bytes = malloc(much);
    CHECK(bytes);
    for (int i = 0; i < much; i++) bytes[i] = (char)(i * 7);
    CHECK(write(((int*)p)[1], bytes, much) == much);
    free(bytes);
    return 0;
}
static void* drains(void* p) {
    char bytes[3001];
    for (long got = 0, n; got < much; got += n) {
        n = read(((int*)p)[0], bytes, sizeof bytes);
        CHECK(n > 0);
        for (long i = 0; i < n; i++) CHECK(bytes[i] == (char)((got + i) * 7));
    }
    return 0;
}
static void through_a_pipe(void) {
    int p[2];
    pthread_t writer, reader;
    if (!new_pipe(p)) return;
    if (try_start(&reader, drains, p)) {
        if (try_start(&writer, fills, p)) join(writer);
        else fills(p);
        join(reader);
    }
    close_both(p);
}

// ---- sockets: an echo, in pieces; whoever fails hangs up, so that nobody waits for ever

static void* echoes(void* fd_) {
    int fd = (int)(long)fd_;
    char bytes[512];
    for (;;) {
        long n = TRY(recv(fd, bytes, sizeof bytes, 0), TRANSFER);
        if (n <= 0) break;
        struct iovec v[2] = {{bytes, (size_t)n / 2}, {bytes + n / 2, (size_t)(n - n / 2)}};
        struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};
        struct mmsghdr one = {.msg_hdr = m};
        if (n % 3 == 2) {
            if (TRY(syscall(SYS_sendmmsg, fd, &one, 1, MSG_NOSIGNAL), TRANSFER) < 0) break;  // musl has its own
            continue;
        }
        if (TRY(n % 2 ? sendmsg(fd, &m, MSG_NOSIGNAL) : writev(fd, v, 2), TRANSFER) < 0) break;
    }
    shutdown(fd, SHUT_RDWR);
    return 0;
}
static void talk(int fd) {
    char out[200], in[200];
    for (int i = 1; i <= 20; i++) {
        memset(out, i, sizeof out);
        if (TRY(i % 3 ? send(fd, out, (size_t)i * 10, MSG_NOSIGNAL) : write(fd, out, (size_t)i * 10), TRANSFER) < 0) break;
        long got = 0, n;
        for (; got < i * 10; got += n) {
            struct iovec v[2] = {{in + got, 3}, {in + got + 3, (size_t)(i * 10 - got > 3 ? i * 10 - got - 3 : 0)}};
            n = TRY(i % 2 ? recv(fd, in + got, (size_t)(i * 10 - got), MSG_WAITALL) : readv(fd, v, 2), TRANSFER);
            if (n <= 0) break;
        }
        if (got < i * 10) break;
        for (long k = 0; k < got; k++) CHECK(in[k] == i);
    }
    shutdown(fd, SHUT_RDWR);
}
static void sockets(void) {
    int s[2];
    pthread_t t;
    char byte;
    if (!new_pair(SOCK_STREAM, s)) return;
    struct timeval limit = {0, 20000};
    if (TRY(setsockopt(s[1], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), ENOMEM, ENOBUFS) == 0)
        CHECK(TRY(recv(s[1], &byte, 1, 0), EAGAIN, TRANSFER) == -1);
    limit.tv_sec = 5;
    int set = TRY(setsockopt(s[1], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), ENOMEM, ENOBUFS) == 0;
    if (set && try_start(&t, echoes, (void*)(long)s[0])) {
        talk(s[1]);
        join(t);
    }
    close_both(s);
}

static int listener, serving, calling;
static void* serves_one(void* p) {
    int fd = (int)TRY(accept4(listener, 0, 0, SOCK_CLOEXEC), NEW_DESCRIPTOR, ENOBUFS, ECONNABORTED, EPERM, EINVAL);  // EINVAL: shut down
    if (fd < 0) return p;
    echoes((void*)(long)fd);
    close(fd);
    return p;
}
static void* serves(void* p) {
    serves_one(p);
    ADD(serving, -1);
    return p;
}
static void* calls_once(void* address) {
    int fd = (int)TRY(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), NEW_DESCRIPTOR, ENOBUFS);
    if (fd < 0) return 0;
    if (TRY(connect(fd, address, sizeof(struct sockaddr_in)), EADDRNOTAVAIL, ENOBUFS, ENOMEM, EAGAIN, ECONNREFUSED, ECONNRESET, ECONNABORTED, EISCONN) == 0) talk(fd);
    close(fd);
    return 0;
}
static void* calls(void* address) {
    calls_once(address);
    ADD(calling, -1);
    return 0;
}
static void* hangs_up(void* p) {  // on those whom nobody serves, or calls
    for (int i = 0; i < 2000 && LOAD(serving) && LOAD(calling); i++) sleep_ms(1);
    CHECK(shutdown(listener, SHUT_RDWR) == 0);
    return p;
}
static void connections(void) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof a;
    pthread_t t[7];
    listener = (int)TRY(socket(AF_INET, SOCK_STREAM, 0), NEW_DESCRIPTOR, ENOBUFS);
    if (listener < 0) return;
    CHECK(bind(listener, (void*)&a, sizeof a) == 0 && listen(listener, 8) == 0);
    CHECK(getsockname(listener, (void*)&a, &bytes) == 0);
    STORE(serving, 3), STORE(calling, 3);
    if (try_start(&t[0], hangs_up, 0)) {
        int servers = try_start_many(t + 1, 3, serves, 0);
        ADD(serving, servers - 3);
        int clients = try_start_many(t + 1 + servers, 3, calls, &a);
        ADD(calling, clients - 3);
        join_many(t, 1 + servers + clients);
    }
    close(listener);
}

// ---- poll and its family

static int watched[2];

enum { kinds = 6 };
static void* looks(void* kind_) {
    long kind = (long)kind_;
    struct pollfd many[12];
    for (int i = 0; i < 12; i++) many[i] = (struct pollfd){watched[0], POLLIN, 0};
    struct timeval tv = {5, 0};
    struct timespec ts = {5, 0};
    fd_set set;
    FD_ZERO(&set);
    FD_SET(watched[0], &set);
    long r = -1;
    if (kind == 0) r = TRY(poll(many, 1, 5000), ENOMEM);
    if (kind == 1) r = TRY(poll(many, 12, -1), ENOMEM);
    if (kind == 2) r = TRY(ppoll(many, 2, &ts, 0), ENOMEM);
    if (kind == 3) r = TRY(select(watched[0] + 1, &set, 0, 0, &tv), ENOMEM);
    if (kind == 4) r = TRY(pselect(watched[0] + 1, &set, 0, 0, &ts, 0), ENOMEM);
    if (kind == 5) {
        struct epoll_event e = {EPOLLIN, {0}};
        int fd = (int)TRY(epoll_create1(EPOLL_CLOEXEC), NEW_DESCRIPTOR);
        if (fd < 0) return 0;
        if (TRY(epoll_ctl(fd, EPOLL_CTL_ADD, watched[0], &e), ENOMEM, ENOSPC) == 0) r = epoll_wait(fd, &e, 1, 5000);
        CHECK(close(fd) == 0);
    }
    CHECK(r == -1 || r == 1 || (kind == 1 && r == 12) || (kind == 2 && r == 2));
    return 0;
}
static void looking(void) {
    pthread_t t[kinds];
    struct pollfd none;
    struct timeval tv = {0, 1000};
    struct epoll_event e;
    fd_set set;
    int p[2];
    if (!new_pipe(watched)) return;
    // More than have room on the stack; nothing is there.
    FD_ZERO(&set);
    int many[10], opened = 0;
    for (; opened < 10; opened++) {
        many[opened] = (int)TRY(fcntl(watched[0], F_DUPFD_CLOEXEC, 0), EMFILE);
        if (many[opened] < 0) break;
        FD_SET(many[opened], &set);
    }
    CHECK(TRY(select(64, &set, 0, 0, &tv), ENOMEM) <= 0);
    while (opened) CHECK(close(many[--opened]) == 0);
    int fd = (int)TRY(epoll_create1(EPOLL_CLOEXEC), NEW_DESCRIPTOR);
    if (fd >= 0) CHECK(epoll_wait(fd, &e, 1, 3) == 0 && close(fd) == 0);
    if (new_pair(SOCK_DGRAM, p)) {
        char byte;
        CHECK(TRY(recv(p[0], &byte, 1, MSG_DONTWAIT), EAGAIN, TRANSFER) == -1);
        close_both(p);
    }
    int n = 0;
    while (n < kinds && try_start(&t[n], looks, (void*)(long)n)) n++;
    quiet();
    if (TRY(poll(&none, 0, 5), ENOMEM) >= 0) {}
    CHECK(write(watched[1], "x", 1) == 1);
    join_many(t, n);
    close_both(watched);
}

// ---- numbers

static int reading;
static void* reads_one(void* fd) {
    char byte = 0;
    ADD(reading, 1);
    CHECK(read((int)(long)fd, &byte, 1) == 1 && byte == 'x');
    return 0;
}
// A number is closed under its reader, who stays with the file; or replaced.
static void closing(void) {
    int p[2], q[2];
    pthread_t t[2];
    if (!new_pipe(p)) return;
    if (!new_pipe(q)) return close_both(p);
    STORE(reading, 0);
    int keep = (int)TRY(fcntl(p[0], F_DUPFD_CLOEXEC, 0), EMFILE);
    int n = keep < 0 ? 0 : try_start_many(t, 2, reads_one, (void*)(long)keep);
    while (LOAD(reading) < n) sleep_ms(1);
    sleep_ms(30);
    // Replaced, then closed.
    int copy = (int)TRY(dup(q[0]), EMFILE);
    if (copy >= 0) CHECK(close(copy) == 0);
    if (keep >= 0 && TRY(dup2(q[0], keep), EMFILE) == keep) CHECK(close(keep) == 0);
    CHECK(write(p[1], "xx", 2) == 2);
    join_many(t, n);
    close_both(p), close_both(q);
}

// The program may do what it likes with numbers that are not there for it.
static void their_numbers(void) {
    for (int fd = 995; fd < 1010; fd++) {
        int r = (int)TRY(dup2(2, fd), EMFILE);
        if (r == fd) CHECK(close(fd) == 0);
    }
    long closed = syscall(SYS_close_range, 900u, ~0u, 0);
    CHECK(closed == 0 || errno == EMFILE || errno == ENOMEM || errno == ENOSYS);
}

void descriptors_part(void) {
    through_a_pipe(), sockets(), connections(), looking(), closing(), their_numbers(), through_a_pipe();
}

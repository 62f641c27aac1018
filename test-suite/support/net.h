// TCP on the loopback, at a port that the kernel chooses.
#pragma once
#include "check.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static inline int listen_on_loopback(struct sockaddr_in* address, int backlog) {
    socklen_t n = sizeof *address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    CHECK(fd >= 0 && bind(fd, (struct sockaddr*)address, n) == 0 && listen(fd, backlog) == 0);
    CHECK(getsockname(fd, (struct sockaddr*)address, &n) == 0);
    return fd;
}
static inline int connect_to(const struct sockaddr_in* address) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd >= 0 && connect(fd, (const struct sockaddr*)address, sizeof *address) == 0);
    return fd;
}
// Writes to a pipe or socket until it is full, without blocking; returns how much.
static inline long fill(int fd) {
    static char zeroes[65536];
    long total = 0, n;
    int flags = fcntl(fd, F_GETFL);
    CHECK(fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0);
    for (long size = sizeof zeroes; size; size /= 2)
        while ((n = write(fd, zeroes, (size_t)size)) > 0) total += n;
    CHECK(fcntl(fd, F_SETFL, flags) == 0);
    return total;
}

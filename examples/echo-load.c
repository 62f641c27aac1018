// Load for an echo server, from one thread with epoll: echo-load PORT CONNECTIONS SECONDS. Opens all connections, then each sends 64 bytes, waits for
// the echo, checks every byte and begins again. When all have echoed once it prints "open" and goes on for SECONDS, and then prints
//   requests_per_second N p50_us N p99_us N
// Exits 1 with a line that says why when a connection fails, a byte is wrong, or a round has not ended in time.
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { message_bytes = 64, buckets = 1 << 21 };
struct connection {
    int fd, got;
    uint32_t round;
    uint64_t sent_ns;
};
static struct connection* connections;
static uint64_t histogram[buckets];  // by microseconds; the last takes the rest

static void fail(const char* what) {
    fprintf(stderr, "echo-load: %s: %s\n", what, strerror(errno));
    exit(1);
}
static uint64_t now_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}
static void fill(char* m, long id, uint32_t round) {
    for (int i = 0; i < message_bytes; i++) m[i] = (char)(id * 31 + round * 7 + (uint32_t)i);
}
static void send_message(struct connection* c) {
    char m[message_bytes];
    fill(m, c - connections, c->round);
    c->got = 0;
    c->sent_ns = now_ns();
    if (send(c->fd, m, sizeof m, MSG_NOSIGNAL) != message_bytes) fail("send");
}
// True when the whole echo has come.
static int receive(struct connection* c) {
    char m[message_bytes], want[message_bytes];
    ssize_t n = recv(c->fd, m, (size_t)(message_bytes - c->got), MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return 0;
    if (n <= 0) fail("a connection ended");
    fill(want, c - connections, c->round);
    errno = 0;
    if (memcmp(m, want + c->got, (size_t)n)) fail("an echo differs from what was sent");
    c->got += (int)n;
    return c->got == message_bytes;
}
static uint64_t percentile(uint64_t total, double part) {
    uint64_t seen = 0;
    for (int i = 0; i < buckets; i++)
        if ((seen += histogram[i]) >= (uint64_t)((double)total * part)) return (uint64_t)i;
    return buckets;
}

int main(int argc, char** argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: echo-load PORT CONNECTIONS SECONDS\n");
        return 2;
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    long count = atol(argv[2]), first = 0;
    uint64_t duration = (uint64_t)(atof(argv[3]) * 1e9), total = 0, end = 0, last = now_ns(), begin = 0;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    connections = calloc((size_t)count, sizeof *connections);
    int epoll = epoll_create1(0);
    for (long i = 0; i < count; i++) {
        struct connection* c = &connections[i];
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
        if ((c->fd = socket(AF_INET, SOCK_STREAM, 0)) < 0) fail("socket");
        if (connect(c->fd, (struct sockaddr*)&address, sizeof address)) fail("connect");
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &e)) fail("epoll_ctl");
        send_message(c);
    }
    while (!end || now_ns() < end) {
        struct epoll_event events[256];
        int n = epoll_wait(epoll, events, 256, 100);
        uint64_t now = now_ns();
        if (n > 0) last = now;
        errno = ETIMEDOUT;
        if (now - last > 20000000000ull) fail("no answer for 20 s");
        for (int i = 0; i < n; i++) {
            struct connection* c = events[i].data.ptr;
            if (!receive(c)) continue;
            if (c->round++ == 0) first++;
            if (end) {
                uint64_t us = (now_ns() - c->sent_ns) / 1000;
                histogram[us < buckets ? us : buckets - 1]++;
                total++;
            }
            send_message(c);
        }
        if (!end && first == count) {
            begin = now_ns();
            end = begin + duration;
            printf("open\n");
            fflush(stdout);
        }
    }
    printf("requests_per_second %.0f p50_us %lu p99_us %lu\n", (double)total * 1e9 / (double)(now_ns() - begin),
           (unsigned long)percentile(total, 0.5), (unsigned long)percentile(total, 0.99));
    return 0;
}

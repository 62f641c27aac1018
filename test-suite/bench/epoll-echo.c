// The echo server that somebody writes by hand who wants speed: no threads of connections, an epoll loop for each CPU. Prints its port; ends when its standard
// input does. examples/echo-server.c is measured beside it.
#define _GNU_SOURCE
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static int listener;

static void watch(int epoll, int fd, unsigned events) {
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) perror("epoll_ctl"), exit(1);
}
static void serve(int fd) {
    char buffer[4096];
    ssize_t n = read(fd, buffer, sizeof buffer);
    if (n > 0 && write(fd, buffer, (size_t)n) == n) return;
    close(fd);
}
static void* loop(void* p) {
    struct epoll_event events[128];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(epoll, listener, EPOLLIN | EPOLLEXCLUSIVE);
    for (;;) {
        int n = epoll_wait(epoll, events, 128, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd != listener) {
                serve(events[i].data.fd);
                continue;
            }
            int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
            if (fd >= 0) watch(epoll, fd, EPOLLIN);
        }
    }
    return p;
}

int main(void) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (listener < 0 || bind(listener, (struct sockaddr*)&address, length) || listen(listener, 4096) ||
        getsockname(listener, (struct sockaddr*)&address, &length)) {
        perror("epoll-echo");
        return 1;
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    cpu_set_t cpus;
    sched_getaffinity(0, sizeof cpus, &cpus);
    for (int i = CPU_COUNT(&cpus); i; i--) {
        pthread_t t;
        pthread_create(&t, NULL, loop, NULL);
    }
    while (getchar() != EOF) {}
    return 0;
}

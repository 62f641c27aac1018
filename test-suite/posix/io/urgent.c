// Goal: urgent data (MSG_OOB, SO_OOBINLINE, POLLPRI, sockatmark, SIGURG) beside threads that are parked on the same connection.
// RUN: %matrix %s
#include "net.h"

#include <poll.h>
#include <sched.h>

static int peer[2], urgent_signals, polled;

static void handler(int sig) { (void)sig, ADD(urgent_signals, 1); }
static void* reads_normal(void* p) {
    char text[8];
    CHECK(recv(peer[0], text, sizeof text, 0) == 2 && !memcmp(text, "ab", 2));  // up to the mark
    while (!LOAD(polled)) sched_yield();  // to read on is to drop the urgent byte
    CHECK(sockatmark(peer[0]) == 1);
    CHECK(recv(peer[0], text, sizeof text, 0) == 2 && !memcmp(text, "cd", 2));
    return p;
}
static void* polls_urgent(void* p) {
    struct pollfd f = {peer[0], POLLPRI, 0};
    CHECK(poll(&f, 1, -1) == 1 && (f.revents & POLLPRI));
    char byte;
    CHECK(recv(peer[0], &byte, 1, MSG_OOB) == 1 && byte == '!');
    CHECK(recv(peer[0], &byte, 1, MSG_OOB) == -1 && errno == EINVAL);  // it is read once
    STORE(polled, 1);
    return p;
}
static void apart(void) {
    pthread_t urgent = start(polls_urgent, 0), normal = start(reads_normal, 0);
    settle();
    CHECK(send(peer[1], "ab", 2, 0) == 2);
    CHECK(send(peer[1], "!", 1, MSG_OOB) == 1);
    join(urgent);
    CHECK(send(peer[1], "cd", 2, 0) == 2);
    join(normal);
    for (int i = 0; i < 1000 && !LOAD(urgent_signals); i++) sleep_ms(1);
    CHECK(LOAD(urgent_signals) >= 1);
}
static void* reads_in_line(void* p) {
    char text[4];
    for (int got = 0; got < 3;) {
        long r = recv(peer[0], text + got, sizeof text - (size_t)got, 0);
        CHECK(r > 0);
        got += (int)r;
    }
    CHECK(!memcmp(text, "x?y", 3));
    return p;
}
static void in_line(void) {
    int on = 1;
    CHECK(setsockopt(peer[0], SOL_SOCKET, SO_OOBINLINE, &on, sizeof on) == 0);
    pthread_t t = start(reads_in_line, 0);
    settle();
    CHECK(send(peer[1], "x", 1, 0) == 1 && send(peer[1], "?", 1, MSG_OOB) == 1 && send(peer[1], "y", 1, 0) == 1);
    join(t);
}

int main(void) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    CHECK(sigaction(SIGURG, &action, 0) == 0);
    struct sockaddr_in address;
    int listener = listen_on_loopback(&address, 1);
    peer[1] = connect_to(&address);
    CHECK((peer[0] = accept(listener, 0, 0)) >= 0);
    CHECK(fcntl(peer[0], F_SETOWN, getpid()) == 0);
    apart();
    in_line();
    return 0;
}

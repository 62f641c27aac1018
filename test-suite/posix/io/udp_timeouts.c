// Goal: datagrams over UDP reach a parked receiver; SO_RCVTIMEO ends recvfrom and accept; connecting anew while another thread is parked.
// RUN: %matrix %s
#include "net.h"
#include <sys/time.h>
static int a, b;
static struct sockaddr_in to_a, to_b;
static void* receives(void* p) {
    char c = 0;
    struct sockaddr_in from;
    socklen_t n = sizeof from;
    CHECK(recvfrom(a, &c, 1, 0, (struct sockaddr*)&from, &n) == 1 && from.sin_port == to_b.sin_port);
    (void)p;
    return (void*)(long)c;
}
static int udp(struct sockaddr_in* address) {
    socklen_t n = sizeof *address;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    CHECK(fd >= 0 && bind(fd, (struct sockaddr*)address, n) == 0 && getsockname(fd, (struct sockaddr*)address, &n) == 0);
    return fd;
}
int main(void) {
    a = udp(&to_a), b = udp(&to_b);
    pthread_t t = start(receives, 0);
    settle();
    CHECK(connect(a, (struct sockaddr*)&to_b, sizeof to_b) == 0);
    CHECK(sendto(b, "u", 1, 0, (struct sockaddr*)&to_a, sizeof to_a) == 1);
    CHECK((long)join(t) == 'u');
    struct timeval tv = {0, 30000};
    char c;
    long begin = now_ms();
    CHECK(setsockopt(a, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv) == 0);
    CHECK(recvfrom(a, &c, 1, 0, 0, 0) == -1 && errno == EAGAIN && now_ms() - begin >= 29);
    struct sockaddr_in address;
    int l = listen_on_loopback(&address, 1);
    CHECK(setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv) == 0);
    CHECK(accept(l, 0, 0) == -1 && errno == EAGAIN);
}

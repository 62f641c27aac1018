// Goal: hundreds of threads in getaddrinfo at once hold no kernel threads and stop nobody, over UDP and, for answers that are too long, TCP; a lost answer is asked
// for again; a thread is cancelled while it waits. Method: a name server in a thread of this program, which lets everybody wait until all have asked.
// RUN: %S/inputs/own_network.sh %t.conf %matrix --seconds 120 %s
#include "check.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
enum { threads = 300, cancelled = 20 };
static int udp, tcp, asked, over_tcp, lost, let_go;
static int bound(int type) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(53), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, type, 0), on = 1;
    CHECK(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
    CHECK(bind(fd, (struct sockaddr*)&at, sizeof at) == 0);
    return fd;
}
// hN.test is 10.0.N/256.N%256; names with N divisible by 3 come over TCP only. Returns the answer's length; 0: nobody is to hear of it now.
static int answer(unsigned char* m, int length, int stream, int* number) {
    *number = atoi((char*)m + 14);
    int question = length, wants_a = m[question - 3] == 1;
    m[2] = 0x81, m[3] = 0x80;
    m[8] = m[9] = m[10] = m[11] = 0;
    if (!stream && *number % 3 == 0) {
        m[2] |= 2;  // truncated
        m[7] = 0;
        return question;
    }
    m[7] = (unsigned char)wants_a;
    if (!wants_a) return question;
    unsigned char a[16] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, (unsigned char)(*number / 256), (unsigned char)(*number % 256)};
    memcpy(m + question, a, sizeof a);
    return question + (int)sizeof a;
}
struct query {
    unsigned char m[600];
    int length;
    struct sockaddr_in from;
};
static void* serves_udp(void* p) {
    static struct query kept[threads * 8];
    int n = 0, number, forgotten = 0;
    for (;;) {
        struct query* q = &kept[n % (threads * 8)];
        socklen_t size = sizeof q->from;
        struct pollfd f = {udp, POLLIN, 0};
        if (poll(&f, 1, 20) == 1) {
            q->length = (int)recvfrom(udp, q->m, 512, 0, (struct sockaddr*)&q->from, &size);
            CHECK(q->length > 16);
            ADD(asked, 1);
            if (n < threads * 8 - 1) n++;
        }
        if (!LOAD(let_go)) continue;
        for (int i = 0; i < n; i++) {
            int length = answer(kept[i].m, kept[i].length, 0, &number);
            if (number % 50 == 7 && forgotten < 3) {
                forgotten++, ADD(lost, 1);
                continue;
            }
            if (number < threads - cancelled) CHECK(sendto(udp, kept[i].m, (size_t)length, 0, (struct sockaddr*)&kept[i].from, sizeof kept[i].from) == length);
        }
        n = 0;
    }
    return p;
}
static void* serves_one(void* p) {
    int fd = (int)(long)p, number;
    unsigned char m[600];
    while (recv(fd, m, 2, MSG_WAITALL) == 2) {
        int length = m[0] << 8 | m[1];
        CHECK(length < 512 && recv(fd, m + 2, (size_t)length, MSG_WAITALL) == length);
        ADD(over_tcp, 1);
        length = answer(m + 2, length, 1, &number);
        m[0] = (unsigned char)(length >> 8), m[1] = (unsigned char)length;
        if (send(fd, m, (size_t)length + 2, MSG_NOSIGNAL) < 0) break;
    }
    close(fd);
    return 0;
}
static void* serves_tcp(void* p) {
    for (;;) {
        int fd = accept(tcp, 0, 0);
        CHECK(fd >= 0);
        CHECK0(pthread_detach(start(serves_one, (void*)(long)fd)));
    }
    return p;
}
static void* asks(void* p) {
    int i = (int)(long)p;
    char name[20];
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    snprintf(name, sizeof name, "h%03d.test", i);
    int r = getaddrinfo(name, "80", &hints, &found);
    if (r) {
        fprintf(stderr, "%s: %s\n", name, gai_strerror(r));
        _exit(1);
    }
    struct sockaddr_in* in = (void*)found->ai_addr;
    CHECK(ntohl(in->sin_addr.s_addr) == (10u << 24 | (unsigned)i) && ntohs(in->sin_port) == 80);
    freeaddrinfo(found);
    return p;
}
int main(void) {
    pthread_t t[threads];
    udp = bound(SOCK_DGRAM), tcp = bound(SOCK_STREAM);
    CHECK(listen(tcp, 512) == 0);
    int size = 4 << 20;
    setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    int coroutines = threads_are_coroutines();
    start(serves_udp, 0), start(serves_tcp, 0);
    for (long i = 0; i < threads; i++) t[i] = start(asks, (void*)i);
    while (LOAD(asked) < threads) sleep_ms(1);
    int kernel = kernel_threads();
    if (coroutines && kernel > 30) {
        fprintf(stderr, "%d threads ask: %d kernel threads\n", threads, kernel);
        return 1;
    }
    for (int i = threads - cancelled; i < threads; i++) {
        void* result;
        CHECK0(pthread_cancel(t[i]));
        CHECK0(pthread_join(t[i], &result));
        CHECK(result == PTHREAD_CANCELED);
    }
    STORE(let_go, 1);
    for (int i = 0; i < threads - cancelled; i++) join(t[i]);
    CHECK(LOAD(over_tcp) >= (threads - cancelled) / 3 && LOAD(lost) == 3);
    return 0;
}

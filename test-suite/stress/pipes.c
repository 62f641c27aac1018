// Goal: bytes through chains of pipes in pieces of random size, by read, readv, write and writev: all arrive, in order. Method: four chains of five threads;
// each byte is what its place in the stream says.
// RUN: %matrix %s
#include "check.h"
#include <sys/uio.h>
enum { chains = 4, links = 5, bytes = 1 << 20, most = 9000 };
static int fds[chains][links + 1][2];
static char place(long at, long chain) { return (char)(at * 7 + at / 251 + chain); }
static long piece(unsigned* seed) { return 1 + rand_r(seed) % (rand_r(seed) % 4 ? 100 : most); }
static long put(int fd, char* p, long n, unsigned* seed) {
    struct iovec v[2] = {{p, (size_t)(n / 2)}, {p + n / 2, (size_t)(n - n / 2)}};
    return rand_r(seed) % 2 ? write(fd, p, (size_t)n) : writev(fd, v, 2);
}
static long get(int fd, char* p, long n, unsigned* seed) {
    struct iovec v[2] = {{p, (size_t)(n / 2)}, {p + n / 2, (size_t)(n - n / 2)}};
    return rand_r(seed) % 2 ? read(fd, p, (size_t)n) : readv(fd, v, 2);
}
static void* link_of(void* p) {
    long chain = (long)p / links, at = (long)p % links, total = 0, n;
    unsigned seed = (unsigned)(long)p + 1;
    char buffer[most];
    while ((n = get(fds[chain][at][0], buffer, piece(&seed), &seed)) > 0) {
        for (long i = 0; i < n; i++) CHECK(buffer[i] == place(total + i, chain));
        total += n;
        CHECK(put(fds[chain][at + 1][1], buffer, n, &seed) == n);
    }
    CHECK(n == 0 && total == bytes);
    close(fds[chain][at + 1][1]);
    return 0;
}
static void* feeds(void* p) {
    long chain = (long)p;
    unsigned seed = (unsigned)chain + 77;
    char buffer[most];
    for (long total = 0; total < bytes;) {
        long n = piece(&seed);
        if (n > bytes - total) n = bytes - total;
        for (long i = 0; i < n; i++) buffer[i] = place(total + i, chain);
        CHECK(put(fds[chain][0][1], buffer, n, &seed) == n);
        total += n;
    }
    close(fds[chain][0][1]);
    return 0;
}
static void* drains(void* p) {
    long chain = (long)p, total = 0, n;
    unsigned seed = (unsigned)chain + 99;
    char buffer[most];
    while ((n = get(fds[chain][links][0], buffer, piece(&seed), &seed)) > 0) {
        for (long i = 0; i < n; i++) CHECK(buffer[i] == place(total + i, chain));
        total += n;
    }
    CHECK(n == 0 && total == bytes);
    return 0;
}
int main(void) {
    pthread_t t[chains][links + 2];
    for (int c = 0; c < chains; c++)
        for (int i = 0; i <= links; i++) CHECK(pipe(fds[c][i]) == 0);
    for (long c = 0; c < chains; c++) {
        for (long i = 0; i < links; i++) t[c][i] = start(link_of, (void*)(c * links + i));
        t[c][links] = start(feeds, (void*)c), t[c][links + 1] = start(drains, (void*)c);
    }
    for (int c = 0; c < chains; c++)
        for (int i = 0; i < links + 2; i++) join(t[c][i]);
}

// Goal: 1,000 threads blocked in write to full pipes, or in send to full sockets, hold no kernel threads; each goes on when there is room.
// RUN: %matrix %s
#include "blocked.h"
#include "net.h"
#define N 1000
static int ends[N][2];
static pthread_t t[N];
static int sockets;
static void* writes(void* p) {
    long i = (long)p;
    char c = (char)i;
    enter();
    return (void*)(long)(sockets ? send(ends[i][1], &c, 1, 0) : write(ends[i][1], &c, 1));
}
int main(void) {
    static char rest[1 << 20];
    many_descriptors();
    for (sockets = 0; sockets < 2; sockets++) {
        static long filled[N];
        for (int i = 0; i < N; i++) {
            CHECK((sockets ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]) : pipe(ends[i])) == 0);
            // Small ones: a full pipe of the default size 1,000 times exceeds what one user may have.
            if (!sockets) CHECK(fcntl(ends[i][1], F_SETPIPE_SZ, 4096) == 4096);
            filled[i] = fill(ends[i][1]);
        }
        block(t, N, writes);
        for (int k = 0; k < N; k++) {
            int i = k * 7 % N;
            long got = 0, n;
            while (got <= filled[i]) {
                CHECK((n = read(ends[i][0], rest, sizeof rest)) > 0);
                got += n;
                if (got > filled[i]) CHECK(rest[n - 1] == (char)i);
            }
        }
        for (int i = 0; i < N; i++) {
            CHECK(join(t[i]) == (void*)1);
            close(ends[i][0]), close(ends[i][1]);
        }
    }
}

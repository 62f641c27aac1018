// Goal: a chain of 1,000 threads, each of which joins the one before, holds no kernel threads while the first is blocked; values pass along.
// RUN: %matrix %s
#include "blocked.h"
#define N 1000
static pthread_t t[N];
static int p[2];
static void* joins(void* a) {
    long i = (long)a;
    char c;
    enter();
    if (i == 0) return (void*)(long)read(p[0], &c, 1);
    return (char*)join(t[i - 1]) + 1;
}
int main(void) {
    CHECK(pipe(p) == 0);
    block(t, N - 1, joins);
    pthread_t last = t[N - 2];
    CHECK(write(p[1], "x", 1) == 1);
    CHECK((long)join(last) == N - 1);
}

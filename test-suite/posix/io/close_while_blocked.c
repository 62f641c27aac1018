// Goal: closing or replacing a number that others are blocked on: they go on, on the old file, as on Linux.
// RUN: %matrix %s
#include "check.h"
static int p[2];
static void* reads(void* fd) {
    char c = 0;
    entering();
    return (void*)(long)(read((int)(long)fd, &c, 1) == 1 ? c : -1);
}
int main(void) {
    CHECK(pipe(p) == 0);
    pthread_t t = start(reads, (void*)(long)p[0]);
    await_blocked();
    int again = dup(p[0]);
    CHECK(close(p[0]) == 0 && write(p[1], "a", 1) == 1);
    CHECK((long)join(t) == 'a');
    t = start(reads, (void*)(long)again);
    await_blocked();
    int q[2];
    CHECK(pipe(q) == 0 && dup2(q[0], again) == again);
    CHECK(write(q[1], "b", 1) == 1 && write(p[1], "c", 1) == 1);
    CHECK((long)join(t) == 'c');
    CHECK((long)reads((void*)(long)again) == 'b');
}

// Goal: read from a terminal parks until a line is there; a hang-up ends it.
// RUN: %matrix %s
#include "check.h"
#include <pty.h>
static int master, slave;
static void* reads(void* p) {
    return (void*)(long)read(slave, p, 100);
}
int main(void) {
    char line[100];
    CHECK(openpty(&master, &slave, 0, 0, 0) == 0);
    pthread_t t = start(reads, line);
    settle();
    CHECK(write(master, "hello\n", 6) == 6);
    CHECK((long)join(t) == 6 && memcmp(line, "hello\n", 6) == 0);
    t = start(reads, line);
    settle();
    close(master);
    CHECK((long)join(t) <= 0);
}

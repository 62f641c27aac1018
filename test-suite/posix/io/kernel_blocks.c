// Goal: a call that blocks in the kernel without readiness (flock, opening a FIFO) does not stop other threads.
// RUN: %matrix %s
#include "check.h"
#include <sys/file.h>
#include <sys/stat.h>
static int done;
static void* locks(void* p) {
    int fd = open("lock", O_RDWR);
    CHECK(fd >= 0 && flock(fd, LOCK_EX) == 0);
    __atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
    close(fd);
    return p;
}
static void* opens(void* p) {
    int fd = open("fifo", O_RDONLY);
    char c;
    CHECK(fd >= 0 && read(fd, &c, 1) == 1 && c == 'x');
    close(fd);
    return p;
}
static void* beats(void* p) {
    for (int i = 0; i < 50; i++) sleep_ms(1);
    return p;
}
int main(void) {
    pthread_t t[8], f;
    int fd = open("lock", O_CREAT | O_RDWR, 0600);
    CHECK(fd >= 0 && flock(fd, LOCK_EX) == 0 && mkfifo("fifo", 0600) == 0);
    for (int i = 0; i < 8; i++) t[i] = start(locks, 0);
    f = start(opens, 0);
    join(start(beats, 0));
    CHECK(done == 0);
    int w = open("fifo", O_WRONLY);
    CHECK(w >= 0 && write(w, "x", 1) == 1);
    join(f);
    CHECK(flock(fd, LOCK_UN) == 0);
    for (int i = 0; i < 8; i++) join(t[i]);
    CHECK(done == 8);
}

// 300 threads in a call that keeps its kernel thread; twice.
#include "check.h"

#include <sys/file.h>

static char path[] = "lock.XXXXXX";
static void* locks(void* p) {
    int fd = open(path, O_RDWR);
    CHECK(fd >= 0 && flock(fd, LOCK_EX) == 0);
    close(fd);
    return p;
}
int main(void) {
    pthread_t t[300];
    int fd = mkstemp(path);
    for (int round = 0; round < 2; round++) {
        CHECK(flock(fd, LOCK_EX) == 0);
        for (int i = 0; i < 300; i++) t[i] = start(locks, 0);
        while (kernel_threads() < 300) sleep_ms(5);
        CHECK(flock(fd, LOCK_UN) == 0);
        for (int i = 0; i < 300; i++) join(t[i]);
    }
    return unlink(path);
}

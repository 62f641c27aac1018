// Goal: F_OFD_SETLKW and waitpid block in the kernel; with one processor, too, others go on, and the holder can release.
// RUN: %matrix %s
#include "check.h"
#include <sys/wait.h>
static int beats, got;
static void* locks(void* p) {
    int fd = open("locked", O_RDWR);
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    CHECK(fd >= 0 && fcntl(fd, F_OFD_SETLKW, &l) == 0);
    ADD(got, 1);
    close(fd);
    return p;
}
static void* waits(void* p) {
    int status;
    CHECK(waitpid(*(pid_t*)p, &status, 0) == *(pid_t*)p && WEXITSTATUS(status) == 9);
    return p;
}
static void* lives(void* p) {
    for (int i = 0; i < 30; i++) {
        sleep_ms(1);
        beats++;
    }
    return p;
}
int main(void) {
    int fd = open("locked", O_RDWR | O_CREAT, 0600), gate[2];
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    pthread_t t[6], w;
    char c;
    CHECK(fd >= 0 && fcntl(fd, F_OFD_SETLK, &l) == 0 && pipe(gate) == 0);
    pid_t pid = fork();
    if (!pid) {
        close(gate[1]);
        _exit(read(gate[0], &c, 1) == 0 ? 9 : 1);
    }
    for (int i = 0; i < 6; i++) t[i] = start(locks, 0);
    w = start(waits, &pid);
    join(start(lives, 0));
    CHECK(beats == 30 && LOAD(got) == 0);
    l.l_type = F_UNLCK;
    CHECK(fcntl(fd, F_OFD_SETLK, &l) == 0);
    for (int i = 0; i < 6; i++) join(t[i]);
    close(gate[1]);
    join(w);
}

// Calls that wait for nothing never say EINTR, whenever a handler without SA_RESTART comes: fcntl(2), stat(2), lseek(2), dup(2), close(2), a read of a file.
// RUN: %matrix %s
#include "check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static volatile int stop, handlers;
static void handler(int sig) { (void)sig, handlers++; }

static void* calls(void* p) {
    int fds[2], file = open("/proc/self/exe", O_RDONLY);
    struct stat st;
    char byte[64];
    CHECK(file >= 0 && pipe(fds) == 0);
    while (!stop) {
        CHECK(fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
        CHECK(fcntl(fds[0], F_GETFL) >= 0);
        CHECK(stat("/proc/self", &st) == 0);
        CHECK(lseek(file, 0, SEEK_SET) == 0);
        CHECK(access("/", F_OK) == 0);
        CHECK(syscall(SYS_getdents64, file, byte, sizeof byte) == -1 && errno == ENOTDIR);
        CHECK(pread(file, byte, sizeof byte, 0) == sizeof byte);
        int copy = dup(file);
        CHECK(copy >= 0 && close(copy) == 0);
    }
    return p;
}

int main(void) {
    struct sigaction action = {.sa_handler = handler};
    CHECK(sigaction(SIGUSR1, &action, 0) == 0);
    pthread_t t[2];
    for (int i = 0; i < 2; i++) CHECK(pthread_create(&t[i], 0, calls, 0) == 0);
    for (int i = 0; i < 30000; i++) {
        CHECK(pthread_kill(t[i & 1], SIGUSR1) == 0);
        for (volatile int k = 0; k < i % 512; k++) continue;
        if (i % 16 == 0) sched_yield();
    }
    stop = 1;
    for (int i = 0; i < 2; i++) CHECK(pthread_join(t[i], 0) == 0);
    CHECK(handlers > 0);
    return 0;
}

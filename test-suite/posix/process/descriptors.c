// Goal: the runtime's descriptors are not the program's to see or to lose: none at a low number, none after exec; loops that close everything
// (close, close_range, dup2) leave waiting threads waiting on their files, and afterwards numbers are the program's own. Method: a child for each
// way of closing; threads wait on sockets before and while numbers are closed; then many numbers are opened, used, and must stay open.
// RUN: %matrix %s
#include "self.h"
#include <sched.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
extern char** environ;
static int pairs[4][2], in_read;
static void* reads(void* p) {
    char c = 0;
    ADD(in_read, 1);
    errno = 0;
    long n = read(pairs[(long)p][0], &c, 1);
    return (void*)(n == 1 ? (long)c : -(long)errno);
}
// Everything but 0 to 2 and our ends of the sockets, which lie at 1500 and up.
static void close_everything(int way) {
    switch (way) {
    case 0: for (int fd = 3; fd <= 1024; fd++) close(fd); break;
    case 1: CHECK(syscall(SYS_close_range, 3, 1400, 0) == 0); break;
    case 2: for (int fd = 3; fd <= 1024; fd++) CHECK(dup2(0, fd) == fd); for (int fd = 3; fd <= 1024; fd++) close(fd); break;
    case 4: CHECK(syscall(SYS_close_range, 3, ~0u, 0) == 0); break;  // our ends too: end of file
    case 3: for (int fd = 1024; fd >= 3; fd--) close(fd); break;
    }
}
static void* reads_z(void* p) {
    char c;
    CHECK(read(*(int*)p, &c, 1) == 1 && c == 'z');
    return 0;
}
static void uses_numbers(void) {
    static int fds[1200];
    pthread_t t[600];
    // Fills every number up to there and waits on each: it stays the program's.
    for (int i = 0; i < 600; i++) {
        CHECK(pipe(&fds[2 * i]) == 0);
        t[i] = start(reads_z, &fds[2 * i]);
    }
    settle();
    for (int i = 0; i < 600; i++) CHECK(write(fds[2 * i + 1], "z", 1) == 1);
    for (int i = 0; i < 600; i++) join(t[i]);
    for (int i = 0; i < 1200; i++) CHECK(fcntl(fds[i], F_GETFD) == 0);
    for (int i = 0; i < 1200; i++) CHECK(close(fds[i]) == 0);
}
static void* pings(void* p) {
    int* fds = p;
    char c;
    while (read(fds[0], &c, 1) == 1) CHECK(write(fds[0], &c, 1) == 1);
    return 0;
}
static int move_up(int fd) {
    int high = fcntl(fd, F_DUPFD, 1500);
    CHECK(high >= 0 && close(fd) == 0);
    return high;
}
static int closes(int way, int waiting) {
    alarm(30);
    pthread_t t[4], pinger;
    int late[2];
    if (!waiting) join(start(reads, (void*)(write(pairs[3][1], "b", 1) == 1 ? 3l : 0l)));  // the runtime runs
    if (!waiting) close_everything(way);
    for (int i = 0; i < 3; i++) {
        CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]) == 0);
        if (waiting) pairs[i][1] = move_up(pairs[i][1]);
    }
    in_read = 0;
    for (long i = 0; i < 3; i++) t[i] = start(reads, (void*)i);
    while (LOAD(in_read) < 3) sched_yield();
    sleep_ms(50);
    if (waiting) close_everything(way);
    int eof = way == 4 && waiting;
    for (int i = 0; i < 3 && !eof; i++) CHECK(write(pairs[i][1], "a", 1) == 1);
    for (int i = 0; i < 3; i++) CHECK((long)join(t[i]) == (eof ? 0 : 'a'));
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, late) == 0);
    pinger = start(pings, late);
    char c = 'p';
    for (int i = 0; i < 100; i++) CHECK(write(late[1], &c, 1) == 1 && read(late[1], &c, 1) == 1 && c == 'p');
    CHECK(close(late[1]) == 0);
    join(pinger);
    uses_numbers();
    return 0;
}
static int lowest_free(void) {
    int fd = dup(0);
    CHECK(fd >= 0 && close(fd) == 0);
    return fd;
}
int main(int argc, char** argv) {
    if (argc > 1) {  // after exec: what is open
        int n = 0;
        for (int fd = 0; fd < 5000; fd++) n += fcntl(fd, F_GETFD) >= 0;
        return n;
    }
    signal(SIGALRM, SIG_DFL);
    close_everything(0);  // what the harness left
    int before = lowest_free();
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[3]) == 0);
    CHECK(write(pairs[3][1], "a", 1) == 1);
    CHECK((long)join(start(reads, (void*)3)) == 'a');
    CHECK(close(pairs[3][0]) == 0 && close(pairs[3][1]) == 0);
    CHECK(lowest_free() == before);
    char* args[] = {argv[0], "count", 0};
    int status, failed = 0;
    pid_t pid;
    struct self self = self_with(args);
    CHECK0(posix_spawn(&pid, self.path, 0, 0, self.args, environ));
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 3);
    CHECK((pid = fork()) >= 0);
    if (!pid) {
        execv(self.path, self.args);
        _exit(99);
    }
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 3);
    for (int way = 0; way < 5; way++)
        for (int waiting = 0; waiting < 2; waiting++) {
            CHECK((pid = fork()) >= 0);
            if (!pid) {
                CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[3]) == 0);
                _exit(closes(way, waiting));
            }
            CHECK(waitpid(pid, &status, 0) == pid);
            if (status) fprintf(stderr, "way %d, %s: status %x\n", way, waiting ? "threads wait" : "before", status), failed = 1;
        }
    return failed;
}

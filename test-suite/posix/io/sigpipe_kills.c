// Goal: a write to a pipe without readers from any thread ends the process by SIGPIPE, as does one that was blocked when the reader went.
// RUN: %matrix %s
#include "net.h"
#include <sys/wait.h>
static int p[2];
static void* writes(void* a) {
    CHECK(write(p[1], "x", 1) == 1);
    return a;
}
static void child(int blocked) {
    CHECK(pipe(p) == 0);
    if (blocked) fill(p[1]);
    else close(p[0]);
    pthread_t t = start(writes, 0);
    if (blocked) {
        settle();
        close(p[0]);
    }
    join(t);
    _exit(3);
}
int main(void) {
    for (int blocked = 0; blocked < 2; blocked++) {
        int status;
        pid_t pid = fork();
        if (!pid) child(blocked);
        CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
    }
}

// Goal: a thousand threads, each in waitpid for a child of its own: no kernel thread waits, each gets its own child's status, and none is left. With __WALL, WNOHANG and waitid
// beside it.
// RUN: %matrix --seconds 120 %s
#include "blocked.h"

#include <sys/wait.h>

enum { children = 1000 };

static pid_t child[children];
static int go[2];

static void* waits(void* p) {
    long i = (long)p;
    int status;
    enter();
    if (i % 3) {
        CHECK(waitpid(child[i], &status, i % 3 == 1 ? 0 : __WALL) == child[i]);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == i % 100);
    } else {
        siginfo_t info;
        CHECK(waitid(P_PID, (id_t)child[i], &info, WEXITED) == 0);
        CHECK(info.si_pid == child[i] && info.si_code == CLD_EXITED && info.si_status == i % 100);
    }
    return 0;
}

int main(void) {
    many_descriptors();
    CHECK(pipe(go) == 0);
    for (int i = 0; i < children; i++) {
        CHECK((child[i] = fork()) >= 0);
        if (child[i]) continue;
        char byte;
        close(go[1]);
        if (read(go[0], &byte, 1) != 0) _exit(101);
        _exit(i % 100);
    }
    static pthread_t t[children];
    block(t, children, waits);
    CHECK(waitpid(child[0], 0, WNOHANG) == 0);
    close(go[1]);
    for (int i = 0; i < children; i++) join(t[i]);
    CHECK(waitpid(-1, 0, 0) == -1 && errno == ECHILD);
    return 0;
}

// Goal: pthread_exit in main leaves the others running; the last thread out ends the process with status 0.
// RUN: %matrix %s
#include "check.h"
#include <sys/wait.h>
static void* late(void* p) {
    sleep_ms(50);
    CHECK(write(*(int*)p, "x", 1) == 1);
    return 0;
}
int main(void) {
    static int p[2];
    CHECK(pipe(p) == 0);
    pid_t child = fork();
    if (!child) {
        start(late, &p[1]);
        pthread_exit((void*)3);
    }
    close(p[1]);
    char c;
    CHECK(read(p[0], &c, 1) == 1);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

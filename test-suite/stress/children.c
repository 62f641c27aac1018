// Goal: fork, posix_spawn and popen from threads beside others that compute, allocate and talk through pipes: every child ends as it should, and the
// parent goes on. Method: for a second; children of fork create a thread and use malloc themselves.
// RUN: %matrix %s
#include "check.h"
#include <spawn.h>
#include <sys/wait.h>
extern char** environ;
enum { popens = 8 };  // one thread: musl's popen closes, in its child, the numbers of streams that others close meanwhile
static int stop, done;
static void* in_child(void* p) { return malloc(100) ? p : 0; }
static void* churns(void* p) {
    int fds[2];
    CHECK(pipe2(fds, O_CLOEXEC) == 0);
    while (!LOAD(stop)) {
        char* memory = malloc(1000);
        memset(memory, 1, 1000);
        CHECK(write(fds[1], memory, 100) == 100 && read(fds[0], memory, 100) == 100);
        free(memory);
    }
    close(fds[0]), close(fds[1]);
    return 0;
}
static void* spawns(void* p) {
    long me = (long)p;
    while (!LOAD(stop)) {
        int status = 0;
        pid_t pid;
        if (me % 3 == 0) {
            pid = fork();
            CHECK(pid >= 0);
            if (pid == 0) {
                alarm(30);
                _exit(join(start(in_child, (void*)5)) == (void*)5 ? 7 : 1);
            }
        } else if (me != popens) {
            char* argv[] = {"sh", "-c", "exit 7", 0};
            CHECK0(posix_spawn(&pid, "/bin/sh", 0, 0, argv, environ));
        } else {
            char text[16] = "";
            FILE* f = popen("echo seven; exit 7", "r");
            CHECK(f && fgets(text, sizeof text, f) && !strcmp(text, "seven\n"));
            status = pclose(f);
            pid = 0;
        }
        if (pid) CHECK(waitpid(pid, &status, 0) == pid);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
        ADD(done, 1);
    }
    return 0;
}
int main(void) {
    pthread_t t[9];
    for (long i = 0; i < 9; i++) t[i] = i < 3 ? start(churns, 0) : start(spawns, (void*)i);
    sleep_ms(1000);
    for (int i = 0; i < 20000 && LOAD(done) < 6; i++) sleep_ms(1);
    STORE(stop, 1);
    for (int i = 0; i < 9; i++) join(t[i]);
    CHECK(done >= 6);
}

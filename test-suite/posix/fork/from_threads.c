// Goal: fork, posix_spawn, vfork, popen and system from several threads at once, beside busy ones; a child of fork can create threads.
// RUN: %matrix %s
#include "check.h"
#include <spawn.h>
#include <sys/wait.h>
extern char** environ;
static int stop;
static void* busy(void* p) {
    while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) free(malloc(100));
    return p;
}
enum { bytes = 5 };
static void* reads(void* p) {
    char c;
    for (int i = 0; i < bytes; i++) CHECK(read(((int*)p)[0], &c, 1) == 1);
    return p;
}
// Its thread waits for each byte, while the parent's wait too.
static int child(void) {
    int p[2];
    CHECK(pipe(p) == 0);
    pthread_t t = start(reads, p);
    for (int i = 0; i < bytes; i++) {
        sleep_ms(2);
        CHECK(write(p[1], "x", 1) == 1);
    }
    return join(t) == p ? 7 : 8;
}
static void* processes(void* p) {
    for (int i = 0; i < 4; i++) {
        int status;
        pid_t pid = fork();
        if (!pid) _exit(child());
        CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 7);
        char* args[] = {"true", 0};
        CHECK0(posix_spawnp(&pid, "true", 0, 0, args, environ));
        CHECK(waitpid(pid, &status, 0) == pid && status == 0);
        CHECK(posix_spawn(&pid, "/does/not/exist", 0, 0, args, environ) == ENOENT);
        pid = vfork();
        if (!pid) {
            execlp("true", "true", (char*)0);
            _exit(1);
        }
        CHECK(waitpid(pid, &status, 0) == pid && status == 0);
        CHECK(WEXITSTATUS(system("exit 3")) == 3);
        // One at a time: musl's pclose closes the descriptor before the stream leaves the list from which popen's child closes.
        static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
        char line[10] = "";
        pthread_mutex_lock(&one);
        FILE* f = popen("echo hi", "r");
        CHECK(f && fgets(line, sizeof line, f) && strcmp(line, "hi\n") == 0 && pclose(f) == 0);
        pthread_mutex_unlock(&one);
    }
    return p;
}
int main(void) {
    pthread_t t[4], b[2];
    for (int i = 0; i < 2; i++) b[i] = start(busy, 0);
    for (int i = 0; i < 4; i++) t[i] = start(processes, 0);
    for (int i = 0; i < 4; i++) join(t[i]);
    __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
    for (int i = 0; i < 2; i++) join(b[i]);
}

// traced END: threads that wait, compute and block, then the process ends: exit, _exit, abort, kill, fork (of a child that makes a thread), descriptors (closed and
// taken over, all of them, before).
#include "check.h"

#include <sched.h>
#include <sys/file.h>
#include <sys/wait.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int turn;
static char path[] = "lock.XXXXXX";
static void* takes_turns(void* p) {
    for (int i = 0; i < 500; i++) {
        pthread_mutex_lock(&m);
        while (turn != (int)(long)p) pthread_cond_wait(&c, &m);
        turn = !turn;
        pthread_cond_signal(&c);
        pthread_mutex_unlock(&m);
        if (i % 50 == 0) sleep_ms(1);
    }
    return p;
}
static void* yields(void* p) {
    pthread_setname_np(pthread_self(), "\"yields\\");
    for (int i = 0; i < 500; i++) sched_yield();
    return p;
}
static void* locks(void* p) {
    for (int i = 0; i < 20; i++) {
        int fd = open(path, O_RDWR);
        CHECK(fd >= 0 && flock(fd, LOCK_EX) == 0);
        sleep_ms(1);
        close(fd);
    }
    return p;
}
static void work(void) {
    pthread_t t[8];
    for (long i = 0; i < 8; i++) t[i] = start(i < 2 ? takes_turns : i < 4 ? yields : locks, (void*)i);
    for (int i = 0; i < 8; i++) join(t[i]);
}

int main(int argc, char** argv) {
    CHECK(argc == 2);
    close(mkstemp(path));
    work();
    if (!strcmp(argv[1], "descriptors")) {
        for (int fd = 3; fd < 1200; fd++) close(fd);
        for (int fd = 3; fd < 1200; fd++) dup2(2, fd);
        for (int fd = 3; fd < 1200; fd++) close(fd);
        work();
    }
    if (!strcmp(argv[1], "fork")) {
        pid_t child = fork();
        if (child == 0) {
            work();
            _exit(0);
        }
        CHECK(waitpid(child, 0, 0) == child);
        printf("%d\n", child);
    }
    unlink(path);
    if (!strcmp(argv[1], "_exit")) _exit(0);
    if (!strcmp(argv[1], "abort")) abort();
    if (!strcmp(argv[1], "kill")) kill(getpid(), SIGKILL);
    return 0;
}

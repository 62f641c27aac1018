// Goal: a thread has a name of its own, inherits its creator's, and can be named and asked by another while it waits; main's is the process's;
// a fork child's is that of the thread that forked.
// RUN: %matrix %s
#include "check.h"
#include <sys/prctl.h>
#include <sys/wait.h>
enum { n = 100 };
static pthread_barrier_t named, asked;
static void expect(pthread_t t, const char* name) {
    char got[16];
    CHECK0(pthread_getname_np(t, got, sizeof got));
    if (strcmp(got, name)) {
        fprintf(stderr, "expected %s, got %s\n", name, got);
        _exit(1);
    }
}
static void* thread(void* a) {
    char name[16], got[16];
    long i = (long)a;
    expect(pthread_self(), "creator");
    snprintf(name, sizeof name, "thread %ld", i);
    if (i % 2) CHECK(prctl(PR_SET_NAME, name) == 0);
    else CHECK0(pthread_setname_np(pthread_self(), name));
    pthread_barrier_wait(&named);
    for (int k = 0; k < 10; k++) {
        sched_yield();
        expect(pthread_self(), name);
    }
    pthread_barrier_wait(&asked);
    pthread_barrier_wait(&asked);
    expect(pthread_self(), "by main");
    CHECK(prctl(PR_GET_NAME, got) == 0 && !strcmp(got, "by main"));
    if (i == 5) {
        pid_t child = fork();
        if (!child) {
            expect(pthread_self(), "by main");
            FILE* f = fopen("/proc/self/comm", "r");
            CHECK(f && fgets(got, sizeof got, f) && !strcmp(got, "by main\n"));
            _exit(0);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child && status == 0);
    }
    return 0;
}
int main(void) {
    pthread_t t[n];
    char name[16], line[32];
    CHECK0(pthread_setname_np(pthread_self(), "creator"));
    CHECK0(pthread_barrier_init(&named, 0, n + 1));
    CHECK0(pthread_barrier_init(&asked, 0, n + 1));
    for (long i = 0; i < n; i++) t[i] = start(thread, (void*)i);
    pthread_barrier_wait(&named);
    pthread_barrier_wait(&asked);
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof name, "thread %d", i);
        expect(t[i], name);
        CHECK0(pthread_setname_np(t[i], "by main"));
    }
    expect(pthread_self(), "creator");
    CHECK0(pthread_setname_np(pthread_self(), "fifteen letters"));
    expect(pthread_self(), "fifteen letters");
    FILE* f = fopen("/proc/self/comm", "r");
    CHECK(f && fgets(line, sizeof line, f) && !strcmp(line, "fifteen letters\n"));
    CHECK(pthread_setname_np(t[0], "sixteen letters!") == ERANGE);
    CHECK(pthread_getname_np(t[0], name, 15) == ERANGE);
    pthread_barrier_wait(&asked);
    for (int i = 0; i < n; i++) CHECK0(pthread_join(t[i], 0));
    return 0;
}

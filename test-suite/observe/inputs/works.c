// A known amount of everything that is counted. works [exit|_exit|fork]
#include "check.h"

#include <poll.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/file.h>
#include <sys/wait.h>

static int in[2];
static sem_t started, go_on;
static void* waits(void* p) {
    sem_post(&started);
    sem_wait(&go_on);
    return p;
}
static void* sleeps(void* p) {
    sleep_ms(1);
    return p;
}
static void* reads(void* p) {
    char c;
    CHECK(read(in[0], &c, 1) == 1);
    return p;
}
static void* polls(void* p) {
    CHECK(poll(&(struct pollfd){in[0], POLLIN, 0}, 1, 5) == 0);
    return p;
}
// A call that keeps its kernel thread.
static void* locks(void* path) {
    int fd = open(path, O_RDWR);
    CHECK(fd >= 0 && flock(fd, LOCK_EX) == 0);
    close(fd);
    return 0;
}
// Ends bound.
static void* bound(void* p) {
    cpu_set_t all;
    CPU_ZERO(&all);
    CHECK(sched_getaffinity(0, sizeof all, &all) == 0);
    CHECK(sched_setaffinity(0, sizeof all, &all) == 0);
    return p;
}

int main(int argc, char** argv) {
    char path[] = "lock.XXXXXX";
    int fd = mkstemp(path);
    CHECK(sem_init(&started, 0, 0) == 0 && sem_init(&go_on, 0, 0) == 0 && pipe(in) == 0 && fd >= 0 && flock(fd, LOCK_EX) == 0);
    pthread_t t[10], system;
    for (int i = 0; i < 10; i++) t[i] = start(waits, 0);
    for (int i = 0; i < 10; i++) sem_wait(&started);
    for (int i = 0; i < 10; i++) sem_post(&go_on);
    for (int i = 0; i < 10; i++) join(t[i]);
    for (int i = 0; i < 3; i++) join(start(sleeps, 0));
    pthread_t reader = start(reads, 0);
    join(start(polls, 0));
    CHECK(write(in[1], "x", 1) == 1);
    join(reader);
    for (int i = 0; i < 4; i++) t[i] = start(locks, path);
    // All four are in it: beside them there are one who runs this, and the runtime's monitor.
    while (kernel_threads() < (getenv("CORO_MODE") ? 5 : 6)) sched_yield();
    close(fd);
    for (int i = 0; i < 4; i++) join(t[i]);
    join(start(bound, 0));
    pthread_attr_t a;
    pthread_attr_init(&a);
    pthread_attr_setscope(&a, PTHREAD_SCOPE_SYSTEM);
    CHECK0(pthread_create(&system, &a, sleeps, 0));
    join(system);
    unlink(path);
    if (argc > 1 && !strcmp(argv[1], "_exit")) _exit(0);
    if (argc > 1 && !strcmp(argv[1], "fork")) {
        pid_t child = fork();
        if (child == 0) exit(0);  // no thread of its own: no summary
        CHECK(waitpid(child, 0, 0) == child);
    }
    return 0;
}

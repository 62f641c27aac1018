// Goal: a process of 10,000 threads, main too, that all wait (semaphore, condition, mutex, pipe, poll, join, an hour's sleep) does nothing at all: in 5 s no context
// switch, summed over /proc/<pid>/task/*/status, and no CPU time. Method: the parent of such a process, without threads itself, reads both twice once they have
// come to rest. A second such process, in which one thread wakes now and then for a second, shows that it would be seen. With CORO_MODE=kernel, the control,
// there are 1,000.
// RUN: %matrix --seconds 200 %s
#include "check.h"
#include <poll.h>
#include <semaphore.h>
#include <sys/wait.h>
static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER, m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static sem_t never_posted;
static pthread_t first;
static int pipes[16][2], entered;
static void* waits(void* p) {
    long i = (long)p;
    char b;
    struct timespec hour = in_ms(CLOCK_REALTIME, 3600000);
    struct pollfd in = {pipes[i / 8 % 16][0], POLLIN, 0};
    ADD(entered, 1);
    switch (i % 8) {
    case 0: sem_wait(&never_posted); break;
    case 1: sem_timedwait(&never_posted, &hour); break;
    case 2: pthread_mutex_lock(&held); break;
    case 3: read(in.fd, &b, 1); break;
    case 4: poll(&in, 1, -1); break;
    case 5: sleep_ms(3600000); break;
    case 6:
        if (i == 6) join(first);
        // fallthrough
    case 7:
        pthread_mutex_lock(&m);
        pthread_cond_wait(&c, &m);
    }
    fprintf(stderr, "thread %ld woke\n", i);
    _exit(1);
}
static void* beats(void* p) {
    for (;;) sleep_ms(50);
}
static void child(int beating, int ready) {
    int n = threads_are_coroutines() ? 10000 : 1000;
    pthread_attr_t attr;
    CHECK0(pthread_attr_init(&attr));
    CHECK0(pthread_attr_setstacksize(&attr, 65536));
    sem_init(&never_posted, 0, 0);
    for (int i = 0; i < 16; i++) CHECK(pipe(pipes[i]) == 0);
    CHECK0(pthread_mutex_lock(&held));
    for (long i = 0; i < n; i++) {
        pthread_t t;
        CHECK0(pthread_create(&t, &attr, waits, (void*)i));
        if (i == 0) first = t;
    }
    if (beating) start(beats, 0);
    while (LOAD(entered) < n) sched_yield();
    CHECK(write(ready, "x", 1) == 1);
    sem_wait(&never_posted);
    _exit(1);
}

struct counts {
    long switches;
    long long cpu_ns;
};
static struct counts count(pid_t pid) {
    struct counts sum = {0, 0};
    struct timespec cpu;
    clockid_t clock;
    char path[300], line[256];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR* d = opendir(path);
    CHECK(d);
    for (struct dirent* e; (e = readdir(d));) {
        if (e->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/proc/%d/task/%s/status", pid, e->d_name);
        FILE* f = fopen(path, "r");
        if (!f) continue;  // it has ended
        while (fgets(line, sizeof line, f)) {
            char* colon = strstr(line, "ctxt_switches:");  // voluntary_ and nonvoluntary_
            if (colon) sum.switches += atol(colon + 14);
        }
        fclose(f);
    }
    closedir(d);
    CHECK0(clock_getcpuclockid(pid, &clock));
    CHECK(clock_gettime(clock, &cpu) == 0);
    sum.cpu_ns = cpu.tv_sec * 1000000000LL + cpu.tv_nsec;
    return sum;
}
static struct counts difference(pid_t pid, long ms) {
    struct counts before = count(pid);
    sleep_ms(ms);
    struct counts after = count(pid);
    return (struct counts){after.switches - before.switches, after.cpu_ns - before.cpu_ns};
}
static struct counts measure(int beating, long ms) {
    int ready[2], status;
    char b;
    CHECK(pipe(ready) == 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) child(beating, ready[1]);
    close(ready[1]);
    CHECK(read(ready[0], &b, 1) == 1);
    close(ready[0]);
    // The last to wait, and the runtime with pages to give back, may take a while beside others.
    for (int i = 0; i < 60 && !beating && difference(pid, 300).switches; i++) {}
    struct counts of = difference(pid, ms);
    CHECK(waitpid(pid, &status, WNOHANG) == 0);
    CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid);
    return of;
}
int main(void) {
    struct counts still = measure(0, 5000), beating = measure(1, 1000);
    printf("in 5 s: %ld switches, %lld ns; with a thread that wakes, in 1 s: %ld, %lld ns\n", still.switches, still.cpu_ns, beating.switches, beating.cpu_ns);
    CHECK(beating.switches > 0 && beating.cpu_ns > 0);
    CHECK(still.switches == 0 && still.cpu_ns == 0);
}

// Goal: four times as many threads as CPUs that spin on a plain flag, set by a thread made when all of them spin, end within five times what they take with
// CORO_MODE=kernel; while they spin, timers and I/O go on: sleeps of 1 ms and bytes to and fro between two threads and a process take at most five
// times as long too. Method: this program measures itself in processes of its own, the two modes in turns; medians of seven are compared. A neighbour on
// the machine can spoil a round: it fails if three rounds of three miss it.
// RUN: %clang -static -O1 -Wall -Wextra -Wno-unused-parameter -I%top/test-suite/support %s -o %t
// RUN: env -u CORO_MODE -u CORO_PROCS timeout -s KILL 200 %run %t
// RUN: env CORO_PROCS=1 timeout -s KILL 200 taskset -c 0 %run %t
#include "self.h"
#include <sched.h>
#include <semaphore.h>
#include <sys/wait.h>

enum { figures = 3, runs = 7, rounds = 3, sleeps = 20, bytes = 20 };
static const char* const figure_names[figures] = {"until all have ended", "20 sleeps of 1 ms", "20 bytes to a process and back"};

static volatile int flag;
static sem_t spinning;
static int to_echo[2], from_echo[2];
static void* spins(void* p) {
    sem_post(&spinning);
    while (!flag) {}
    return p;
}
static void* sets(void* p) {
    flag = 1;
    return p;
}
static long now_us(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}
static void* sleeps_often(void* us) {
    long begin = now_us();
    for (int i = 0; i < sleeps; i++) sleep_ms(1);
    *(long*)us = now_us() - begin;
    return 0;
}
static void* writes_often(void* p) {
    for (int i = 0; i < bytes; i++) {
        CHECK(write(to_echo[1], "x", 1) == 1);
        CHECK(sem_wait(p) == 0);
    }
    return 0;
}
static void* reads_often(void* p) {
    char b;
    for (int i = 0; i < bytes; i++) {
        CHECK(read(from_echo[0], &b, 1) == 1);
        CHECK(sem_post(p) == 0);
    }
    return 0;
}
static void start_spinning(pthread_t* t, int n) {
    flag = 0;
    for (int i = 0; i < n; i++) t[i] = start(spins, 0);
    for (int i = 0; i < n; i++) CHECK(sem_wait(&spinning) == 0);
}
static void measure(long us[figures]) {
    cpu_set_t set;
    CHECK(sched_getaffinity(0, sizeof set, &set) == 0);
    int n = 4 * CPU_COUNT(&set);
    pthread_t t[n];
    CHECK(pipe(to_echo) == 0 && pipe(from_echo) == 0);
    pid_t echo = fork();
    if (echo == 0) {
        char b;
        close(to_echo[1]);
        while (read(to_echo[0], &b, 1) == 1) write(from_echo[1], &b, 1);
        _exit(0);
    }
    sem_init(&spinning, 0, 0);
    long begin = now_us();
    start_spinning(t, n);
    join(start(sets, 0));
    for (int i = 0; i < n; i++) join(t[i]);
    us[0] = now_us() - begin;

    start_spinning(t, n);
    join(start(sleeps_often, &us[1]));
    sem_t answered;
    sem_init(&answered, 0, 0);
    begin = now_us();
    pthread_t w = start(writes_often, &answered), r = start(reads_often, &answered);
    join(w), join(r);
    us[2] = now_us() - begin;
    flag = 1;
    for (int i = 0; i < n; i++) join(t[i]);
    CHECK(close(to_echo[1]) == 0 && waitpid(echo, 0, 0) == echo);
}

static void in_process_of_its_own(const char* mode, long us[figures]) {
    char command[3 * PATH_MAX];
    snprintf(command, sizeof command, "CORO_MODE=%s %s measure", mode, self_command());
    FILE* f = popen(command, "r");
    CHECK(f);
    for (int i = 0; i < figures; i++) CHECK(fscanf(f, "%ld", &us[i]) == 1);
    CHECK(pclose(f) == 0);
}
static int ascending(const void* a, const void* b) { return *(long*)a < *(long*)b ? -1 : *(long*)a > *(long*)b; }
static long median(long all[runs][figures], int figure) {
    long of[runs];
    for (int i = 0; i < runs; i++) of[i] = all[i][figure];
    qsort(of, runs, sizeof of[0], ascending);
    return of[runs / 2];
}
static int holds(void) {
    static long coro[runs][figures], kernel[runs][figures];
    int ok = 1;
    for (int i = 0; i < runs; i++) {
        in_process_of_its_own("coro", coro[i]);
        in_process_of_its_own("kernel", kernel[i]);
    }
    for (int i = 0; i < figures; i++) {
        double ratio = (double)median(coro, i) / (double)median(kernel, i);
        printf("%s: %.2f times as long as with kernel threads (%ld us)\n", figure_names[i], ratio, median(coro, i));
        ok &= ratio <= 5;
    }
    return ok;
}
int main(int argc, char** argv) {
    if (argc > 1) {
        long us[figures];
        measure(us);
        for (int i = 0; i < figures; i++) printf("%ld\n", us[i]);
        return 0;
    }
    for (int i = 0; i < rounds; i++)
        if (holds()) return 0;
    return 1;
}

// Goal: a call that a cancellation meets either has taken effect and returns, or the thread ends there and nothing is lost: what one reads, receives or takes
// is counted by that thread or still there. Method: what the thread waits for comes, and it is cancelled at once, in both orders and a little apart, 300 times
// for each kind of call; the thread has no other cancellation point.
// RUN: %matrix %s
#include "check.h"
#include <poll.h>
#include <semaphore.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
static int p[2], s[2], event, entered, took;
static sem_t sem;
static void noted(long n) {
    if (n > 0) STORE(took, 1);
}
static void* reads(void* x) {
    char b;
    STORE(entered, 1);
    noted(read(p[0], &b, 1));
    return x;
}
static void* receives(void* x) {
    char b;
    STORE(entered, 1);
    noted(recv(s[0], &b, 1, 0));
    return x;
}
static void* counts(void* x) {
    uint64_t n;
    STORE(entered, 1);
    noted(read(event, &n, 8));
    return x;
}
static void* takes(void* x) {
    STORE(entered, 1);
    noted(sem_wait(&sem) == 0);
    return x;
}
// What was not taken is still there; then it is gone.
static int left_in(int fd) {
    char b[8];
    struct pollfd in = {fd, POLLIN, 0};
    CHECK(poll(&in, 1, 0) >= 0);
    return in.revents ? read(fd, b, fd == event ? 8 : 1) > 0 : 0;
}
static void pipe_gives(void) { CHECK(write(p[1], "x", 1) == 1); }
static void socket_gives(void) { CHECK(send(s[1], "x", 1, 0) == 1); }
static void event_gives(void) {
    uint64_t one = 1;
    CHECK(write(event, &one, 8) == 8);
}
static void sem_gives(void) { CHECK(sem_post(&sem) == 0); }
static int in_pipe(void) { return left_in(p[0]); }
static int in_socket(void) { return left_in(s[0]); }
static int in_event(void) { return left_in(event); }
static int in_sem(void) { return sem_trywait(&sem) == 0; }
static const struct {
    const char* name;
    void* (*thread)(void*);
    void (*gives)(void);
    int (*left)(void);
} kinds[] = {{"read", reads, pipe_gives, in_pipe}, {"recv", receives, socket_gives, in_socket}, {"eventfd", counts, event_gives, in_event}, {"sem_wait", takes, sem_gives, in_sem}};

static void spin_us(long us) {
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    do clock_gettime(CLOCK_MONOTONIC, &b);
    while ((b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000 < us);
}
int main(void) {
    CHECK(pipe(p) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0 && (event = eventfd(0, 0)) >= 0);
    sem_init(&sem, 0, 0);
    for (int k = 0; k < 4; k++) {
        int cancelled = 0, returned = 0;
        for (int round = 0; round < 300; round++) {
            entered = took = 0;
            pthread_t t = start(kinds[k].thread, 0);
            while (!LOAD(entered)) sched_yield();
            if (round % 3) sched_yield();  // it waits, most likely
            if (round % 2) kinds[k].gives();
            spin_us(round % 8 * 250);  // it is told that it may go on, and does or does not
            CHECK0(pthread_cancel(t));
            if (!(round % 2)) kinds[k].gives();
            int ended = join(t) == PTHREAD_CANCELED, left = kinds[k].left();
            if (ended == took || left + took != 1) fprintf(stderr, "%s, round %d: cancelled %d, took %d, left %d\n", kinds[k].name, round, ended, took, left);
            CHECK(ended != took && left + took == 1);
            cancelled += ended, returned += took;
        }
        printf("%s: %d cancelled, %d returned\n", kinds[k].name, cancelled, returned);
    }
}

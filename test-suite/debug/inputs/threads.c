// A thread in each kind of wait; then one stops in `stop_here`. With an argument no other runs by then, and none was preempted: who would compute waits in the
// handler of a fault.
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_t sleeper;
enum { threads = 12 };
static sem_t arrival;
static int fds[2], locked[2];
static volatile int stop, arrived;

static void arrive(void) {
    __atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
    sem_post(&arrival);
}
static void enter(const char* name) {
    pthread_setname_np(pthread_self(), name);
    arrive();
}
static void* locks(void* p) {
    enter("locker");
    pthread_mutex_lock(&mutex);
    return 0;
}
static void* sleeps(void* p) {
    enter("sleeper");
    sleep(1000);
    return 0;
}
static void* joins(void* p) {
    enter("joiner");
    pthread_join(sleeper, 0);
    return 0;
}
static void* reads(void* p) {
    char c;
    int depth = 42;
    enter("reader");
    read(fds[0], &c, 1);
    return (void*)(long)depth;
}
static void* polls(void* p) {
    struct pollfd f = {fds[0], POLLIN, 0};
    enter("poller");
    poll(&f, 1, 500000);
    return 0;
}
static void* waits_for_signal(void* p) {
    sigset_t set;
    int sig;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    enter("signals");
    sigwait(&set, &sig);
    return 0;
}
static void* locks_file(void* p) {
    enter("file");
    flock(locked[1], LOCK_EX);
    return 0;
}
static void* computes(void* p) {
    enter("computer");
    while (!stop) {}
    return 0;
}
static void handles(int sig) {
    arrive();
    sleep(1000);
}
static void* faults(void* p) {
    pthread_setname_np(pthread_self(), "faulter");
    *(volatile int*)p = 1;
    return 0;
}
__attribute__((noinline)) void stop_here(void) { __asm__ volatile(""); }
static void* stops(void* p) {
    enter("stopper");
    while (arrived < threads) usleep(1000);
    usleep(300000);
    stop_here();
    stop_here();
    abort();
}

int main(int argc, char** argv) {
    void* (*functions[])(void*) = {sleeps, locks, joins, reads, polls, waits_for_signal, locks_file, computes, computes, computes, computes, stops};
    sigset_t set;
    for (int i = 0; argc > 1 && i < threads; i++)
        if (functions[i] == computes) functions[i] = faults;
    signal(SIGSEGV, handles);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, 0);
    pipe(fds);
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < 2; i++) locked[i] = open("locked-file", O_RDWR | O_CREAT, 0600);
    flock(locked[0], LOCK_EX);
    for (int i = 0; i < threads; i++) {
        pthread_t t;
        pthread_create(&t, 0, functions[i], 0);
        if (!i) sleeper = t;
        sem_wait(&arrival);
    }
    pthread_exit(0);
}

// Goal: a thousand threads that wait for process-shared semaphores hold no kernel threads where io_uring knows futexes (Linux 6.7), and end as they should: posted by
// another process, timed out, cancelled, interrupted by a signal. Method: a mapping shared with a child that posts; the same without io_uring, with fewer.
// RUN: %matrix %s
// RUN: env CORO_IO=epoll %matrix --cells coro %s
#include "check.h"
#include <sched.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
enum { most = 1000 };
static struct { sem_t of[most], nobody; int word; } *shared;
static int entered, timed_out, interrupted, handled, threads;
static pthread_t t[most];
static void* waits(void* p) {
    long i = (long)p;
    struct timespec at = in_ms(CLOCK_REALTIME, i % 4 == 1 ? 50 : 60000);
    ADD(entered, 1);
    switch (i % 4) {
    case 0: CHECK0(sem_wait(&shared->of[i])); break;
    case 1: CHECK(sem_timedwait(&shared->nobody, &at) == -1 && errno == ETIMEDOUT); ADD(timed_out, 1); break;
    case 2: sem_wait(&shared->nobody); CHECK(!"cancelled"); break;
    case 3: CHECK(syscall(SYS_futex, &shared->word, 0, 0, &(struct timespec){60, 0}) == -1 && errno == EINTR); ADD(interrupted, 1); break;
    }
    return p;
}
static void handler(int sig) { ADD(handled, 1); }
static int ring_waits(void) {
    // A ring of our own would say whether the kernel knows; that no kernel threads are held is only asked where it does.
    const char* io = getenv("CORO_IO");
    return threads_are_coroutines() && !(io && !strcmp(io, "epoll")) && !getenv("CORO_TEST_EMULATOR");  // qemu-user has no io_uring
}
int main(void) {
    int coroutines = ring_waits();
    threads = coroutines ? most : 100;
    shared = mmap(0, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    CHECK0(sem_init(&shared->nobody, 1, 0));
    for (int i = 0; i < most; i++) CHECK0(sem_init(&shared->of[i], 1, 0));
    struct sigaction sa = {.sa_handler = handler};  // no SA_RESTART
    CHECK(sigaction(SIGUSR1, &sa, 0) == 0);
    for (long i = 0; i < threads; i++) t[i] = start(waits, (void*)i);
    while (LOAD(entered) < threads) sched_yield();
    while (LOAD(timed_out) < threads / 4) sleep_ms(1);
    sleep_ms(100);
    int kernel = kernel_threads();
    if (coroutines && kernel > 40) {
        fprintf(stderr, "%d threads wait: %d kernel threads\n", threads, kernel);
        return 1;
    }
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < threads; i += 4) CHECK0(sem_post(&shared->of[i]));
        _exit(0);
    }
    for (int i = 0; i < threads; i++) {
        void* result;
        if (i % 4 == 2) CHECK0(pthread_cancel(t[i]));
        if (i % 4 == 3) CHECK0(pthread_kill(t[i], SIGUSR1));
        CHECK0(pthread_join(t[i], &result));
        CHECK(result == (i % 4 == 2 ? PTHREAD_CANCELED : (void*)(long)i));
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    CHECK(handled == threads / 4 && interrupted == threads / 4);
    return 0;
}

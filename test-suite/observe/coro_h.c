// <coro.h>: before the first thread, among 100 threads, from a thread, in a fork child, with CORO_MODE=kernel, and where there is none (stock musl).
// RUN: %matrix %s
#include "check.h"

#include <semaphore.h>
#include <sys/wait.h>
#if __has_include(<coro.h>)
#include <coro.h>

static struct coro_stats stats(void) {
    struct coro_stats s;
    memset(&s, 0x55, sizeof s);
    s.size = sizeof s;
    CHECK(coro_stats(&s) == 0);
    CHECK(s.size == sizeof s);
    return s;
}

// What coro_dump writes, by way of a pipe that is smaller than it may be.
static int dump_pipe[2];
static char text[1 << 16];
static size_t length;
static void* reads(void* p) {
    for (ssize_t n; length < sizeof text - 1 && (n = read(dump_pipe[0], text + length, sizeof text - 1 - length)) > 0;) length += (size_t)n;
    text[length] = 0;
    return p;
}
static void dump(void) {
    length = 0;
    CHECK(pipe(dump_pipe) == 0);
    fcntl(dump_pipe[1], F_SETPIPE_SZ, 4096);
    pthread_t reader = start(reads, 0);
    CHECK(coro_dump(dump_pipe[1]) == 0);
    close(dump_pipe[1]);
    join(reader);
    close(dump_pipe[0]);
}

static sem_t go_on, waiting;
static void* waits(void* p) {
    pthread_setname_np(pthread_self(), "a waiter");
    sem_post(&waiting);
    sem_wait(&go_on);
    return p;
}
static void* asks(void* p) {
    *(struct coro_stats*)p = stats();
    return 0;
}

static void check_alone(void) {
    struct coro_stats s = stats();
    CHECK(s.threads == 1 && s.kernel_threads == 1 && !s.coroutines && !s.switches && !s.threads_made);
}

int main(void) {
    check_alone();
    FILE* f = tmpfile();
    CHECK(coro_dump(fileno(f)) == 0);
    CHECK(pread(fileno(f), text, sizeof text, 0) > 0 && strstr(text, "no coroutines"));
    CHECK(coro_dump(-1) == -1 && errno == EBADF);

    pthread_t t[100];
    CHECK(sem_init(&waiting, 0, 0) == 0 && sem_init(&go_on, 0, 0) == 0);
    int coroutines = threads_are_coroutines();
    for (int i = 0; i < 100; i++) t[i] = start(waits, 0);
    for (int i = 0; i < 100; i++) sem_wait(&waiting);
    struct coro_stats s;
    join(start(asks, &s));
    CHECK(s.threads == 102);
    CHECK(s.coroutines == (uint64_t)coroutines);
    if (coroutines) {
        CHECK(s.threads_made == 103 && s.threads_peak == 102);
        CHECK(s.kernel_threads >= 2 && s.kernel_threads < 50 && s.kernel_threads_peak >= s.kernel_threads);
        CHECK(s.processors >= 1 && s.switches >= 100);
        int waiters = 0;
        for (long late = now_ms() + 30000; waiters != 100 && now_ms() < late;) {  // until all have come to their semaphore
            dump();
            waiters = 0;
            for (char* at = text; (at = strstr(at, "a waiter: parked, futex")); at++) waiters++;
        }
        CHECK(waiters == 100 && stats().parks_futex >= 100);
        CHECK(strstr(text, "(main)"));
        CHECK(coro_dump(-1) == -1 && errno == EBADF);
    } else {
        CHECK(s.kernel_threads == 102 && !s.switches);
        dump();
        CHECK(strstr(text, "no coroutines"));
    }
    // Older and newer programs.
    struct {
        struct coro_stats s;
        uint64_t more[2];
    } newer = {{0}, {7, 7}};
    newer.s.size = sizeof newer;
    CHECK(coro_stats(&newer.s) == 0 && newer.s.size == sizeof newer.s && !newer.more[0] && !newer.more[1] && newer.s.threads == 101);
    uint64_t older[5] = {3 * 8, 7, 7, 7, 7};
    CHECK(coro_stats((struct coro_stats*)older) == 0 && older[0] == 3 * 8 && older[2] == 101 && older[3] == 7);
    older[0] = 7;
    CHECK(coro_stats((struct coro_stats*)older) == -1 && errno == EINVAL);

    pid_t child = fork();
    if (child == 0) {
        struct coro_stats c = stats();
        CHECK(c.threads == 1 && !c.coroutines);
        join(start(asks, &c));
        CHECK(c.threads == 2 && c.coroutines == (uint64_t)coroutines);
        if (coroutines) CHECK(c.threads_made == 2 && c.threads_peak == 2);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    for (int i = 0; i < 100; i++) sem_post(&go_on);
    for (int i = 0; i < 100; i++) join(t[i]);
    if (coroutines) CHECK(stats().threads == 1);
    return 0;
}
#else
int main(void) { return 0; }
#endif

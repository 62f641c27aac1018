// deadlock CASE: threads that wait for each other, or only look like it. It never ends by itself.
#include "check.h"

#include <semaphore.h>
#include <threads.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
static sem_t never;
static int ends[2];
static pthread_t threads[4];
static int timed;

static void* locks(pthread_mutex_t* first, pthread_mutex_t* second, const char* name) {
    pthread_setname_np(pthread_self(), name);
    CHECK0(pthread_mutex_lock(first));
    pthread_barrier_wait(&both);
    struct timespec late = in_ms(CLOCK_REALTIME, 600000);
    if (timed) CHECK0(pthread_mutex_timedlock(second, &late));
    else CHECK0(pthread_mutex_lock(second));
    return 0;
}
static void* locks_ab(void* p) { return locks(&a, &b, "left"); }
static void* locks_ba(void* p) { return locks(&b, &a, "right"); }
static void abba(void) {
    threads[0] = start(locks_ab, 0);
    threads[1] = start(locks_ba, 0);
}
static void* joins(void* p) {
    pthread_barrier_wait(&both);
    join(*(pthread_t*)p);
    return 0;
}
static void* sleeps(void* p) {
    sleep_ms(600000);
    return p;
}
static void* holds_and_sleeps(void* p) {
    CHECK0(pthread_mutex_lock(&a));
    pthread_barrier_wait(&both);
    sleep_ms(600000);
    return p;
}
static void* waits_for_signal(void* p) {
    sigset_t set;
    int sig;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, 0);
    sigwait(&set, &sig);
    return p;
}
static void* reads(void* p) {
    char c;
    CHECK(read(ends[0], &c, 1) == 1);
    return p;
}
static void* waits(void* p) {
    sem_wait(&never);
    return p;
}
static void handler(int sig) { sem_post(&never); }
static FILE* files[2];
static void* locks_files(void* p) {
    flockfile(files[(long)p]);
    pthread_barrier_wait(&both);
    flockfile(files[!p]);
    return p;
}
static mtx_t c11[2];
static void* locks_c11(void* p) {
    mtx_lock(&c11[(long)p]);
    pthread_barrier_wait(&both);
    mtx_lock(&c11[!p]);
    return p;
}
static int is(char** argv, const char* name) { return !strcmp(argv[1], name); }

int main(int argc, char** argv) {
    pthread_barrier_init(&both, 0, 2);
    CHECK(argc == 2 && pipe(ends) == 0 && sem_init(&never, 0, 0) == 0);
    if (is(argv, "abba")) {
        abba();
    } else if (is(argv, "abba-recursive")) {
        pthread_mutexattr_t recursive;
        pthread_mutexattr_init(&recursive);
        pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
        pthread_mutex_init(&a, &recursive);
        pthread_mutex_init(&b, &recursive);
        abba();
    } else if (is(argv, "abba-beside-io")) {  // a server, say
        abba();
        start(reads, 0);
        start(sleeps, 0);
    } else if (is(argv, "again")) {  // one thread alone
        start(waits, 0);
        CHECK0(pthread_mutex_lock(&a));
        CHECK0(pthread_mutex_lock(&a));
    } else if (is(argv, "join")) {
        pthread_barrier_init(&both, 0, 4);
        for (int i = 0; i < 3; i++) threads[i] = start(joins, &threads[(i + 1) % 3]);
        pthread_barrier_wait(&both);
    } else if (is(argv, "files")) {
        for (long i = 0; i < 2; i++) files[i] = tmpfile();
        for (long i = 0; i < 2; i++) start(locks_files, (void*)i);
    } else if (is(argv, "c11")) {
        for (long i = 0; i < 2; i++) mtx_init(&c11[i], mtx_plain);
        for (long i = 0; i < 2; i++) start(locks_c11, (void*)i);
    } else if (is(argv, "all-wait")) {
        for (int i = 0; i < 3; i++) start(waits, 0);
    } else if (is(argv, "handler")) {
        signal(SIGTERM, handler);
        start(waits, 0);
    } else if (is(argv, "sleep")) {
        start(holds_and_sleeps, 0);
        pthread_barrier_wait(&both);
        CHECK0(pthread_mutex_lock(&a));
    } else if (is(argv, "sigwait")) {
        start(waits_for_signal, 0);
    } else if (is(argv, "read")) {
        start(reads, 0);
    } else if (is(argv, "timed")) {
        timed = 1;
        abba();
    } else {
        CHECK(!"a case");
    }
    sem_wait(&never);
    return 0;
}

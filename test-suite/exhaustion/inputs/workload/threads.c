// Create and join, park on every kind of futex, sleep, spin, cancel.
#include "workload.h"
#include <semaphore.h>

static void* returns(void* p) { return p; }

static void values(void) {
    pthread_t t[8];
    int n = 0;
    while (n < 8 && try_start(&t[n], returns, (void*)(long)(n + 100))) n++;
    while (n--) CHECK(join(t[n]) == (void*)(long)(n + 100));
}

static void* on_its_stack(void* bytes) {
    volatile char room[8192];
    memset((char*)room, 1, sizeof room);
    return bytes;
}
static void sizes(void) {
    static const size_t bytes[] = {16 << 10, 64 << 10, 100000, 1 << 20, 20 << 20};
    pthread_attr_t attr;
    pthread_t t;
    CHECK0(pthread_attr_init(&attr));
    for (int i = 0; i < 10; i++) {
        CHECK0(pthread_attr_setstacksize(&attr, bytes[i / 2]));
        CHECK0(pthread_attr_setguardsize(&attr, i % 2 ? 0 : 12288));
        if (try_start_with(&t, &attr, on_its_stack, &attr)) CHECK(join(t) == &attr);
    }
    pthread_attr_destroy(&attr);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t sem, arrived;
static int go, counted;

static void* parks(void* p) {
    CHECK(sem_post(&arrived) == 0);
    CHECK(sem_wait(&sem) == 0);
    CHECK0(pthread_mutex_lock(&mutex));
    while (!go) CHECK0(pthread_cond_wait(&cond, &mutex));
    CHECK0(pthread_mutex_unlock(&mutex));
    CHECK0(pthread_rwlock_rdlock(&rwlock));
    CHECK0(pthread_rwlock_unlock(&rwlock));
    ADD(counted, 1);
    return p;
}
static void parked(void) {
    pthread_t t[60];
    go = counted = 0;
    CHECK(sem_init(&sem, 0, 0) == 0 && sem_init(&arrived, 0, 0) == 0);
    int n = try_start_many(t, 60, parks, 0);
    struct timespec limit = soon();
    for (int i = 0; i < n; i++) CHECK(sem_timedwait(&arrived, &limit) == 0);
    quiet();
    CHECK0(pthread_rwlock_wrlock(&rwlock));
    for (int i = 0; i < n; i++) sem_post(&sem);
    CHECK0(pthread_mutex_lock(&mutex));
    go = 1;
    CHECK0(pthread_cond_broadcast(&cond));
    CHECK0(pthread_mutex_unlock(&mutex));
    CHECK0(pthread_rwlock_unlock(&rwlock));
    join_many(t, n);
    CHECK(LOAD(counted) == n);
}

static void* sleeps(void* ms) {
    long begin = now_ms();
    sleep_ms((long)ms);
    CHECK(now_ms() - begin >= (long)ms - 1);
    return 0;
}
static void* times_out(void* p) {
    struct timespec limit = in_ms(CLOCK_REALTIME, 10);
    CHECK(sem_timedwait(&sem, &limit) == -1 && errno == ETIMEDOUT);
    limit = in_ms(CLOCK_REALTIME, 5);
    CHECK0(pthread_mutex_lock(&mutex));
    CHECK(pthread_cond_timedwait(&cond, &mutex, &limit) == ETIMEDOUT);
    CHECK0(pthread_mutex_unlock(&mutex));
    return p;
}
static void sleeping(void) {
    pthread_t t[24];
    int n = 0;
    CHECK(sem_init(&sem, 0, 0) == 0);
    for (; n < 24; n++)
        if (!(n % 3 ? try_start(&t[n], sleeps, (void*)(long)n) : try_start(&t[n], times_out, 0))) break;
    join_many(t, n);
}

static void* spins(void* p) {
    while (!LOAD(go)) {}
    return p;
}
static void* releases(void* p) {
    sleep_ms(15);
    STORE(go, 1);
    return p;
}
static void preempted(void) {
    pthread_t t[5];
    STORE(go, 0);
    if (!try_start(&t[0], releases, 0)) return;
    int n = try_start_many(t + 1, 4, spins, 0);
    join_many(t, n + 1);
}

static void* detached(void* p) {
    CHECK0(pthread_detach(pthread_self()));
    sem_post(&sem);
    return p;
}
static void detaching(void) {
    pthread_t t;
    struct timespec limit = soon();
    CHECK(sem_init(&sem, 0, 0) == 0);
    int n = 0;
    while (n < 6 && try_start(&t, detached, 0)) n++;
    for (int i = 0; i < n; i++) CHECK(sem_timedwait(&sem, &limit) == 0);
}

static void cleanup(void* p) { ADD(counted, 1); }
static void* waits_for_ever(void* how) {
    int old;
    pthread_cleanup_push(cleanup, 0);
    sem_post(&arrived);
    if (how == (void*)1) sem_wait(&sem);
    else if (how == (void*)2) sleep_ms(1000000);
    else {
        CHECK0(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old));
        for (;;) {}
    }
    pthread_cleanup_pop(1);
    return 0;
}
static void cancelled(void) {
    pthread_t t;
    struct timespec limit = soon();
    counted = 0;
    CHECK(sem_init(&sem, 0, 0) == 0 && sem_init(&arrived, 0, 0) == 0);
    int n = 0;
    for (long how = 1; how <= 3; how++) {
        if (!try_start(&t, waits_for_ever, (void*)how)) break;
        CHECK(sem_timedwait(&arrived, &limit) == 0);
        if (how == 2) sleep_ms(2);
        CHECK0(pthread_cancel(t));
        CHECK(join(t) == PTHREAD_CANCELED);
        n++;
    }
    CHECK(LOAD(counted) == n);
}

static void* described(void* p) {
    clockid_t clock;
    struct timespec ts;
    struct rusage usage;
    char name[16];
    CHECK0(pthread_setname_np(pthread_self(), "described"));
    CHECK0(pthread_getname_np(pthread_self(), name, sizeof name));
    CHECK(!strcmp(name, "described"));
    CHECK0(pthread_getcpuclockid(pthread_self(), &clock));
    for (volatile int i = 0; i < 300000; i++) {}
    CHECK(clock_gettime(clock, &ts) == 0);
    CHECK(getrusage(RUSAGE_THREAD, &usage) == 0);
    return p;
}
static void describing(void) {
    pthread_t t[3];
    int error = pthread_setname_np(pthread_self(), "main");
    CHECK(!error || error == EMFILE || error == ENFILE || error == ENOMEM);
    join_many(t, try_start_many(t, 3, described, 0));
}

void threads_part(void) {
    values(), sizes(), parked(), sleeping(), preempted(), detaching(), cancelled(), describing(), values();
}

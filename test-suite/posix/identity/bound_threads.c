// Goal: a thread that asks for the kernel's attributes has a kernel thread of its own, whose attributes are its own alone, and threads that it makes inherit
// them; PTHREAD_SCOPE_SYSTEM gives one too. Bound and unbound threads wait for and wake each other in every way; kernel threads go as the threads end.
// Method: affinity to one CPU and the nice value, seen by the thread, by others and by threads made before and after.
// RUN: %matrix %s
#include "check.h"
#include <poll.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/resource.h>

enum { many = 40 };
static sem_t here, go;
static int coroutines;

static int cpus(pthread_t t) {
    cpu_set_t set;
    CHECK0(pthread_getaffinity_np(t, sizeof set, &set));
    return CPU_COUNT(&set);
}
static void restrict_to_one(pthread_t t) {
    cpu_set_t set, one;
    CHECK0(pthread_getaffinity_np(t, sizeof set, &set));
    CPU_ZERO(&one);
    for (int i = 0; i < CPU_SETSIZE && !CPU_COUNT(&one); i++)
        if (CPU_ISSET(i, &set)) CPU_SET(i, &one);
    CHECK0(pthread_setaffinity_np(t, sizeof one, &one));
}

static void* waits(void* until) {
    sem_post(&here);
    sem_wait(until);
    return (void*)(long)cpus(pthread_self());
}
static void* restricts_itself(void* all) {
    CHECK(cpus(pthread_self()) == (int)(long)all);
    restrict_to_one(pthread_self());
    errno = 0;
    CHECK(nice(3) == 3 && getpriority(PRIO_PROCESS, 0) == 3);
    CHECK(cpus(pthread_self()) == 1);
    for (int i = 0; i < 20; i++) {
        sched_yield();
        sleep_ms(1);
        CHECK(cpus(pthread_self()) == 1 && getpriority(PRIO_PROCESS, 0) == 3);
    }
    sem_t heirs;
    sem_init(&heirs, 0, 0);
    pthread_t heir = start(waits, &heirs);
    sem_wait(&here);
    sem_post(&heirs);
    CHECK(join(heir) == (void*)1L);
    return 0;
}

// Bound or not, odd and even hand a byte round.
static int ring[many][2];
static void* hands_on(void* p) {
    long i = (long)p;
    char c;
    for (int round = 0; round < 20; round++) {
        struct pollfd f = {ring[i][0], POLLIN, 0};
        if (round % 3 == 0) CHECK(poll(&f, 1, 20000) == 1);
        CHECK(read(ring[i][0], &c, 1) == 1);
        if (round % 5 == 0) sleep_ms(1);
        CHECK(write(ring[(i + 1) % many][1], &c, 1) == 1);
    }
    return 0;
}
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int turn;
static void* takes_turns(void* p) {
    for (int i = 0; i < 200; i++) {
        pthread_mutex_lock(&m);
        while (turn != (int)(long)p) {
            struct timespec later = in_ms(CLOCK_REALTIME, 20000);
            CHECK0(pthread_cond_timedwait(&c, &m, &later));
        }
        turn = !turn;
        pthread_cond_broadcast(&c);
        pthread_mutex_unlock(&m);
    }
    return 0;
}
static void* answers(void* p) { return p; }
static pthread_t start_scoped(int scope, void* (*f)(void*), void* arg) {
    pthread_attr_t attr;
    pthread_t t;
    CHECK0(pthread_attr_init(&attr));
    CHECK0(pthread_attr_setscope(&attr, scope));
    CHECK0(pthread_create(&t, &attr, f, arg));
    return t;
}

int main(void) {
    sem_init(&here, 0, 0), sem_init(&go, 0, 0);
    coroutines = threads_are_coroutines();
    int all = cpus(pthread_self());
    pthread_t early = start(waits, &go);
    sem_wait(&here);
    join(start(restricts_itself, (void*)(long)all));
    CHECK(getpriority(PRIO_PROCESS, 0) == 0 && cpus(pthread_self()) == all);  // others keep theirs
    // By somebody else, while it is parked.
    pthread_t other = start(waits, &go);
    sem_wait(&here);
    restrict_to_one(other);
    CHECK(cpus(other) == 1 && cpus(early) == all);
    sem_post(&go), sem_post(&go);
    long a = (long)join(early), b = (long)join(other);
    CHECK(a == all && b == 1);

    // PTHREAD_SCOPE_SYSTEM
    int before = kernel_threads();
    pthread_t t[many];
    for (long i = 0; i < many; i++) CHECK(pipe(ring[i]) == 0);
    for (long i = 0; i < many; i++) t[i] = start_scoped(i % 2 ? PTHREAD_SCOPE_SYSTEM : PTHREAD_SCOPE_PROCESS, hands_on, (void*)i);
    if (coroutines) CHECK(kernel_threads() >= before + many / 2 - 4 && kernel_threads() < before + many / 2 + 8);
    CHECK(write(ring[0][1], "x", 1) == 1);
    for (int i = 0; i < many; i++) join(t[i]);
    t[0] = start_scoped(PTHREAD_SCOPE_SYSTEM, takes_turns, (void*)0);
    t[1] = start_scoped(PTHREAD_SCOPE_PROCESS, takes_turns, (void*)1);
    join(t[0]), join(t[1]);
    for (long i = 0; i < 200; i++) CHECK(join(start_scoped(PTHREAD_SCOPE_SYSTEM, answers, (void*)i)) == (void*)i);
    long end = now_ms() + 5000;
    while (coroutines && kernel_threads() > before + 6 && now_ms() < end) sleep_ms(10);
    CHECK(kernel_threads() <= before + 6);
}

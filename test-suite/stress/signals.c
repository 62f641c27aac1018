// Goal: signals sprayed at threads that are parked or run: every handler runs on its thread, every signal sent is seen at last, every wait
// goes on as it should. Method: threads in sem_wait, read, poll, nanosleep, and a loop without calls; pthread_kill with
// SA_RESTART and without, and kill of the process; each target counts.
// RUN: %matrix %s
#include "check.h"
#include <poll.h>
#include <semaphore.h>
enum { kinds = 5 };
static __thread int my_hits;
static int hits[kinds], bad, stop, process_hits, fds[2], ready;
static sem_t sem;
static pthread_t t[kinds];
static void on_thread(int sig) {
    my_hits++;
    for (int i = 0; i < kinds; i++)
        if (pthread_equal(pthread_self(), t[i])) {
            if (ADD(hits[i], 1) != my_hits) STORE(bad, 1);
            return;
        }
    STORE(bad, 1);
}
static void on_process(int sig) { ADD(process_hits, 1); }
static void* runs(void* p) {
    char c;
    struct pollfd f = {fds[0], POLLIN, 0};
    ADD(ready, 1);
    while (LOAD(ready) < kinds + 1) sched_yield();
    while (!LOAD(stop)) {
        switch ((long)p) {
        case 0: while (sem_wait(&sem)) CHECK(errno == EINTR); break;
        case 1: while (read(fds[0], &c, 1) != 1) CHECK(errno == EINTR); break;
        case 2: CHECK(poll(&f, 1, 5) >= 0 || errno == EINTR); break;
        case 3: sleep_ms(3); break;
        case 4: for (volatile int i = 0; i < 100000; i++) {} break;
        }
    }
    return p;
}
int main(void) {
    struct sigaction sa = {.sa_handler = on_thread, .sa_flags = SA_RESTART}, sb = {.sa_handler = on_thread}, sc = {.sa_handler = on_process, .sa_flags = SA_RESTART};
    sigfillset(&sa.sa_mask), sigfillset(&sb.sa_mask);  // the two counters are not one
    CHECK(sigaction(SIGUSR1, &sa, 0) == 0 && sigaction(SIGUSR2, &sb, 0) == 0 && sigaction(SIGHUP, &sc, 0) == 0 && pipe(fds) == 0);
    sem_init(&sem, 0, 0);
    for (long i = 0; i < kinds; i++) t[i] = start(runs, (void*)i);
    ADD(ready, 1);
    long until = now_ms() + 1000;
    unsigned seed = 3;
    int sent = 0;
    while (now_ms() < until) {
        int i = rand_r(&seed) % kinds;
        CHECK0(pthread_kill(t[i], rand_r(&seed) % 2 ? SIGUSR1 : SIGUSR2));
        if (rand_r(&seed) % 8 == 0) {
            CHECK(kill(getpid(), SIGHUP) == 0);
            sent++;
        }
        if (rand_r(&seed) % 4 == 0) {
            sem_post(&sem);
            CHECK(poll(&(struct pollfd){fds[1], POLLOUT, 0}, 1, 0) == 0 || write(fds[1], "x", 1) == 1);
        }
        if (rand_r(&seed) % 2) sched_yield();
    }
    // One more to each, which must be seen.
    for (int i = 0; i < kinds; i++) {
        int before = LOAD(hits[i]);
        while (LOAD(hits[i]) == before) {
            CHECK0(pthread_kill(t[i], SIGUSR1));
            sleep_ms(1);
        }
    }
    int before = LOAD(process_hits);
    while (LOAD(process_hits) == before) {
        CHECK(kill(getpid(), SIGHUP) == 0);
        sent++;
        sleep_ms(1);
    }
    STORE(stop, 1);
    sem_post(&sem);
    CHECK(write(fds[1], "xxxx", 4) == 4);
    for (int i = 0; i < kinds; i++) join(t[i]);
    CHECK(!bad && process_hits <= sent);
}

// Goal: a cancellation that comes as a handler with SA_RESTART returns to a call that waits in the kernel ends that call. Method: a thread in open(2)
// of a FIFO is sent some signals and a cancellation at once, many times.
// RUN: %matrix --seconds 30 %s
#include "check.h"
#include <sched.h>
#include <sys/stat.h>

static int entered;
static void handler(int sig) {}
static void* opens(void* p) {
    __atomic_store_n(&entered, 1, __ATOMIC_SEQ_CST);
    open(p, O_RDONLY);
    CHECK(!"cancelled");
    return p;
}

int main(void) {
    struct sigaction act = {.sa_handler = handler, .sa_flags = SA_RESTART};
    CHECK(sigaction(SIGUSR1, &act, 0) == 0);
    CHECK(mkfifo("fifo", 0600) == 0);
    for (int i = 0; i < 1500; i++) {
        entered = 0;
        pthread_t target = start(opens, "fifo");
        while (!__atomic_load_n(&entered, __ATOMIC_SEQ_CST)) sched_yield();
        if (i % 2) sleep_ms(1);
        for (int n = 0; n <= i % 8; n++) CHECK0(pthread_kill(target, SIGUSR1));
        for (volatile int spin = 0; spin < i % 100 * 30; spin++) {}
        CHECK0(pthread_cancel(target));  // the last signal: nothing else ends the call
        CHECK(join(target) == PTHREAD_CANCELED);
    }
    return 0;
}

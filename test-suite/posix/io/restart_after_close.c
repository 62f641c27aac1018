// Goal: a read that a handler with SA_RESTART has interrupted begins anew with its number, as on a kernel thread: EBADF when that was closed meanwhile, and never the
// bytes of another file. Method: while the handler runs, another thread comes to wait on a closed number, by the same descriptor of the runtime's as the first did.
// RUN: %matrix --seconds 30 %s
#include "check.h"

enum { first = 700, second = 701 };

static int entered, in_handler, go;

static void handler(int sig) {
    __atomic_store_n(&in_handler, 1, __ATOMIC_SEQ_CST);
    while (!__atomic_load_n(&go, __ATOMIC_SEQ_CST)) sleep_ms(1);
}
static void* reads(void* p) {
    char byte = 0;
    __atomic_fetch_add(&entered, 1, __ATOMIC_SEQ_CST);
    long r = read((int)(long)p, &byte, 1);
    return (void*)(r == 1 ? byte : -(long)errno);
}
static pthread_t wait_on(int number, int end) {
    CHECK(dup2(end, number) == number);
    int before = __atomic_load_n(&entered, __ATOMIC_SEQ_CST);
    pthread_t t = start(reads, (void*)(long)number);
    while (__atomic_load_n(&entered, __ATOMIC_SEQ_CST) == before) sleep_ms(1);
    settle();
    CHECK(close(number) == 0);
    settle();
    return t;
}

int main(void) {
    struct sigaction act = {.sa_handler = handler, .sa_flags = SA_RESTART};
    CHECK(sigaction(SIGUSR1, &act, 0) == 0);
    for (int round = 0; round < 10; round++) {
        int a[2], b[2];
        CHECK(pipe(a) == 0 && pipe(b) == 0);
        in_handler = go = 0;
        pthread_t interrupted = wait_on(first, a[0]);
        CHECK0(pthread_kill(interrupted, SIGUSR1));
        while (!__atomic_load_n(&in_handler, __ATOMIC_SEQ_CST)) sleep_ms(1);
        pthread_t other = wait_on(second, b[0]);
        __atomic_store_n(&go, 1, __ATOMIC_SEQ_CST);
        CHECK((long)join(interrupted) == -EBADF);
        CHECK(write(b[1], "b", 1) == 1);
        CHECK((long)join(other) == 'b');
        for (int i = 0; i < 2; i++) close(a[i]), close(b[i]);
    }
    return 0;
}

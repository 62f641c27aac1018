// Goal: mq_notify(3) by thread and by signal, for many queues at once: each message is told of once, with the value that was asked for. Queues that threads wait on
// go on beside it. Method: 32 queues; a message to each, in turn from several threads; registered anew after each, as the manual says.
// RUN: %matrix --seconds 60 %s
#include "check.h"

#include <mqueue.h>

enum { queues = 32, rounds = 5 };

static mqd_t queue[queues];
static int told[queues], by_signal;

static void notify(union sigval value) {
    int i = value.sival_int;
    char text[8];
    ADD(told[i], 1);
    CHECK(mq_receive(queue[i], text, sizeof text, 0) == 1 && text[0] == (char)i);
    ADD(told[i], 1000);
}
static void signalled(int sig, siginfo_t* info, void* context) {
    (void)sig, (void)context;
    CHECK(info->si_code == SI_MESGQ && info->si_value.sival_int == 77);
    ADD(by_signal, 1);
}
static void* sends(void* p) {
    char text = (char)(long)p;
    CHECK(mq_send(queue[(long)p], &text, 1, 0) == 0);
    return 0;
}
static void by_threads(void) {
    for (int round = 1; round <= rounds; round++) {
        pthread_t t[queues];
        for (int i = 0; i < queues; i++) {
            struct sigevent tell = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = notify, .sigev_value.sival_int = i};
            CHECK(mq_notify(queue[i], &tell) == 0);
        }
        for (long i = 0; i < queues; i++) t[i] = start(sends, (void*)i);
        for (int i = 0; i < queues; i++) join(t[i]);
        for (int i = 0; i < queues; i++)
            while (LOAD(told[i]) != 1001 * round) sleep_ms(1);
    }
}
static void by_signals(void) {
    struct sigaction action = {.sa_sigaction = signalled, .sa_flags = SA_SIGINFO};
    CHECK(sigaction(SIGUSR1, &action, 0) == 0);
    struct sigevent tell = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 77};
    CHECK(mq_notify(queue[0], &tell) == 0);
    CHECK(mq_notify(queue[0], &tell) == -1 && errno == EBUSY);
    join(start(sends, 0));
    while (!LOAD(by_signal)) sleep_ms(1);
    CHECK(mq_notify(queue[0], &tell) == 0 && mq_notify(queue[0], 0) == 0);
}

int main(void) {
    struct mq_attr attr = {.mq_maxmsg = 4, .mq_msgsize = 8};
    for (int i = 0; i < queues; i++) {
        char name[64];
        snprintf(name, sizeof name, "/coro-notify-%d-%d", (int)getpid(), i);
        CHECK((queue[i] = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr)) >= 0 && mq_unlink(name) == 0);
    }
    by_threads();
    by_signals();
    return 0;
}

// A handler that makes calls of its own, in the middle of a call that never restarts (msgrcv(2)): that one says EINTR all the same.
// RUN: %matrix %s
#include "check.h"

#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/msg.h>

static int queue, entered, handlers;
static void handler(int sig) {
    (void)sig;
    int fd = open("/dev/null", O_WRONLY);
    CHECK(fd >= 0 && write(fd, "x", 1) == 1 && close(fd) == 0);
    ADD(handlers, 1);
}
static void* receives(void* p) {
    struct { long type; char text[8]; } message;
    STORE(entered, 1);
    CHECK(msgrcv(queue, &message, sizeof message.text, 0, 0) == -1 && errno == EINTR);
    return p;
}

int main(void) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    CHECK(sigaction(SIGUSR1, &action, 0) == 0);
    CHECK((queue = msgget(IPC_PRIVATE, 0600)) >= 0);
    pthread_t t;
    CHECK(pthread_create(&t, 0, receives, 0) == 0);
    while (!LOAD(entered)) sched_yield();
    sleep_ms(150);
    CHECK(pthread_kill(t, SIGUSR1) == 0);
    CHECK(pthread_join(t, 0) == 0);
    CHECK(LOAD(handlers) == 1);
    CHECK(msgctl(queue, IPC_RMID, 0) == 0);
    return 0;
}

// Another process that shares a pipe sets O_NONBLOCK: from then on read(2) says EAGAIN here too, also where earlier reads have waited, and nothing else goes on.
// And without it again, they wait.
// RUN: %matrix --seconds 60 %s
#include "check.h"

#include <fcntl.h>
#include <sys/wait.h>

static int data[2], orders[2], answers[2];

static void other_process(void) {
    char order, byte = 'x';
    while (read(orders[0], &order, 1) == 1) {
        if (order == 'w') {
            sleep_ms(5);
            CHECK(write(data[1], &byte, 1) == 1);
        } else {
            CHECK(fcntl(data[0], F_SETFL, order == 'n' ? O_NONBLOCK : 0) == 0);
        }
        CHECK(write(answers[1], &byte, 1) == 1);
    }
    _exit(0);
}
static void order(char what) {
    char byte;
    CHECK(write(orders[1], &what, 1) == 1);
    if (what != 'w') CHECK(read(answers[0], &byte, 1) == 1);
}
static void* reads(void* p) {
    char byte;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 3; i++) {  // waits, the second and third time on the word of the first
            order('w');
            CHECK(read(data[0], &byte, 1) == 1);
            CHECK(read(answers[0], &byte, 1) == 1);
        }
        order('n');
        CHECK(read(data[0], &byte, 1) == -1 && errno == EAGAIN);
        order('b');
    }
    return p;
}

int main(void) {
    CHECK(pipe(data) == 0 && pipe(orders) == 0 && pipe(answers) == 0);
    pid_t child = fork();
    if (child == 0) {
        close(orders[1]);
        other_process();
    }
    CHECK(child > 0);
    close(orders[0]);
    pthread_t t;
    CHECK(pthread_create(&t, 0, reads, 0) == 0);
    CHECK(pthread_join(t, 0) == 0);
    close(orders[1]);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    return 0;
}

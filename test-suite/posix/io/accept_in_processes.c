// Goal: several processes, each with several threads, accept on one listener that they share: every connection is served once, by one of them, and nobody is left in
// the queue while all sleep. Method: three processes of eight threads; 300 clients, some one after the other, some 20 at a time; each is told which process
// served it.
// RUN: %matrix --seconds 60 %s
#include "net.h"

#include <sys/mman.h>
#include <sys/wait.h>

enum { processes = 3, threads = 8, clients = 300, together = 20 };

static int listener;
static int* served;  // shared by the processes
static struct sockaddr_in address;

static void* serves(void* p) {
    long me = (long)p;
    for (;;) {
        int s = accept(listener, 0, 0);
        if (s < 0) return p;
        char byte;
        if (read(s, &byte, 1) == 1 && byte == 'q') _exit(0);
        byte = (char)me;
        CHECK(write(s, &byte, 1) == 1);
        CHECK(close(s) == 0);
        ADD(served[me], 1);
    }
}
static void* asks(void* p) {
    int s = connect_to(&address);
    char byte = 'x';
    CHECK(write(s, &byte, 1) == 1 && read(s, &byte, 1) == 1 && byte >= 0 && byte < processes);
    CHECK(read(s, &byte, 1) == 0 && close(s) == 0);
    return p;
}
static void ask_to_end(void) {
    for (int left = processes; left; left--) {
        int s = connect_to(&address), status;
        CHECK(write(s, "q", 1) == 1);
        CHECK(wait(&status) > 0 && status == 0);
        close(s);
    }
}

int main(void) {
    served = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(served != MAP_FAILED);
    listener = listen_on_loopback(&address, 128);
    for (long i = 0; i < processes; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child) continue;
        for (int k = 1; k < threads; k++) start(serves, (void*)i);
        serves((void*)i);
        _exit(1);
    }
    pthread_t t[together];
    for (int n = 0; n < clients; n += together + 1) {
        asks(0);
        for (int i = 0; i < together; i++) t[i] = start(asks, 0);
        for (int i = 0; i < together; i++) join(t[i]);
    }
    int sum = 0;
    for (int i = 0; i < processes; i++) sum += LOAD(served[i]);
    CHECK(sum >= clients);
    ask_to_end();
    return 0;
}

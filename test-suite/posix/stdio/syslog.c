// Goal: threads that log while nobody reads the socket of the logger wait in the runtime, others go on; then every line arrives once. Method: /dev/log of a
// mount namespace of its own; 300 threads log two lines each to a logger that reads nothing at first, and one sleeps and wakes meanwhile.
// RUN: %matrix --seconds 60 %s
// REQUIRES: root
#include "blocked.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

enum { threads = 300 };

static int seen[threads][2], logger;

static void* logs(void* p) {
    enter();
    for (int line = 0; line < 2; line++) syslog(LOG_USER | LOG_INFO, "thread %d line %d", (int)(long)p, line);
    return 0;
}
static void make_logger(void) {
    CHECK(unshare(CLONE_NEWNS) == 0 && mount("none", "/", 0, MS_REC | MS_PRIVATE, 0) == 0 && mount("none", "/dev", "tmpfs", 0, 0) == 0);
    struct sockaddr_un address = {AF_UNIX, "/dev/log"};
    CHECK((logger = socket(AF_UNIX, SOCK_DGRAM, 0)) >= 0 && bind(logger, (void*)&address, sizeof address) == 0);
}
static void read_line(void) {
    char text[512] = {0};
    int who, line;
    CHECK(recv(logger, text, sizeof text - 1, 0) > 0);
    char* begin = strstr(text, "thread ");
    CHECK(begin && strstr(text, "me: ") && sscanf(begin, "thread %d line %d", &who, &line) == 2);
    CHECK(who >= 0 && who < threads && !seen[who][line]++);
    CHECK(!line || seen[who][0]);
}

int main(void) {
    make_logger();
    openlog("me", 0, LOG_USER);
    pthread_t t[threads];
    block(t, threads, logs);
    for (int i = 0; i < 2 * threads; i++) read_line();
    for (int i = 0; i < threads; i++) join(t[i]);
    return 0;
}

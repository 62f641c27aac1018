// Goal: setuid and its family change every kernel thread of the process (setuid(2), "C library/kernel differences"), also while threads are parked, run,
// block in the kernel and are being created. Method: as root, ids change step by step; /proc/self/task says what each kernel thread has.
// RUN: %matrix %s
#include "check.h"
#include <grp.h>
#include <sys/file.h>

static int stop, churned;
static void* parks(void* p) {
    while (!LOAD(stop)) sleep_ms(5);
    return 0;
}
static void* spins(void* p) {
    while (!LOAD(stop)) {}
    return 0;
}
static void* blocks(void* p) {
    int fd = open("/proc/self/exe", O_RDONLY);
    CHECK(flock(fd, LOCK_SH) == 0);
    flock(*(int*)p, LOCK_EX);  // in the kernel, until the holder lets go
    close(fd);
    return 0;
}
static void* nothing(void* p) { return 0; }
static void* churns(void* p) {
    while (!LOAD(stop)) {
        join(start(nothing, 0));
        ADD(churned, 1);
    }
    return 0;
}
// How many kernel threads do not have `value` in all four ids of the line; of an emulator one is its own.
static int others(const char* line, int value) {
    DIR* d = opendir("/proc/self/task");
    int n = 0;
    CHECK(d);
    for (struct dirent* e; (e = readdir(d));) {
        char path[300], text[4096] = "";
        if (e->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/proc/self/task/%s/status", e->d_name);
        int fd = open(path, O_RDONLY);
        if (fd < 0) continue;  // it has ended
        ssize_t got = read(fd, text, sizeof text - 1);
        close(fd);
        if (got <= 0) continue;
        char* at = strstr(text, line);
        CHECK(at);
        int a, b, c, f;
        CHECK(sscanf(at + strlen(line), "%d %d %d %d", &a, &b, &c, &f) == 4);
        if (a != value || b != value || c != value || f != value) n++;
    }
    closedir(d);
    return n && getenv("CORO_TEST_EMULATOR") ? n - 1 : n;
}
int main(void) {
    if (geteuid() != 0) {
        fprintf(stderr, "not root: nothing to see\n");
        return 0;
    }
    char name[] = "/tmp/idsXXXXXX";
    int held = mkstemp(name), waited = open(name, O_RDWR);
    unlink(name);
    CHECK(held >= 0 && waited >= 0 && flock(held, LOCK_EX) == 0);
    pthread_t t[] = {start(parks, 0), start(spins, 0), start(blocks, &waited), start(spins, 0), start(churns, 0), start(parks, 0)};
    while (LOAD(churned) < 10) sleep_ms(1);
    for (int id = 65000; id < 65010; id++) {
        CHECK(setegid(id) == 0 && setresgid(id, id, id) == 0);
        CHECK(others("Gid:", id) == 0);
    }
    CHECK(setgroups(0, 0) == 0);
    CHECK(setuid(65534) == 0);
    CHECK(others("Uid:", 65534) == 0);
    CHECK(setuid(0) == -1 && errno == EPERM);
    int n = LOAD(churned);
    while (LOAD(churned) < n + 10) sleep_ms(1);
    CHECK(others("Uid:", 65534) == 0);  // those made since, too
    CHECK(flock(held, LOCK_UN) == 0);
    STORE(stop, 1);
    for (int i = 0; i < 6; i++) join(t[i]);
}

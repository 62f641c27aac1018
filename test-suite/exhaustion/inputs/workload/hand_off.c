// Calls that keep their kernel thread while the processor's work moves on: the one who ends them is another thread of the process.
#include "workload.h"
#include <semaphore.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#ifndef F_OFD_SETLKW
#define F_OFD_SETLK 37
#define F_OFD_SETLKW 38
#endif
#define OPEN EMFILE, ENFILE, ENOMEM, ENOSPC

static char path[512], fifo[512];

static int new_file(void) { return (int)TRY(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), OPEN); }

static void* waits_for_flock(void* p) {
    int fd = new_file();
    if (fd < 0) return 0;
    if (TRY(flock(fd, LOCK_EX), ENOLCK) == 0) (void)TRY(flock(fd, LOCK_UN), ENOLCK);
    CHECK(close(fd) == 0);
    return p;
}
static void* waits_for_record(void* p) {
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = new_file();
    if (fd < 0) return 0;
    (void)TRY(fcntl(fd, F_OFD_SETLKW, &l), ENOLCK, EDEADLK);
    CHECK(close(fd) == 0);
    return p;
}
static void* holds(void* p) {
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = new_file(), n = 0;
    pthread_t t[4];
    if (fd < 0) return 0;
    if (TRY(flock(fd, LOCK_EX), ENOLCK) == 0 && TRY(fcntl(fd, F_OFD_SETLK, &l), ENOLCK) == 0) {
        n = try_start_many(t, 2, waits_for_flock, p);
        n += try_start_many(t + n, 2, waits_for_record, p);
        sleep_ms(20);
    }
    CHECK(close(fd) == 0);  // with it go both locks
    join_many(t, n);
    return p;
}
static void locks(void) {
    pthread_t t;
    if (try_start(&t, holds, 0)) join(t);
    else holds(0);
}

// The other end is another process: two threads that must both be in the kernel need two kernel threads, which may not be there.
static void* reads_fifo(void* p) {
    char bytes[8];
    int fd = (int)TRY(open(fifo, O_RDONLY | O_CLOEXEC), OPEN);
    if (fd < 0) _exit(0);  // the writer waits for ever, as for any reader that does not come
    long n = read(fd, bytes, 8);
    CHECK(n == 3 || n == 0);
    CHECK(close(fd) == 0);
    return p;
}
static void fifos(void) {
    pthread_t t;
    int status;
    if (TRY(mkfifo(fifo, 0600), ENOSPC) != 0) return;
    pid_t child = (pid_t)TRY(fork(), EAGAIN, ENOMEM);
    if (child == 0) {
        sleep_ms(10);
        int fd = (int)TRY(open(fifo, O_WRONLY | O_CLOEXEC), OPEN);
        if (fd >= 0) (void)TRY(write(fd, "abc", 3), ENOSPC, EDQUOT);
        _exit(fd < 0);
    }
    if (child < 0) return;
    if (try_start(&t, reads_fifo, 0)) join(t);
    else reads_fifo(0);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

// More of them than there can be processors, all ended by one who sleeps and reads a pipe meanwhile.
static int gate_pipe[2];
static void* ends_them(void* fd) {
    char byte;
    sleep_ms(10);
    CHECK(read(gate_pipe[0], &byte, 1) == 1);
    CHECK(close((int)(long)fd) == 0);
    return 0;
}
static void* writes_late(void* p) {
    sleep_ms(20);
    CHECK(write(gate_pipe[1], "x", 1) == 1);
    return p;
}
static void many(void) {
    pthread_t t[10];
    int fd = new_file();
    if (fd < 0) return;
    if (TRY(pipe(gate_pipe), EMFILE, ENFILE) != 0) {
        CHECK(close(fd) == 0);
        return;
    }
    if (TRY(flock(fd, LOCK_EX), ENOLCK) == 0 && try_start(&t[0], writes_late, 0)) {
        int n = 1 + try_start(&t[1], ends_them, (void*)(long)fd);
        if (n == 1) CHECK(close(fd) == 0);
        n += try_start_many(t + n, 8, waits_for_flock, 0);
        join_many(t, n);
    } else {
        CHECK(close(fd) == 0);
    }
    CHECK(close(gate_pipe[0]) == 0 && close(gate_pipe[1]) == 0);
}

static void* writes_file(void* p) {
    char out[5000], in[5000];
    memset(out, 7, sizeof out);
    int fd = new_file();
    if (fd < 0) return 0;
    long n = TRY(write(fd, out, sizeof out), ENOSPC, EDQUOT);
    if (TRY(fsync(fd), EIO, ENOSPC, EDQUOT) == 0 && n > 0) {
        CHECK(lseek(fd, 0, SEEK_SET) == 0);
        CHECK(read(fd, in, (size_t)n) == n);
    }
    CHECK(close(fd) == 0);
    return p;
}
static void files(void) {
    pthread_t t;
    if (try_start(&t, writes_file, 0)) join(t);
}

void hand_off_part(void) {
    const char* folder = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/f%d", folder ? folder : "/tmp", getpid());
    snprintf(fifo, sizeof fifo, "%s/p%d", folder ? folder : "/tmp", getpid());
    locks(), many(), fifos(), files(), locks();
    quiet();
    unlink(path);
    unlink(fifo);
}

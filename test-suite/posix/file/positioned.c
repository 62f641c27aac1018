// Goal: pread, pwrite, preadv, pwritev, fsync and fdatasync do on a file what they do on Linux, from many threads at once, through the page cache and past it
// (O_DIRECT), and hold no kernel threads where the ring is to be had. Method: threads write blocks that name their place and read others' back,
// while a thread sprays them with signals; ends of the file, errors and a child of fork; the same without io_uring.
// RUN: %matrix %s
// RUN: env CORO_IO=epoll %matrix --cells coro %s
#include "check.h"
#include <signal.h>
#include <sys/uio.h>
#include <sys/wait.h>
enum { threads = 64, blocks = 256, block = 4096, rounds = 30 };
static char path[] = "positionedXXXXXX";
static int fd, direct, stop, done, handled;
static void fill(char* p, long n) {
    for (int i = 0; i < block / 8; i++) ((long*)p)[i] = n;
}
static void* aligned(size_t n) {
    void* p;
    CHECK0(posix_memalign(&p, block, n));
    return p;
}
// Threads own the blocks that are their number modulo `threads`; a block holds its own number whoever reads it.
static void* works(void* p) {
    long self = (long)p;
    char *one = aligned(block), *two = aligned(2 * block);
    unsigned seed = (unsigned)self + 1;
    for (int i = 0; i < rounds; i++) {
        int f = i % 2 ? fd : direct;
        long mine = self + threads * (long)(rand_r(&seed) % (blocks / threads)), other = rand_r(&seed) % (blocks - 1);
        fill(one, mine);
        struct iovec half[2] = {{one, block / 2}, {one + block / 2, block / 2}}, pair[2] = {{two, block}, {two + block, block}};
        if (rand_r(&seed) % 2) CHECK(pwrite(f, one, block, mine * block) == block);
        else CHECK(pwritev(f, half, 2, mine * block) == block);
        CHECK(pread(f, one, block, other * block) == block && *(long*)one == other && ((long*)one)[block / 8 - 1] == other);
        CHECK(preadv(f, pair, 2, other * block) == 2 * block && *(long*)two == other && *(long*)(two + block) == other + 1);
        if (i % 10 == 0) CHECK((i % 20 ? fsync(f) : fdatasync(f)) == 0);
    }
    free(one);
    free(two);
    ADD(done, 1);
    return p;
}
static void handler(int sig) { ADD(handled, 1); }
static pthread_t t[threads];
static void* sprays(void* p) {
    for (unsigned i = 0; !LOAD(stop); i++) {
        CHECK0(pthread_kill(t[i % threads], SIGUSR1));
        usleep(500);
    }
    return p;
}
static void ends_and_errors(int f) {
    char* p = aligned(4 * block);
    int fds[2];
    CHECK(pread(f, p, 4 * block, (blocks - 1) * block) == block);  // what there is
    CHECK(pread(f, p, block, blocks * block) == 0);
    CHECK(pread(f, p, block, -1) == -1 && errno == EINVAL);
    CHECK(pread(f, (void*)8, block, 0) == -1 && errno == EFAULT);
    struct iovec v[2] = {{p, block}, {(void*)8, block}};
    ssize_t r = preadv(f, v, 2, 0);
    CHECK(r == block || (r == -1 && errno == EFAULT));
    CHECK(preadv(f, (void*)8, 2, 0) == -1 && errno == EFAULT);
    CHECK(preadv(f, v, -1, 0) == -1 && errno == EINVAL);
    CHECK(pread(-1, p, block, 0) == -1 && errno == EBADF);
    CHECK(fsync(-1) == -1 && errno == EBADF);
    CHECK(pipe(fds) == 0 && pread(fds[0], p, 1, 0) == -1 && errno == ESPIPE);
    CHECK(fsync(fds[0]) == -1 && errno == EINVAL);
    close(fds[0]), close(fds[1]);
    int read_only = open("/proc/self/exe", O_RDONLY);
    CHECK(pwrite(read_only, p, 1, 0) == -1 && errno == EBADF);
    close(read_only);
    if (f == direct) CHECK(pread(f, p + 1, block, 0) == -1 ? errno == EINVAL : 1);
    free(p);
}
static void* in_child(void* p) {
    char* b = aligned(block);
    CHECK(pread(direct, b, block, 5 * block) == block && *(long*)b == 5 && fsync(fd) == 0);
    return p;
}
int main(void) {
    char* b = aligned(block);
    CHECK((fd = mkstemp(path)) >= 0);
    if ((direct = open(path, O_RDWR | O_DIRECT)) < 0) direct = open(path, O_RDWR);
    CHECK(direct >= 0 && unlink(path) == 0);
    for (long i = 0; i < blocks; i++) {
        fill(b, i);
        CHECK(pwrite(fd, b, block, i * block) == block);
    }
    CHECK(fsync(fd) == 0);
    CHECK(signal(SIGUSR1, handler) != SIG_ERR);
    for (long i = 0; i < threads; i++) t[i] = start(works, (void*)i);
    pthread_t sprayer = start(sprays, 0);
    while (LOAD(done) < threads) sleep_ms(1);
    STORE(stop, 1);
    join(sprayer);
    for (int i = 0; i < threads; i++) join(t[i]);
    ends_and_errors(fd);
    ends_and_errors(direct);
    pid_t child = fork();
    if (child == 0) {
        join(start(in_child, 0));
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    join(start(in_child, 0));
    return 0;
}

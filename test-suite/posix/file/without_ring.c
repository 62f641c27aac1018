// Goal: where io_uring is forbidden, by seccomp as container engines do (from the start, or while threads wait), or has no memory to lock, files work as before; where it
// is not, threads that wait for the disk hold no kernel threads. Method: many threads read a file past the page cache; how many kernel threads there are while they do.
// RUN: %matrix --cells coro %s
#include "check.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
enum { threads = 100, block = 4096, blocks = 1024, reads_each = 40 };
static int fd, done;
static void* reads(void* p) {
    char* b;
    CHECK0(posix_memalign((void**)&b, block, block));
    for (unsigned i = 0, seed = (unsigned)(long)p; i < reads_each; i++) {
        long at = rand_r(&seed) % blocks;
        CHECK(pread(fd, b, block, at * block) == block && *(long*)b == at);
    }
    free(b);
    ADD(done, 1);
    return p;
}
static int most_kernel_threads(void) {
    pthread_t t[threads];
    int most = 0;
    STORE(done, 0);
    for (long i = 0; i < threads; i++) t[i] = start(reads, (void*)i);
    while (LOAD(done) < threads) {
        int n = kernel_threads();
        if (n > most) most = n;
        sched_yield();
    }
    for (int i = 0; i < threads; i++) join(t[i]);
    return most;
}
static void in_child(void (*restrict_self)(void), int ring) {
    pid_t pid = fork();
    if (pid == 0) {
        restrict_self();
        int most = most_kernel_threads();
        if (ring && most > 40) {
            fprintf(stderr, "%d threads read: %d kernel threads\n", threads, most);
            _exit(1);
        }
        _exit(0);
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}
static void nothing(void) {}
static void forbid(int call, unsigned flags) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) != 0) CHECK(errno == ENOSYS && getenv("CORO_TEST_EMULATOR"));  // qemu-user has no io_uring either
}
static void forbid_setup(void) {
    forbid(SYS_io_uring_setup, 0);
    CHECK(syscall(SYS_io_uring_setup, 1, 0) == -1 && (errno == EPERM || errno == ENOSYS));
}
static void forbid_later(void) {
    pthread_t t[threads];
    STORE(done, 0);
    for (long i = 0; i < threads; i++) t[i] = start(reads, (void*)i);
    while (!LOAD(done)) sched_yield();
    forbid(SYS_io_uring_enter, SECCOMP_FILTER_FLAG_TSYNC);
    for (int i = 0; i < threads; i++) join(t[i]);
}
static void no_locked_memory(void) {
    struct rlimit none = {0, 0};
    CHECK(setrlimit(RLIMIT_MEMLOCK, &none) == 0);
}
int main(void) {
    char path[] = "without_ringXXXXXX", *b;
    CHECK0(posix_memalign((void**)&b, block, block));
    CHECK((fd = mkstemp(path)) >= 0);
    for (long i = 0; i < blocks; i++) {
        *(long*)b = i;
        CHECK(write(fd, b, block) == block);
    }
    CHECK(fsync(fd) == 0);
    int direct = open(path, O_RDONLY | O_DIRECT);
    int ring = direct >= 0 && !getenv("CORO_TEST_EMULATOR");
    if (direct >= 0) fd = direct;
    CHECK(unlink(path) == 0);
    in_child(nothing, ring);
    in_child(forbid_setup, 0);
    in_child(no_locked_memory, 0);
    in_child(forbid_later, 0);
    return 0;
}

// Goal: a bad pointer gives EFAULT, as from the kernel, and does no harm: the same calls work right afterwards, and the process still dies of a fault of its
// own. Method: every pointer argument of the calls that the gate stands in for is bad once, through syscall(2): null page, unmapped, without permission, and
// just short of a page's end. CORO_MODE=kernel is the control: what it answers is in the table.
// RUN: %matrix %s
#include "check.h"
#include <linux/futex.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#ifdef SYS_clock_gettime64  // a 32-bit architecture
#define SYS_clock_gettime SYS_clock_gettime64
#define SYS_clock_nanosleep SYS_clock_nanosleep_time64
#endif

static int pipe_out, pipe_in, sock, epoll;
#define BAD ((long)bad)
static void calls(char* bad) {
    struct timespec no = {0, 0};
    struct iovec one = {&no, sizeof no};
    unsigned long some = 0;
    struct msghdr message = {.msg_iov = &one, .msg_iovlen = 1};
    int word = 0;
    struct {
        const char* name;
        long nr, a[6];
        int error;  // 0: what it answers is no error
    } table[] = {
        {"futex wait", SYS_futex, {BAD, FUTEX_WAIT_PRIVATE, 0, 0}, EFAULT},
        {"futex wait, timeout", SYS_futex, {(long)&word, FUTEX_WAIT_PRIVATE, 0, BAD}, EFAULT},
        {"futex wait bitset, timeout", SYS_futex, {(long)&word, FUTEX_WAIT_BITSET_PRIVATE, 0, BAD, 0, -1}, EFAULT},
        {"futex cmp_requeue", SYS_futex, {BAD, FUTEX_CMP_REQUEUE_PRIVATE, 1, 1, (long)&word, 0}, EFAULT},
        {"futex wake_op", SYS_futex, {(long)&word, FUTEX_WAKE_OP_PRIVATE, 1, 1, BAD, 0}, EFAULT},
        {"futex lock_pi", SYS_futex, {BAD, FUTEX_LOCK_PI_PRIVATE, 0, 0}, EFAULT},
        {"futex unlock_pi", SYS_futex, {BAD, FUTEX_UNLOCK_PI_PRIVATE, 0, 0}, EFAULT},
        {"nanosleep", SYS_nanosleep, {BAD, 0}, EFAULT},
        {"clock_nanosleep", SYS_clock_nanosleep, {CLOCK_MONOTONIC, 0, BAD, 0}, EFAULT},
        {"clock_gettime", SYS_clock_gettime, {CLOCK_THREAD_CPUTIME_ID, BAD}, EFAULT},
        {"getrusage", SYS_getrusage, {RUSAGE_THREAD, BAD}, EFAULT},
        {"timer_create", SYS_timer_create, {CLOCK_MONOTONIC, BAD, (long)&word}, EFAULT},
        {"timer_create, id", SYS_timer_create, {CLOCK_MONOTONIC, 0, BAD}, EFAULT},
        {"rt_sigprocmask", SYS_rt_sigprocmask, {SIG_BLOCK, BAD, 0, 8}, EFAULT},
        {"rt_sigprocmask, old", SYS_rt_sigprocmask, {SIG_BLOCK, 0, BAD, 8}, EFAULT},
        {"rt_sigaction", SYS_rt_sigaction, {SIGUSR1, BAD, 0, 8}, EFAULT},
        {"rt_sigaction, old", SYS_rt_sigaction, {SIGUSR1, 0, BAD, 8}, EFAULT},
        {"rt_sigpending", SYS_rt_sigpending, {BAD, 8}, EFAULT},
        {"rt_sigsuspend", SYS_rt_sigsuspend, {BAD, 8}, EFAULT},
        {"rt_sigtimedwait", SYS_rt_sigtimedwait, {BAD, 0, (long)&no, 8}, EFAULT},
        {"rt_sigtimedwait, timeout", SYS_rt_sigtimedwait, {(long)&some, 0, BAD, 8}, EFAULT},
        {"rt_tgsigqueueinfo", SYS_rt_tgsigqueueinfo, {getpid(), syscall(SYS_gettid), SIGUSR1, BAD}, EFAULT},
        {"sigaltstack", SYS_sigaltstack, {BAD, 0}, EFAULT},
        {"sigaltstack, old", SYS_sigaltstack, {0, BAD}, EFAULT},
        {"read", SYS_read, {pipe_out, BAD, 1}, EFAULT},
        {"readv", SYS_readv, {pipe_out, BAD, 1}, EFAULT},
        {"write", SYS_write, {pipe_in, BAD, 4096}, EFAULT},
        {"writev", SYS_writev, {pipe_in, BAD, 2}, EFAULT},
        {"sendto", SYS_sendto, {sock, BAD, 4096, 0, 0, 0}, EFAULT},
        {"sendmsg", SYS_sendmsg, {sock, BAD, 0}, EFAULT},
        {"recvfrom", SYS_recvfrom, {sock, BAD, 16, 0, 0, 0}, EFAULT},
        {"recvmsg", SYS_recvmsg, {sock, BAD, 0}, EFAULT},
        {"connect", SYS_connect, {sock, BAD, 16}, EFAULT},
        {"socketpair", SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0, BAD}, EFAULT},
        {"pipe2", SYS_pipe2, {BAD, 0}, EFAULT},
#ifdef SYS_poll
        {"poll", SYS_poll, {BAD, 4, 0}, EFAULT},
#endif
        {"ppoll, timeout", SYS_ppoll, {0, 0, BAD, 0, 8}, EFAULT},
        {"ppoll, mask", SYS_ppoll, {0, 0, (long)&no, BAD, 8}, EFAULT},
#ifdef SYS_select
        {"select", SYS_select, {16, BAD, 0, 0, 0}, EFAULT},
        {"select, timeout", SYS_select, {0, 0, 0, 0, BAD}, EFAULT},
#endif
        {"pselect6, timeout", SYS_pselect6, {0, 0, 0, 0, BAD, 0}, EFAULT},
        {"pselect6, mask", SYS_pselect6, {0, 0, 0, 0, (long)&no, BAD}, EFAULT},
        {"epoll_pwait, mask", SYS_epoll_pwait, {epoll, (long)&message, 1, 0, BAD, 8}, EFAULT},
        {"prctl name", SYS_prctl, {PR_SET_NAME, BAD}, EFAULT},
        {"prctl name, get", SYS_prctl, {PR_GET_NAME, BAD}, EFAULT},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        long* a = table[i].a;
        errno = 0;
        long r = syscall(table[i].nr, a[0], a[1], a[2], a[3], a[4], a[5]);
        if (r != -1 || errno != table[i].error) {
            fprintf(stderr, "%s with %p: %ld, %s\n", table[i].name, (void*)bad, r, strerror(errno));
            _exit(1);
        }
    }
}
static void* all(void* p) {
    int fds[2], pair[2];
    CHECK(pipe(fds) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && write(fds[1], "x", 1) == 1 && write(pair[1], "x", 1) == 1);
    pipe_out = fds[0], pipe_in = fds[1], sock = pair[0], epoll = epoll_create1(0);
    char* page = mmap(0, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mprotect(page + 4096, 4096, PROT_NONE) == 0);
    CHECK(munmap(page + 2 * 4096, 4096) == 0);
    calls((char*)8);
    calls(page + 4096);
    calls(page + 2 * 4096);
    calls((char*)-4096);
    char c;
    struct pollfd ready = {fds[0], POLLIN, 0};
    CHECK(poll(&ready, 1, -1) == 1 && read(fds[0], &c, 1) == 1 && c == 'x' && read(sock, &c, 1) == 1);
    // Two bytes of it are there.
    char* edge = page + 4096 - 2;
    CHECK(prctl(PR_SET_NAME, "ab") == 0);
    CHECK(syscall(SYS_nanosleep, edge, 0) == -1 && errno == EFAULT);
    edge[0] = 'z', edge[1] = 0;
    CHECK(prctl(PR_SET_NAME, edge) == 0);
    char name[16];
    CHECK(prctl(PR_GET_NAME, name) == 0 && !strcmp(name, "z"));
    return 0;
}
static void* faults(void* p) {
    *(volatile char*)8 = 1;
    return 0;
}
int main(void) {
    join(start(all, 0));
    all(0);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        join(start(faults, 0));
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

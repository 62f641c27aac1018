/* Makes one kind of system call of a program fail: those made by instructions from one address to another, with a given number and operation.
 *
 *   inject record SECONDS OUTPUT LOW HIGH -- PROGRAM ...                        says what is called between two addresses, how often
 *   inject fail SECONDS OUTPUT LOW HIGH NUMBER OPERATION ERRNO FIRST LAST -- PROGRAM ...  calls FIRST to LAST fail; OPERATION -1: any
 *
 * A seccomp filter stops only those calls, for this process to decide (seccomp_unotify(2)): everything else runs at full speed, signals
 * and children are what they are without it. The report is on stdout, what the program prints in OUTPUT. A program that does not end in SECONDS is
 * asked for a dump (SIGQUIT) and killed with its children. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WAIT_KILLABLE (1u << 5) /* SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, Linux 5.19: a signal does not take a call back that we look at */

enum { instruction_bytes = 2 };

static void die(const char *what) {
    fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
    exit(125);
}
static long now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Which argument says what a multiplexed call does; -1: none. */
static int operation_argument(int number) {
    return number == SYS_futex || number == SYS_fcntl || number == SYS_epoll_ctl ? 1 : number == SYS_madvise ? 2 : -1;
}
static unsigned operation_mask(int number) { return number == SYS_futex ? 127 : ~0u; }

static int low_word(int argument) { return (int)(offsetof(struct seccomp_data, args) + 8 * (size_t)argument); }

static struct sock_filter code[32];
static unsigned short length;
static void emit(unsigned short op, unsigned k, int yes, int no) { code[length++] = (struct sock_filter)BPF_JUMP(op, k, yes, no); }
static void load(int at) { emit(BPF_LD | BPF_W | BPF_ABS, at, 0, 0); }
/* What is loaded must be k, or the call goes through. */
static void must_be(unsigned k) {
    emit(BPF_JMP | BPF_JEQ | BPF_K, k, 1, 0);
    emit(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}
static void must_be_between(const char *low, const char *high) {
    load(offsetof(struct seccomp_data, instruction_pointer) + 4);
    must_be(0);
    load(offsetof(struct seccomp_data, instruction_pointer));
    emit(BPF_JMP | BPF_JGE | BPF_K, strtoul(low, 0, 0) + instruction_bytes, 1, 0);
    emit(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    emit(BPF_JMP | BPF_JGT | BPF_K, strtoul(high, 0, 0) + instruction_bytes, 0, 1);
    emit(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

static int install(void) {
    struct sock_fprog program = {length, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER | WAIT_KILLABLE, &program);
}

struct seen {
    unsigned long at;
    long number, operation, count;
};
static struct seen seen[4096];
static int seen_count;

static void note(const struct seccomp_data *d) {
    int argument = operation_argument(d->nr), i = 0;
    struct seen s = {d->instruction_pointer - instruction_bytes, d->nr, argument < 0 ? -1 : (long)((unsigned)d->args[argument] & operation_mask(d->nr)), 0};
    while (i < seen_count && (seen[i].at != s.at || seen[i].number != s.number || seen[i].operation != s.operation)) i++;
    if (i == seen_count && i < 4096) seen[seen_count++] = s;
    if (i < 4096) seen[i].count++;
}

int main(int argc, char **argv) {
    if (argc < 7) return 125;
    int record = !strcmp(argv[1], "record");
    long limit_ms = (long)(atof(argv[2]) * 1000);
    const char *output = argv[3];
    long error = 0, first = 0, last = 0, hits = 0, failed = 0;
    char **program;
    must_be_between(argv[4], argv[5]);
    if (record) {
        program = argv + 7;
    } else {
        if (argc < 13) return 125;
        int number = atoi(argv[6]);
        long operation = atol(argv[7]);
        error = atol(argv[8]), first = atol(argv[9]), last = atol(argv[10]);
        load(offsetof(struct seccomp_data, nr));
        must_be(number);
        if (operation >= 0 && operation_argument(number) >= 0) {
            load(low_word(operation_argument(number)));
            emit(BPF_ALU | BPF_AND | BPF_K, operation_mask(number), 0, 0);
            must_be(operation);
        }
        program = argv + 12;
    }
    emit(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF, 0, 0);

    /* The child's descriptors are ours until it execs: so the listener comes to us. */
    volatile int *listener = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *listener = -1;
    int text = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), none = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (text < 0 || none < 0) die(output);
    fflush(0);
    pid_t child = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
    if (child < 0) die("clone");
    if (child == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int fd = install();
        if (fd < 0) _exit(125);
        *listener = fd;
        syscall(SYS_unshare, CLONE_FILES);
        dup2(none, 0), dup2(text, 1), dup2(text, 2);
        execv(program[0], program);
        _exit(126);
    }
    int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    if (pidfd < 0) die("pidfd_open");
    long begin = now_ms(), ends = begin + limit_ms;
    int hung = 0, ended = 0;
    while (!ended) {
        int fd = *listener; /* once: the child sets it meanwhile */
        struct pollfd p[2] = {{pidfd, POLLIN, 0}, {fd, POLLIN, 0}};
        int n = poll(p, 2, fd < 0 ? 1 : (int)(ends > now_ms() ? ends - now_ms() : 0));
        if (now_ms() >= ends) {
            if (hung) break;
            kill(child, SIGQUIT);
            hung = 1, ends = now_ms() + 1000;
        }
        if (n <= 0) continue;
        if (p[0].revents) ended = 1;
        if (p[1].revents & POLLHUP) *listener = -2;
        if (!(p[1].revents & POLLIN)) continue;
        struct seccomp_notif call = {0};
        if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &call)) continue;
        if (record) note(&call.data);
        hits++;
        struct seccomp_notif_resp answer = {.id = call.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
        if (!record && hits >= first && hits <= last) answer.flags = 0, answer.error = -(int)error, failed++;
        ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
    kill(-child, SIGKILL);
    int status;
    struct rusage usage;
    if (wait4(child, &status, 0, &usage) != child) die("wait4");
    long cpu_ms = usage.ru_utime.tv_sec * 1000 + usage.ru_utime.tv_usec / 1000 + usage.ru_stime.tv_sec * 1000 + usage.ru_stime.tv_usec / 1000;
    const char *what = hung ? "hung" : WIFSIGNALED(status) ? "signal" : "exit";
    printf("%s %d hits %ld failed %ld ms %ld cpu %ld\n", what, hung ? 0 : WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), hits, failed,
           now_ms() - begin, cpu_ms);
    for (int i = 0; i < seen_count; i++) printf("call 0x%lx %ld %ld %ld\n", seen[i].at, seen[i].number, seen[i].operation, seen[i].count);
    return 0;
}

// The calls of signal(7)'s two lists, each with what it needs to block and what lets it go on. A row is one way to block.
#pragma once
#include "check.h"
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <mqueue.h>
#include <poll.h>
#include <pty.h>
#include <semaphore.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

// What a row stands on.
static int fds[2], more[2], word, ipc_id;
static mqd_t queue;
static sem_t sem;
static pid_t child;
static pthread_t caller;
static char big[1 << 20];
static const struct timespec ten_seconds = {10, 0};

// ---- before the call
static void none(void) {}
static void make_pipe(void) { CHECK(pipe(fds) == 0); }
static void make_pair(void) { CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0); }
// fds[1] takes nothing more.
static void fill_up(void) {
    CHECK(fcntl(fds[1], F_SETFL, O_NONBLOCK) == 0);
    for (size_t n = sizeof big; n; n /= 2)
        while (write(fds[1], big, n) > 0) {}
    CHECK(fcntl(fds[1], F_SETFL, 0) == 0);
}
static void make_full_pipe(void) { make_pipe(), fill_up(); }
static void make_full_pair(void) { make_pair(), fill_up(); }
static void limit_pair(void) {
    struct timeval limit = {10, 0};
    for (int i = 0; i < 2; i++)
        CHECK(setsockopt(fds[i], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 && setsockopt(fds[i], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0);
}
static void make_limited_pair(void) { make_pair(), limit_pair(); }
static void make_full_limited_pair(void) { make_full_pair(), limit_pair(); }
static void make_pty(void) { CHECK(openpty(&fds[1], &fds[0], 0, 0, 0) == 0); }
static void make_eventfd(void) { CHECK((fds[0] = eventfd(0, 0)) >= 0 && (fds[1] = dup(fds[0])) >= 0); }
static void make_timerfd(void) { CHECK((fds[0] = timerfd_create(CLOCK_MONOTONIC, 0)) >= 0 && (fds[1] = dup(fds[0])) >= 0); }
static void make_inotify(void) { CHECK((fds[0] = inotify_init1(0)) >= 0 && inotify_add_watch(fds[0], ".", IN_CREATE) >= 0 && (fds[1] = dup(fds[0])) >= 0); }
static void make_fifo(void) { unlink("fifo"); CHECK(mkfifo("fifo", 0600) == 0); }
static struct sockaddr_un address = {AF_UNIX, "listener"};
static void make_listener(void) {
    unlink(address.sun_path);
    CHECK((fds[0] = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0 && (fds[1] = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0);
    CHECK(bind(fds[0], (struct sockaddr*)&address, sizeof address) == 0 && listen(fds[0], 0) == 0);
}
static void make_limited_listener(void) { make_listener(), limit_pair(); }
static void fill_backlog(void) {
    CHECK((more[0] = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0 && connect(more[0], (struct sockaddr*)&address, sizeof address) == 0);
}
static void make_full_listener(void) { make_listener(), fill_backlog(); }
static void make_full_limited_listener(void) { make_limited_listener(), fill_backlog(); }
static void make_epoll(void) {
    struct epoll_event e = {.events = EPOLLIN};
    make_pipe();
    CHECK((more[0] = epoll_create1(0)) >= 0 && epoll_ctl(more[0], EPOLL_CTL_ADD, fds[0], &e) == 0);
}
static void make_queue(void) {
    struct mq_attr a = {.mq_maxmsg = 1, .mq_msgsize = 8};
    char name[64];
    snprintf(name, sizeof name, "/slow-calls-%d", getpid());
    CHECK((queue = mq_open(name, O_CREAT | O_RDWR, 0600, &a)) >= 0 && mq_unlink(name) == 0);
}
static void make_full_queue(void) { make_queue(); CHECK(mq_send(queue, "x", 1, 0) == 0); }
struct small_message { long type; char text[1000]; };
static struct small_message message = {1, ""};
static void make_messages(void) { CHECK((ipc_id = msgget(IPC_PRIVATE, 0600)) >= 0); }
static void make_full_messages(void) {
    make_messages();
    while (msgsnd(ipc_id, &message, sizeof message.text, IPC_NOWAIT) == 0) {}
}
static void make_semaphores(void) { CHECK((ipc_id = semget(IPC_PRIVATE, 1, 0600)) >= 0); }
static void make_sem(void) { CHECK(sem_init(&sem, 0, 0) == 0); }
static void make_shared_sem(void) { CHECK(sem_init(&sem, 1, 0) == 0); }
static void make_word(void) { word = 1; }
static struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
// A child that lives until it is killed, holding locks of the file.
static void make_child(void) {
    char c;
    make_pipe();
    CHECK((more[0] = open("locked", O_RDWR | O_CREAT, 0600)) >= 0);
    CHECK((child = fork()) >= 0);
    if (child) {
        CHECK(read(fds[0], &c, 1) == 1);
        return;
    }
    int fd = open("locked", O_RDWR);
    CHECK(fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0 && flock(fd, LOCK_EX) == 0 && write(fds[1], "x", 1) == 1);
    for (int i = 0; i < 100; i++) sleep_ms(500);
    _exit(0);
}

#if defined __x86_64__ || defined __i386__  // the others run under qemu-user
#define HAS_SECCOMP
#endif
#ifdef HAS_SECCOMP
// more[0] tells of the child's getppid(2), which it calls when it is written to (seccomp_unotify(2)).
static void make_notifier(void) {
    struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
                                 BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog filter = {4, code};
    long number = -1;
    make_pair();
    CHECK((child = fork()) >= 0);
    if (child) {
        CHECK(read(fds[1], &number, sizeof number) == sizeof number && number >= 0);
        CHECK((more[1] = (int)syscall(SYS_pidfd_open, child, 0)) >= 0 && (more[0] = (int)syscall(SYS_pidfd_getfd, more[1], number, 0)) >= 0);
        return;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) number = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
    CHECK(write(fds[0], &number, sizeof number) == sizeof number && read(fds[0], &number, 8) == 8);
    getppid();
    _exit(0);
}
#endif
// Beside a file, which has no readiness, poll and select wait in the kernel.
static void make_pipe_and_file(void) {
    make_pipe();
    CHECK((more[0] = open("plain", O_RDWR | O_CREAT, 0600)) >= 0);
}

// ---- the calls
static struct iovec* pieces(size_t n) {
    static struct iovec iov[2];
    iov[0] = (struct iovec){big, n / 2 + n % 2}, iov[1] = (struct iovec){big + n / 2 + n % 2, n / 2};
    return iov;
}
static struct msghdr* header(size_t n) {
    static struct msghdr m;
    m = (struct msghdr){.msg_iov = pieces(n), .msg_iovlen = 2};
    return &m;
}
static fd_set* one_fd(void) {
    static fd_set set;
    FD_ZERO(&set);
    FD_SET(fds[0], &set);
    return &set;
}
static struct pollfd* one_poll(void) {
    static struct pollfd f;
    f = (struct pollfd){fds[0], POLLIN, 0};
    return &f;
}
static struct pollfd* poll_and_file(void) {
    static struct pollfd f[2];
    f[0] = (struct pollfd){fds[0], POLLIN, 0}, f[1] = (struct pollfd){more[0], POLLPRI, 0};
    return f;
}
static fd_set* file_alone(void) {
    static fd_set set;
    FD_ZERO(&set);
    FD_SET(more[0], &set);
    return &set;
}
static struct epoll_event event;
static sigset_t now_blocked, waited_for;
static struct timespec ten_from_now, remaining_of;
static long error_as_errno(int e) { return e ? (errno = e, -1) : 0; }
static long opened(int fd) { return fd < 0 ? fd : close(fd); }
static pthread_mutex_t mutex;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static void lock_as(int type, int protocol, int shared) {
    pthread_mutexattr_t a;
    CHECK0(pthread_mutexattr_init(&a));
    CHECK0(pthread_mutexattr_settype(&a, type));
    CHECK0(pthread_mutexattr_setprotocol(&a, protocol));
    CHECK0(pthread_mutexattr_setpshared(&a, shared));
    CHECK0(pthread_mutex_init(&mutex, &a));
    CHECK0(pthread_mutex_lock(&mutex));
}
static void lock_mutex(void) { lock_as(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_PROCESS_PRIVATE); }
static void lock_recursive_mutex(void) { lock_as(PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE, PTHREAD_PROCESS_PRIVATE); }
static void lock_pi_mutex(void) { lock_as(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_INHERIT, PTHREAD_PROCESS_PRIVATE); }
static void lock_shared_mutex(void) { lock_as(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_PROCESS_SHARED); }
static void unlock_mutex(void) { CHECK0(pthread_mutex_unlock(&mutex)); }
static void lock_rwlock(void) { CHECK0(pthread_rwlock_wrlock(&rwlock)); }
static void unlock_rwlock(void) { CHECK0(pthread_rwlock_unlock(&rwlock)); }
static void make_pair_with_half(void) {
    make_pair();
    CHECK(write(fds[1], "1234", 4) == 4);
}
static void* sleeps_in_peace(void* p) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, 0);
    sleep_ms(1500);
    return p;
}
#define CALL(name, expression) static long name(void) { return (long)(expression); }
CALL(c_read, read(fds[0], big, 8))
CALL(c_readv, readv(fds[0], pieces(8), 2))
CALL(c_read_event, read(fds[0], big, 500))
CALL(c_write, write(fds[1], "12345678", 8))
CALL(c_write_big, write(fds[1], big, sizeof big))
CALL(c_writev, writev(fds[1], pieces(8), 2))
CALL(c_writev_big, writev(fds[1], pieces(sizeof big), 2))
CALL(c_open_fifo_to_read, opened(open("fifo", O_RDONLY)))
CALL(c_open_fifo_to_write, opened(open("fifo", O_WRONLY)))
CALL(c_waitpid, waitpid(child, &word, 0) == child ? 0 : -1)
CALL(c_waitid, waitid(P_PID, (id_t)child, &(siginfo_t){0}, WEXITED))
CALL(c_accept, accept(fds[0], 0, 0) >= 0 ? 0 : -1)
CALL(c_accept4, accept4(fds[0], 0, 0, SOCK_CLOEXEC) >= 0 ? 0 : -1)
CALL(c_connect, connect(fds[1], (struct sockaddr*)&address, sizeof address))
CALL(c_recv, recv(fds[0], big, 8, 0))
CALL(c_recv_all, recv(fds[0], big, 8, MSG_WAITALL))
CALL(c_recvfrom, recvfrom(fds[0], big, 8, 0, 0, 0))
CALL(c_recvmsg, recvmsg(fds[0], header(8), 0))
CALL(c_recvmsg_all, recvmsg(fds[0], header(8), MSG_WAITALL))
CALL(c_recvmmsg, recvmmsg(fds[0], &(struct mmsghdr){*header(8), 0}, 1, 0, 0))
CALL(c_recvmmsg_timeout, recvmmsg(fds[0], &(struct mmsghdr){*header(8), 0}, 1, 0, &(struct timespec){10, 0}))
#ifdef HAS_SECCOMP
CALL(c_notification, ioctl(more[0], SECCOMP_IOCTL_NOTIF_RECV, &(struct seccomp_notif){0}))
#endif
CALL(c_poll_file, poll(poll_and_file(), 2, -1))
CALL(c_poll_file_timeout, poll(poll_and_file(), 2, 10000))
CALL(c_ppoll_file, ppoll(poll_and_file(), 2, &ten_seconds, &now_blocked))
CALL(c_select_file, select((fds[0] > more[0] ? fds[0] : more[0]) + 1, one_fd(), 0, file_alone(), &(struct timeval){10, 0}))
CALL(c_send, send(fds[1], "12345678", 8, 0))
CALL(c_send_big, send(fds[1], big, sizeof big, 0))
CALL(c_sendmsg, sendmsg(fds[1], header(8), 0))
CALL(c_sendmsg_big, sendmsg(fds[1], header(sizeof big), 0))
CALL(c_flock, flock(more[0], LOCK_EX))
CALL(c_setlkw, fcntl(more[0], F_SETLKW, &lock))
CALL(c_ofd_setlkw, fcntl(more[0], F_OFD_SETLKW, &lock))
CALL(c_lockf, lockf(more[0], F_LOCK, 1))
CALL(c_mq_receive, mq_receive(queue, big, 8, 0))
CALL(c_mq_timedreceive, mq_timedreceive(queue, big, 8, 0, &ten_from_now))
CALL(c_mq_send, mq_send(queue, "y", 1, 0))
CALL(c_mq_timedsend, mq_timedsend(queue, "y", 1, 0, &ten_from_now))
CALL(c_futex, syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, 0))
CALL(c_futex_timeout, syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, &ten_seconds))
CALL(c_futex_bitset, syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 1, &ten_from_now, 0, -1))
CALL(c_futex_shared, syscall(SYS_futex, &word, FUTEX_WAIT, 1, 0))
CALL(c_futex_shared_timeout, syscall(SYS_futex, &word, FUTEX_WAIT, 1, &ten_seconds))
CALL(c_sem_wait, sem_wait(&sem))
CALL(c_sem_timedwait, sem_timedwait(&sem, &ten_from_now))
CALL(c_pause, pause())
CALL(c_sigsuspend, sigsuspend(&now_blocked))
CALL(c_sigtimedwait, syscall(SYS_rt_sigtimedwait, &waited_for, 0, &ten_seconds, 8))
CALL(c_sigwaitinfo, syscall(SYS_rt_sigtimedwait, &waited_for, 0, 0, 8))
CALL(c_epoll_wait, epoll_wait(more[0], &event, 1, -1))
CALL(c_epoll_wait_timeout, epoll_wait(more[0], &event, 1, 10000))
CALL(c_epoll_pwait, epoll_pwait(more[0], &event, 1, 10000, &now_blocked))
CALL(c_poll, poll(one_poll(), 1, -1))
CALL(c_poll_timeout, poll(one_poll(), 1, 10000))
CALL(c_ppoll, ppoll(one_poll(), 1, &ten_seconds, &now_blocked))
CALL(c_select, select(fds[0] + 1, one_fd(), 0, 0, 0))
CALL(c_select_timeout, select(fds[0] + 1, one_fd(), 0, 0, &(struct timeval){10, 0}))
CALL(c_pselect, pselect(fds[0] + 1, one_fd(), 0, 0, &ten_seconds, &now_blocked))
CALL(c_msgrcv, msgrcv(ipc_id, &(struct small_message){0}, 1000, 0, 0))
CALL(c_msgsnd, msgsnd(ipc_id, &message, sizeof message.text, 0))
CALL(c_semop, semop(ipc_id, &(struct sembuf){0, -1, 0}, 1))
CALL(c_semtimedop, semtimedop(ipc_id, &(struct sembuf){0, -1, 0}, 1, (struct timespec*)&ten_seconds))
CALL(c_nanosleep, nanosleep(&ten_seconds, &remaining_of))
CALL(c_clock_nanosleep, error_as_errno(clock_nanosleep(CLOCK_MONOTONIC, 0, &ten_seconds, &remaining_of)))
CALL(c_clock_nanosleep_absolute, error_as_errno(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &ten_from_now, 0)))
CALL(c_clock_nanosleep_cpu, error_as_errno(clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &ten_seconds, &remaining_of)))
CALL(c_sleep, sleep(10) >= 9)

CALL(c_mutex, error_as_errno(pthread_mutex_lock(&mutex)) || error_as_errno(pthread_mutex_unlock(&mutex)))
CALL(c_mutex_timeout, error_as_errno(pthread_mutex_timedlock(&mutex, &ten_from_now)) || error_as_errno(pthread_mutex_unlock(&mutex)))
CALL(c_rwlock, error_as_errno(pthread_rwlock_rdlock(&rwlock)) || error_as_errno(pthread_rwlock_unlock(&rwlock)))
CALL(c_join, error_as_errno(pthread_join(start(sleeps_in_peace, 0), 0)))

// ---- what lets it go on
static void write_8(void) { CHECK(write(fds[1], "12345678", 8) == 8); }
static void write_half(void) { CHECK(write(fds[1], "1234", 4) == 4); }
static void write_line(void) { CHECK(write(fds[1], "1234567\n", 8) == 8); }
static void write_one(void) { CHECK(write(fds[1], &(long){1}, 8) == 8); }
static void arm_timer(void) { CHECK(timerfd_settime(fds[0], 0, &(struct itimerspec){{0, 0}, {0, 1}}, 0) == 0); }
static void create_file(void) { CHECK(close(open("created", O_CREAT | O_RDWR, 0600)) == 0 && unlink("created") == 0); }
static void drain(void) {
    CHECK(fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
    for (int empty = 0; empty < 20; empty++) {  // what comes in behind, too
        while (read(fds[0], big, sizeof big) > 0) empty = 0;
        sleep_ms(1);
    }
}
static void open_to_read(void) { CHECK((more[1] = open("fifo", O_RDONLY | O_NONBLOCK)) >= 0); }
static void open_to_write(void) { CHECK((more[1] = open("fifo", O_RDWR)) >= 0); }
static void kill_child(void) { CHECK(kill(child, SIGKILL) == 0); }
static void connect_it(void) { CHECK(connect(fds[1], (struct sockaddr*)&address, sizeof address) == 0); }
static void accept_one(void) { CHECK((more[1] = accept(fds[0], 0, 0)) >= 0); }
static void mq_put(void) { CHECK(mq_send(queue, "x", 1, 0) == 0); }
static void mq_take(void) { CHECK(mq_receive(queue, big, 8, 0) == 1); }
static void wake_word(void) { syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1); }
static void wake_word_shared(void) { syscall(SYS_futex, &word, FUTEX_WAKE, 1); }
static void post(void) { sem_post(&sem); }
static void signal_again(void) { CHECK0(pthread_kill(caller, SIGUSR2)); }
static void send_waited(void) { CHECK0(pthread_kill(caller, SIGRTMIN + 9)); }
static void msg_put(void) { CHECK(msgsnd(ipc_id, &message, 1, 0) == 0); }
static void msg_take(void) { CHECK(msgrcv(ipc_id, &(struct small_message){0}, 1000, 0, 0) >= 0); }
static void sem_up(void) { CHECK(semop(ipc_id, &(struct sembuf){0, 1, 0}, 1) == 0); }

static void drop_messages(void) { msgctl(ipc_id, IPC_RMID, 0); }
static void drop_semaphores(void) { semctl(ipc_id, 0, IPC_RMID); }
static void drop_child(void) { kill(child, SIGKILL), waitpid(child, 0, 0); }
static void drop_queue(void) { mq_close(queue); }

struct row {
    const char* name;
    void (*before)(void);
    long (*call)(void);
    void (*complete)(void);
    void (*after)(void);  // or null
};
static const struct row rows[] = {
    // restarted with SA_RESTART
    {"read pipe", make_pipe, c_read, write_8, 0},
    {"readv pipe", make_pipe, c_readv, write_8, 0},
    {"read socket", make_pair, c_read, write_8, 0},
    {"read terminal", make_pty, c_read, write_line, 0},
    {"read eventfd", make_eventfd, c_read, write_one, 0},
    {"read timerfd", make_timerfd, c_read, arm_timer, 0},
    {"read inotify", make_inotify, c_read_event, create_file, 0},
    {"write pipe", make_full_pipe, c_write, drain, 0},
    {"writev pipe", make_full_pipe, c_writev, drain, 0},
    {"write socket", make_full_pair, c_write, drain, 0},
    {"open fifo to read", make_fifo, c_open_fifo_to_read, open_to_write, 0},
    {"open fifo to write", make_fifo, c_open_fifo_to_write, open_to_read, 0},
    {"waitpid", make_child, c_waitpid, kill_child, drop_child},
    {"waitid", make_child, c_waitid, kill_child, drop_child},
    {"accept", make_listener, c_accept, connect_it, 0},
    {"accept4", make_listener, c_accept4, connect_it, 0},
    {"connect", make_full_listener, c_connect, accept_one, 0},
    {"recv", make_pair, c_recv, write_8, 0},
    {"recvfrom", make_pair, c_recvfrom, write_8, 0},
    {"recvmsg", make_pair, c_recvmsg, write_8, 0},
    {"recvmmsg", make_pair, c_recvmmsg, write_8, 0},
    {"recvmmsg, time-out", make_pair, c_recvmmsg_timeout, write_8, 0},
#ifdef HAS_SECCOMP
    {"ioctl", make_notifier, c_notification, write_8, drop_child},
#endif
    {"poll beside a file", make_pipe_and_file, c_poll_file, write_8, 0},
    {"poll beside a file, time-out", make_pipe_and_file, c_poll_file_timeout, write_8, 0},
    {"ppoll beside a file", make_pipe_and_file, c_ppoll_file, write_8, 0},
    {"select beside a file", make_pipe_and_file, c_select_file, write_8, 0},
    {"send", make_full_pair, c_send, drain, 0},
    {"sendmsg", make_full_pair, c_sendmsg, drain, 0},
    {"recv all", make_pair, c_recv_all, write_8, 0},
    {"recvmsg all", make_pair, c_recvmsg_all, write_8, 0},
    {"flock", make_child, c_flock, kill_child, drop_child},
    {"fcntl F_SETLKW", make_child, c_setlkw, kill_child, drop_child},
    {"fcntl F_OFD_SETLKW", make_child, c_ofd_setlkw, kill_child, drop_child},
    {"lockf", make_child, c_lockf, kill_child, drop_child},
    {"mq_receive", make_queue, c_mq_receive, mq_put, drop_queue},
    {"mq_timedreceive", make_queue, c_mq_timedreceive, mq_put, drop_queue},
    {"mq_send", make_full_queue, c_mq_send, mq_take, drop_queue},
    {"mq_timedsend", make_full_queue, c_mq_timedsend, mq_take, drop_queue},
    {"futex", make_word, c_futex, wake_word, 0},
    {"futex, shared", make_word, c_futex_shared, wake_word_shared, 0},
    {"sem_wait", make_sem, c_sem_wait, post, 0},
    {"sem_wait, shared", make_shared_sem, c_sem_wait, post, 0},
    // something is moved before the signal
    {"write pipe, some", make_pipe, c_write_big, drain, 0},
    {"writev pipe, some", make_pipe, c_writev_big, drain, 0},
    {"write socket, some", make_pair, c_write_big, drain, 0},
    {"send, some", make_pair, c_send_big, drain, 0},
    {"sendmsg, some", make_pair, c_sendmsg_big, drain, 0},
    {"recv all, some", make_pair_with_half, c_recv_all, write_half, 0},
    // never end with EINTR
    {"mutex", lock_mutex, c_mutex, unlock_mutex, 0},
    {"mutex, recursive", lock_recursive_mutex, c_mutex, unlock_mutex, 0},
    {"mutex, priority-inheriting", lock_pi_mutex, c_mutex, unlock_mutex, 0},
    {"mutex, priority-inheriting, time-out", lock_pi_mutex, c_mutex_timeout, unlock_mutex, 0},
    {"mutex, shared", lock_shared_mutex, c_mutex, unlock_mutex, 0},
    {"mutex, time-out", lock_mutex, c_mutex_timeout, unlock_mutex, 0},
    {"rwlock", lock_rwlock, c_rwlock, unlock_rwlock, 0},
    {"join", none, c_join, none, 0},
    // with a time-out
    {"futex, time-out", make_word, c_futex_timeout, wake_word, 0},
    {"futex bitset, time-out", make_word, c_futex_bitset, wake_word, 0},
    {"futex, shared, time-out", make_word, c_futex_shared_timeout, wake_word_shared, 0},
    {"sem_timedwait", make_sem, c_sem_timedwait, post, 0},
    {"sem_timedwait, shared", make_shared_sem, c_sem_timedwait, post, 0},
    // never restarted
    {"read, SO_RCVTIMEO", make_limited_pair, c_read, write_8, 0},
    {"recv, SO_RCVTIMEO", make_limited_pair, c_recv, write_8, 0},
    {"recv all, SO_RCVTIMEO", make_limited_pair, c_recv_all, write_8, 0},
    {"recvmsg, SO_RCVTIMEO", make_limited_pair, c_recvmsg, write_8, 0},
    {"accept, SO_RCVTIMEO", make_limited_listener, c_accept, connect_it, 0},
    {"write, SO_SNDTIMEO", make_full_limited_pair, c_write, drain, 0},
    {"send, SO_SNDTIMEO", make_full_limited_pair, c_send, drain, 0},
    {"sendmsg, SO_SNDTIMEO", make_full_limited_pair, c_sendmsg, drain, 0},
    {"send, SO_SNDTIMEO, some", make_limited_pair, c_send_big, drain, 0},
    {"connect, SO_SNDTIMEO", make_full_limited_listener, c_connect, accept_one, 0},
    {"pause", none, c_pause, signal_again, 0},
    {"sigsuspend", none, c_sigsuspend, signal_again, 0},
    {"sigtimedwait", none, c_sigtimedwait, send_waited, 0},
    {"sigwaitinfo", none, c_sigwaitinfo, send_waited, 0},
    {"epoll_wait", make_epoll, c_epoll_wait, write_8, 0},
    {"epoll_wait, time-out", make_epoll, c_epoll_wait_timeout, write_8, 0},
    {"epoll_pwait", make_epoll, c_epoll_pwait, write_8, 0},
    {"poll", make_pipe, c_poll, write_8, 0},
    {"poll, time-out", make_pipe, c_poll_timeout, write_8, 0},
    {"ppoll", make_pipe, c_ppoll, write_8, 0},
    {"select", make_pipe, c_select, write_8, 0},
    {"select, time-out", make_pipe, c_select_timeout, write_8, 0},
    {"pselect", make_pipe, c_pselect, write_8, 0},
    {"msgrcv", make_messages, c_msgrcv, msg_put, drop_messages},
    {"msgsnd", make_full_messages, c_msgsnd, msg_take, drop_messages},
    {"semop", make_semaphores, c_semop, sem_up, drop_semaphores},
    {"semtimedop", make_semaphores, c_semtimedop, sem_up, drop_semaphores},
    {"nanosleep", none, c_nanosleep, none, 0},
    {"clock_nanosleep", none, c_clock_nanosleep, none, 0},
    {"clock_nanosleep, absolute", none, c_clock_nanosleep_absolute, none, 0},
    {"clock_nanosleep, CPU time", none, c_clock_nanosleep_cpu, none, 0},
    {"sleep", none, c_sleep, none, 0},
};
enum { row_count = sizeof rows / sizeof *rows };

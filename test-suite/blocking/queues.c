// Goal: queues and semaphores of System V, queues of POSIX, asynchronous I/O of the kernel. Method: as polling.c.
// RUN: %blocking
#include "inputs/row.h"
#include <linux/aio_abi.h>
#include <mqueue.h>
#include <poll.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

// ---- System V
static struct { long type; char text[8000]; } big = {1, ""};
static void make_messages(struct slot* s) { CHECK((s->id = msgget(IPC_PRIVATE, 0600)) >= 0); }
static void make_full_messages(struct slot* s) {
    make_messages(s);
    for (size_t n = sizeof big.text; n; n /= 2)
        while (msgsnd((int)s->id, &big, n, IPC_NOWAIT) == 0) {}
}
static void drop_messages(struct slot* s) { msgctl((int)s->id, IPC_RMID, 0); }
static void put(struct slot* s) { CHECK(msgsnd((int)s->id, &big, 5, 0) == 0); }
static void take(struct slot* s) {
    static struct { long type; char text[8000]; } there;
    CHECK(msgrcv((int)s->id, &there, sizeof there.text, 0, 0) == sizeof there.text);
}
static void make_semaphores(struct slot* s) { CHECK((s->id = semget(IPC_PRIVATE, 1, 0600)) >= 0); }
static void drop_semaphores(struct slot* s) { semctl((int)s->id, 0, IPC_RMID); }
static void raise_semaphore(struct slot* s) { CHECK(semop((int)s->id, &(struct sembuf){0, 1, 0}, 1) == 0); }

static void a_msgrcv(struct slot* s, long* a) { a[0] = s->id, a[1] = (long)s->data, a[2] = 100; }
static void a_msgsnd(struct slot* s, long* a) { *(long*)s->data = 1, a[0] = s->id, a[1] = (long)s->data, a[2] = 100; }
static void a_semop(struct slot* s, long* a) { *(struct sembuf*)s->data = (struct sembuf){0, -1, 0}, a[0] = s->id, a[1] = (long)s->data, a[2] = 1; }
static void a_semtimedop(struct slot* s, long* a) { a_semop(s, a), a[3] = (long)s->limit; }
static long c_msgrcv(const long* a) { return msgrcv((int)a[0], (void*)a[1], (size_t)a[2], a[3], (int)a[4]); }
static long c_msgsnd(const long* a) { return msgsnd((int)a[0], (void*)a[1], (size_t)a[2], (int)a[3]); }

// ---- POSIX
static void make_queue(struct slot* s) {
    snprintf(s->name, sizeof s->name, "/blocking-%d-%d", getpid(), s->index);
    CHECK((s->fd[0] = mq_open(s->name, O_CREAT | O_RDWR, 0600, &(struct mq_attr){.mq_maxmsg = 1, .mq_msgsize = 8})) >= 0 && mq_unlink(s->name) == 0);
}
static void mq_put(struct slot* s) { CHECK(mq_send(s->fd[0], "12345678", 8, 0) == 0); }
static void make_full_queue(struct slot* s) { make_queue(s), mq_put(s); }
static void mq_take(struct slot* s) { char there[8]; CHECK(mq_receive(s->fd[0], there, 8, 0) == 8); }
static struct timespec* soon(struct slot* s) {
    if (s->limit) s->ts = in_ms(CLOCK_REALTIME, 60);
    return s->limit;
}
static void a_mq_receive(struct slot* s, long* a) { a[0] = s->fd[0], a[1] = (long)s->data, a[2] = 8, a[3] = (long)(s->data + 64), a[4] = (long)soon(s); }
static void a_mq_send(struct slot* s, long* a) { a[0] = s->fd[0], a[1] = (long)s->data, a[2] = 8, a[4] = (long)soon(s); }
static long c_mq_receive(const long* a) { return mq_timedreceive((int)a[0], (char*)a[1], (size_t)a[2], (unsigned*)a[3], (struct timespec*)a[4]); }
static long c_mq_send(const long* a) { return mq_timedsend((int)a[0], (char*)a[1], (size_t)a[2], (unsigned)a[3], (struct timespec*)a[4]); }

// ---- io_setup(2)
static void make_context(struct slot* s) {
    aio_context_t context = 0;
    open_file(s);
    CHECK(syscall(SYS_io_setup, 4, &context) == 0);
    s->id = (long)context;
}
static void drop_context(struct slot* s) { syscall(SYS_io_destroy, s->id); }
static struct iocb* request(struct slot* s) {
    struct iocb* r = (struct iocb*)(s->data + 64);
    *r = (struct iocb){.aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = (unsigned)s->fd[0], .aio_buf = (unsigned long)(s->data + 192), .aio_nbytes = 8};
    return r;
}
static void complete_one(struct slot* s) {
    struct iocb* r = request(s);
    CHECK(syscall(SYS_io_submit, s->id, 1, &r) == 1);
}
static sigset_t mask;
static struct { const sigset_t* set; size_t size; } mask_and_size = {&mask, 8};
static void a_getevents(struct slot* s, long* a) { a[0] = s->id, a[1] = 1, a[2] = 1, a[3] = (long)s->data, a[4] = (long)s->limit; }
static void a_pgetevents(struct slot* s, long* a) { a_getevents(s, a), a[5] = (long)&mask_and_size; }

const struct row rows[] = {
    {CALL(msgrcv), .most = hand_off, .make = make_messages, .args = a_msgrcv, .libc = c_msgrcv, .pointers = ARG(1), .data = put, .shut = drop_messages,
     .drop = drop_messages},
    {CALL(msgsnd), .most = hand_off, .make = make_full_messages, .args = a_msgsnd, .libc = c_msgsnd, .pointers = ARG(1), .data = take, .shut = drop_messages,
     .drop = drop_messages},
    {CALL(semop), .most = hand_off, .make = make_semaphores, .args = a_semop, .pointers = ARG(1), .data = raise_semaphore, .shut = drop_semaphores,
     .drop = drop_semaphores},
    {CALL(semtimedop), .most = hand_off, .make = make_semaphores, .args = a_semtimedop, .pointers = ARG(1) | ARG(3), .data = raise_semaphore, .limit = limit_ts,
     .shut = drop_semaphores, .drop = drop_semaphores},
    {CALL(mq_timedreceive), .most = hand_off, .make = make_queue, .args = a_mq_receive, .libc = c_mq_receive, .pointers = ARG(1) | ARG(3) | ARG(4), .data = mq_put,
     .limit = limit_ts},
    {CALL(mq_timedsend), .most = hand_off, .make = make_full_queue, .args = a_mq_send, .libc = c_mq_send, .pointers = ARG(1) | ARG(4), .data = mq_take,
     .limit = limit_ts},
    {CALL(io_getevents), .most = 20, .make = make_context, .args = a_getevents, .pointers = ARG(3) | ARG(4), .data = complete_one, .limit = limit_ts,
     .drop = drop_context},
    {CALL(io_pgetevents), .most = 20, .make = make_context, .args = a_pgetevents, .pointers = ARG(3) | ARG(4) | ARG(5), .data = complete_one,
     .limit = limit_ts, .drop = drop_context},
};
ROW_COUNT

// Goal: aio_read, aio_write, aio_suspend, aio_cancel and lio_listio with many requests in the air, from many threads: each request has its own result; who waits
// holds no kernel thread. Method: 200 requests wait on pipes of their own (musl serves each by a thread); they are suspended for, answered and collected;
// 20 threads write and read a block each of one file by lists.
// RUN: %matrix --seconds 60 %s
#include "blocked.h"

#include <aio.h>

enum { pipes = 200, writers = 20, blocks = 8, bytes_of_block = 4096 };

static int fds[pipes][2];
static struct aiocb reads[pipes];
static unsigned char bytes[pipes];
static int notified;

static void* waits_for(void* p) {
    struct aiocb* one = &reads[(long)p];
    const struct aiocb* list[] = {one};
    enter();
    CHECK(aio_suspend(list, 1, 0) == 0);
    CHECK(aio_error(one) == 0 && aio_return(one) == 1);
    return 0;
}

static void requests_on_pipes(void) {
    for (int i = 0; i < pipes; i++) {
        CHECK(pipe(fds[i]) == 0);
        reads[i] = (struct aiocb){.aio_fildes = fds[i][0], .aio_buf = &bytes[i], .aio_nbytes = 1};
        CHECK(aio_read(&reads[i]) == 0);
    }
    pthread_t t[pipes - 1];
    block(t, pipes - 1, waits_for);
    struct timespec soon = {0, 20000000};
    const struct aiocb* last[] = {&reads[pipes - 1]};
    CHECK(aio_suspend(last, 1, &soon) == -1 && errno == EAGAIN);
    CHECK(aio_error(last[0]) == EINPROGRESS);
    CHECK(aio_cancel(fds[pipes - 1][0], &reads[pipes - 1]) == AIO_CANCELED);
    while (aio_error(last[0]) == EINPROGRESS) sched_yield();  // musl says so a moment after it has returned
    CHECK(aio_error(last[0]) == ECANCELED && aio_return(&reads[pipes - 1]) == -1);
    for (int i = 0; i < pipes - 1; i++) {
        char byte = (char)i;
        CHECK(write(fds[i][1], &byte, 1) == 1);
    }
    for (int i = 0; i < pipes - 1; i++) {
        join(t[i]);
        CHECK(bytes[i] == (unsigned char)i);
    }
}

static void done(union sigval value) {
    ADD(notified, 1);
    STORE(*(int*)value.sival_ptr, 1);
}

// A list to write, waited for; one to read back, told of by a thread.
static void* lists(void* p) {
    static int file = -1;
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    if (file < 0) {
        char name[] = "/tmp/coro-aio-XXXXXX";
        CHECK((file = mkstemp(name)) >= 0 && unlink(name) == 0);
    }
    pthread_mutex_unlock(&lock);
    long me = (long)p;
    char* out = malloc(blocks * bytes_of_block);
    char* in = calloc(blocks, bytes_of_block);
    CHECK(out && in);
    memset(out, 'a' + (int)me, blocks * bytes_of_block);
    struct aiocb of[2][blocks];
    struct aiocb* list[2][blocks];
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < blocks; i++) {
            of[k][i] = (struct aiocb){.aio_fildes = file, .aio_buf = (k ? in : out) + i * bytes_of_block, .aio_nbytes = bytes_of_block,
                                      .aio_offset = (me * blocks + i) * bytes_of_block, .aio_lio_opcode = k ? LIO_READ : LIO_WRITE};
            list[k][i] = &of[k][i];
        }
    CHECK(lio_listio(LIO_WAIT, list[0], blocks, 0) == 0);
    for (int i = 0; i < blocks; i++) CHECK(aio_error(&of[0][i]) == 0 && aio_return(&of[0][i]) == bytes_of_block);
    int told = 0;
    struct sigevent tell = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = done, .sigev_value.sival_ptr = &told};
    CHECK(lio_listio(LIO_NOWAIT, list[1], blocks, &tell) == 0);
    for (int i = 0; i < blocks; i++) {
        const struct aiocb* one[] = {&of[1][i]};
        while (aio_error(one[0]) == EINPROGRESS) CHECK(aio_suspend(one, 1, 0) == 0);
        CHECK(aio_return(&of[1][i]) == bytes_of_block);
    }
    while (!LOAD(told)) sched_yield();  // until then the requests belong to the list
    CHECK(memcmp(in, out, blocks * bytes_of_block) == 0);
    free(in), free(out);
    return 0;
}

int main(void) {
    requests_on_pipes();
    pthread_t t[writers];
    for (long i = 0; i < writers; i++) t[i] = start(lists, (void*)i);
    for (int i = 0; i < writers; i++) join(t[i]);
    CHECK(LOAD(notified) == writers);
    return 0;
}

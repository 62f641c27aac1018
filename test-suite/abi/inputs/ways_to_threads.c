// Every call of libc that makes a thread, one for each way; -DWAY chooses.
#include <aio.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static void* f(void* p) { return p; }
static int g(void* p) { return 0; }
static void notify(union sigval v) {}

int main(void) {
#if defined PTHREAD
    pthread_t t;
    return pthread_create(&t, 0, f, 0) || pthread_join(t, 0);
#elif defined C11
    thrd_t t;
    return thrd_create(&t, g, 0) != thrd_success || thrd_join(t, 0) != thrd_success;
#elif defined TIMER
    timer_t t;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = notify};
    return timer_create(CLOCK_MONOTONIC, &event, &t) || timer_delete(t);
#elif defined AIO
    char c = 0;
    struct aiocb block = {.aio_fildes = open("/dev/null", O_WRONLY), .aio_buf = &c, .aio_nbytes = 1};
    const struct aiocb* list[] = {&block};
    return aio_write(&block) || aio_suspend(list, 1, 0) || aio_return(&block) != 1;
#elif defined MQUEUE
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = notify};
    return mq_notify(-1, &event) != -1;  // no queue: it fails, with the thread made
#endif
}

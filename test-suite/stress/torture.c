// Goal: everything at once, drawn by a seed: signals to threads and to the process, timers, jumps out of handlers, cancellation, fork, exec, threads that
// come and go, numbers closed under waiters, time-outs. Nothing is lost or made up: bytes, tokens, queued signals (each handled or taken once),
// threads; EINTR comes only to a thread that ran a handler; nothing expires early. Method: actors of a kind drawn for each, for TORTURE_SECONDS
// (2); TORTURE_SEED repeats the draw. ci/torture runs it for long.
// RUN: %matrix --seconds 120 %s
#include "inputs/torture.h"
#include "inputs/torture_cancel.h"
#include "inputs/torture_io.h"
#include "blocked.h"
#include <sys/stat.h>
#include <sys/time.h>

// ---- threads that come and go
static int born, ran, gone;
static pthread_key_t key;
static void destroyed(void* p) { ADD(gone, 1); }
static void* short_life(void* p) {
    CHECK0(pthread_setspecific(key, p));
    ADD(ran, 1);
    switch ((long)p % 4) {
    case 0: sched_yield(); break;
    case 1: sleep_ms(1); break;
    case 2: pthread_exit(p);
    }
    return p;
}
static void some_lives(void) {
    pthread_t t[8];
    pthread_attr_t a;
    pthread_attr_init(&a);
    CHECK0(pthread_attr_setstacksize(&a, chance(2) ? 1 << 16 : 1 << 18));
    int n = 1 + chance(8), detached = 0;
    for (long i = 0; i < n; i++) {
        long value = 1 + chance(1000);
        CHECK0(pthread_create(&t[i], &a, short_life, (void*)value));
        ADD(born, 1);
        if (chance(3)) continue;
        CHECK0(pthread_detach(t[i]));
        detached |= 1 << i;
    }
    for (int i = 0; i < n; i++)
        if (!(detached >> i & 1)) CHECK(join(t[i]) != 0);
    pthread_attr_destroy(&a);
}

// ---- children
static void* child_reads(void* p) {
    char c = 0;
    long n;
    while ((n = read(*(int*)p, &c, 1)) < 0) CHECK(errno == EINTR);
    return (void*)(n * c);
}
static void one_child(int depth) {
    int fds[2], way = chance(4), status = 0;
    CHECK(pipe(fds) == 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        child_ends_by_itself();
        if (way == 0) _exit(7);
        if (way == 1) {
            execl("/bin/sh", "sh", "-c", "exit 7", (char*)0);
            _exit(1);
        }
        pthread_t t[3];
        for (int i = 0; i < 3; i++) t[i] = start(child_reads, &fds[0]);
        if (way == 2 && depth < 2) one_child(depth + 1);
        CHECK0(pthread_kill(t[0], restarting));
        CHECK(kill(getpid(), interrupting) == 0);
        CHECK(write(fds[1], "abc", 3) == 3);
        long sum = 0;
        for (int i = 0; i < 3; i++) sum += (long)join(t[i]);
        CHECK(sum == 'a' + 'b' + 'c');
        if (way == 2) exit(7);
        _exit(7);
    }
    for (;;) {
        int before = my_handlers;
        pid_t r = waitpid(pid, &status, 0);
        if (r == pid) break;
        CHECK(r < 0 && INTERRUPTED(before));
    }
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    CHECK(close(fds[0]) == 0 && close(fds[1]) == 0);
}

// ---- tokens that go round between all who take part
static pthread_mutex_t token_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t token_there = PTHREAD_COND_INITIALIZER;
static sem_t token_sem;
static int token_pipe[2], tokens_in_cond;
enum { tokens = 24 };
static void pass_token(void) {
    int way = chance(3), before = my_handlers;
    char c;
    if (way == 0) {
        CHECK0(pthread_mutex_lock(&token_lock));
        struct timespec at = in_ms(CLOCK_REALTIME, 5);
        while (!tokens_in_cond && pthread_cond_timedwait(&token_there, &token_lock, &at) == 0) {}
        int had = tokens_in_cond > 0;
        tokens_in_cond -= had;
        CHECK0(pthread_mutex_unlock(&token_lock));
        if (!had) return;
    } else if (way == 1) {
        struct timespec at = in_ms(CLOCK_REALTIME, 5);
        if (sem_timedwait(&token_sem, &at)) {
            CHECK(errno == ETIMEDOUT || INTERRUPTED(before));
            return;
        }
    } else {
        long r = read(token_pipe[0], &c, 1);  // non-blocking
        if (r != 1) {
            CHECK(r < 0 && (errno == EAGAIN || INTERRUPTED(before)));
            return;
        }
        CHECK(c == 't');
    }
    way = chance(3);
    if (way == 0) {
        CHECK0(pthread_mutex_lock(&token_lock));
        tokens_in_cond++;
        CHECK0(chance(2) ? pthread_cond_signal(&token_there) : pthread_cond_broadcast(&token_there));
        CHECK0(pthread_mutex_unlock(&token_lock));
    } else if (way == 1) {
        CHECK(sem_post(&token_sem) == 0);
    } else {
        while (write(token_pipe[1], "t", 1) != 1) CHECK(errno == EINTR);
    }
}
static int count_tokens(void) {
    int n = tokens_in_cond;
    char c;
    while (sem_trywait(&token_sem) == 0) n++;
    while (read(token_pipe[0], &c, 1) == 1) n++;
    return n;
}

// ---- signals
static int all_sent;
static void* waits_for_signals(void* p) {
    sigset_t set;
    siginfo_t info;
    seed_thread((long)p);
    sigemptyset(&set);
    sigaddset(&set, waited);
    while (!LOAD(all_sent) || LOAD(waited_taken) < LOAD(waited_sent)) {
        struct timespec limit = {0, chance(3) * 1000000};
        int sig = sigtimedwait(&set, &info, &limit);
        CHECK(sig == waited || (sig == -1 && errno == EAGAIN));
        if (sig != waited) continue;
        CHECK(info.si_code == SI_QUEUE && info.si_value.sival_int == 77);
        ADD(waited_taken, 1);
    }
    return 0;
}
enum { actors = 20 };
static pthread_t actor[actors];
static int done[actors], jumps[actors];
static void spray(void) {
    for (int i = 10; i > 0; i--) {
        int who = chance(actors), what = chance(8);
        if (what < 4) CHECK0(pthread_kill(actor[who], jumps[who] && chance(2) ? jumping : what % 2 ? restarting : interrupting));
        else if (what == 4) CHECK(kill(getpid(), restarting) == 0);
        // As many are on their way as every limit on queued signals allows.
        else if (what == 5 && LOAD(counted_sent) - LOAD(counted_handled) < 20) {
            ADD(counted_sent, 1);
            CHECK(sigqueue(getpid(), counted, (union sigval){0}) == 0);
        } else if (what == 6 && LOAD(waited_sent) - LOAD(waited_taken) < 20) {
            ADD(waited_sent, 1);
            CHECK(sigqueue(getpid(), waited, (union sigval){77}) == 0);
        }
        if (chance(2)) sched_yield();
    }
    if (chance(3) == 0) sleep_ms(1);
}

// ---- the actors
enum { k_cancel, k_jump, k_stream, k_close, k_shutdown, k_timeout, k_lives, k_child, k_token, k_loop, kinds };
static const char* const names[] = {"cancel", "jump", "stream", "close", "shutdown", "timeout", "lives", "child", "token", "loop"};
static int kind[actors];
static pthread_barrier_t all_here;
static void* acts(void* p) {
    long number = (long)p;
    int empty[2], pair[2];
    seed_thread(number + 100);
    my_handler_calls = 1;
    CHECK(pipe(empty) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    pthread_barrier_wait(&all_here);
    while (!LOAD(stop)) {
        switch (kind[number]) {
        case k_cancel: one_cancellation(number); break;
        case k_jump: jump_once(empty[0], pair[0]); break;
        case k_stream: stream_reads(number); break;
        case k_close: one_close(number); break;
        case k_shutdown: one_shutdown(); break;
        case k_timeout: one_timeout(); break;
        case k_lives: some_lives(); break;
        case k_child:
            if (!getenv("CORO_TEST_EMULATOR")) one_child(0);  // qemu-user's own locks do not survive a fork among kernel threads
            break;
        case k_token: pass_token(); break;
        case k_loop: for (volatile int i = 0; i < 300000; i++) {} break;
        }
        step();
    }
    STORE(done[number], 1);
    CHECK(close(empty[0]) == 0 && close(empty[1]) == 0 && close(pair[0]) == 0 && close(pair[1]) == 0);
    return 0;
}
static void* sprays(void* p) {
    seed_thread(50);
    pthread_barrier_wait(&all_here);
    while (!LOAD(stop)) spray();
    return 0;
}
static void* empties_sink(void* p) {
    char c[4096];
    mask(SIG_BLOCK, 0);
    while (read(sink[0], c, sizeof c) > 0) {}
    return 0;
}
// Holds the lock that way_lock waits for: a process does not wait for its own.
static pid_t lock_holder(void) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    int fd = open("torture-lock", O_CREAT | O_RDWR, 0600), ready[2];
    pid_t parent = getpid();
    char c;
    CHECK(fd >= 0 && pipe(ready) == 0);
    pid_t pid = fork();
    if (!pid) {
        CHECK(fcntl(fd, F_SETLK, &lock) == 0 && write(ready[1], "x", 1) == 1 && close(ready[1]) == 0);
        CHECK(close(sink[1]) == 0);
        while (getppid() == parent) sleep_ms(200);
        _exit(0);
    }
    CHECK(read(ready[0], &c, 1) == 1 && close(fd) == 0 && close(ready[0]) == 0 && close(ready[1]) == 0);
    return pid;
}
static long setting(const char* name, long otherwise) { return getenv(name) ? atol(getenv(name)) : otherwise; }
// For what is on its way; who is lost never comes.
static void await_equal(const char* what, int* a, int* b) {
    for (int i = 0; i < 20000 && LOAD(*a) != LOAD(*b); i++) sleep_ms(1);
    if (LOAD(*a) == LOAD(*b)) return;
    fprintf(stderr, "%s: %d of %d\n", what, LOAD(*a), LOAD(*b));
    _exit(1);
}

int main(void) {
    seed_of_run = (unsigned)setting("TORTURE_SEED", now_ms() ^ getpid() << 16);
    long seconds = setting("TORTURE_SECONDS", 2);
    printf("TORTURE_SEED=%u\n", seed_of_run);
    seed_thread(0);
    many_descriptors();
    CHECK(pipe(sink) == 0 && pipe2(token_pipe, O_NONBLOCK) == 0 && mkfifo("torture-fifo", 0600) == 0);
    pid_t holder = lock_holder();
    CHECK(sem_init(&token_sem, 0, tokens) == 0);
    CHECK0(pthread_key_create(&key, destroyed));
    CHECK0(pthread_barrier_init(&all_here, 0, actors + 2));
    install_handlers();
    mask(SIG_BLOCK, waited), mask(SIG_BLOCK, SIGRTMIN + 9);
    printf("actors:");
    for (int i = 0; i < actors; i++) kind[i] = chance(kinds), jumps[i] = kind[i] == k_jump, printf(" %s", names[kind[i]]);
    printf("\n");
    fflush(stdout);
    // Whether main takes signals of the process, the seed says; at the end somebody does.
    pthread_t waiters[2], sprayer, reader = start(empties_sink, 0);
    for (long i = 0; i < 2; i++) waiters[i] = start(waits_for_signals, (void*)i);
    for (long i = 0; i < actors; i++) actor[i] = start(acts, (void*)i);
    sprayer = start(sprays, 0);
    if (chance(2)) mask(SIG_BLOCK, 0);
    int real = chance(3), prof = chance(3);
    struct itimerval every = {{0, 1000 + chance(20000)}, {0, 1000}};
    pthread_barrier_wait(&all_here);
    if (real) CHECK(setitimer(ITIMER_REAL, &every, 0) == 0);
    if (prof) CHECK(setitimer(ITIMER_PROF, &every, 0) == 0);
    sleep_ms(seconds * 1000);
    STORE(stop, 1);
    join(sprayer);
    STORE(all_sent, 1);
    for (int i = 0; i < actors; i++) {
        while (jumps[i] && !LOAD(done[i])) pthread_kill(actor[i], jumping), sleep_ms(1);
        join(actor[i]);
    }
    memset(&every, 0, sizeof every);
    CHECK(setitimer(ITIMER_REAL, &every, 0) == 0 && setitimer(ITIMER_PROF, &every, 0) == 0);
    mask(SIG_UNBLOCK, counted);
    await_equal("queued signals handled", &counted_handled, &counted_sent);
    await_equal("queued signals taken by sigtimedwait", &waited_taken, &waited_sent);
    for (int i = 0; i < 2; i++) join(waiters[i]);
    await_equal("threads run", &ran, &born);
    await_equal("threads gone", &gone, &born);
    CHECK(close(sink[1]) == 0);
    join(reader);
    int n = count_tokens();
    if (n != tokens) fprintf(stderr, "%d tokens of %d\n", n, tokens), _exit(1);
    CHECK(kill(holder, SIGKILL) == 0);
    while (waitpid(holder, 0, 0) != holder) CHECK(errno == EINTR);
    printf("%ld steps, %d signals handled, %d waited for, %d threads\n", steps, counted_handled, waited_taken, born);
}

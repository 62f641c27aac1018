// Goal: pipes that only this process has, whose bytes the runtime counts (gate/own_pipe.h): nothing is lost, doubled or waited for that is there, whatever moves
// bytes past the count.
// RUN: %matrix --seconds 30 %s
#include "check.h"

#include <sys/socket.h>
#include <sys/wait.h>

enum { writers = 4, readers = 4, each = 400, longest = 6000 };

static int crowd_pipe[2];
static long written, found;

static void* crowd_writes(void* p) {
    unsigned seed = (unsigned)(long)p;
    static char bytes[longest];
    for (int i = 0; i < each; i++) {
        long n = 1 + rand_r(&seed) % (i % 4 ? 40 : longest);
        CHECK(write(crowd_pipe[1], bytes, (size_t)n) == n);
        __atomic_fetch_add(&written, n, __ATOMIC_RELAXED);
    }
    return p;
}
static void* crowd_reads(void* p) {
    unsigned seed = (unsigned)(long)p;
    char bytes[longest];
    for (long n; (n = read(crowd_pipe[0], bytes, 1 + (size_t)rand_r(&seed) % longest)) != 0;) {
        CHECK(n > 0);
        __atomic_fetch_add(&found, n, __ATOMIC_RELAXED);
    }
    return p;
}
static void crowd(void) {
    pthread_t w[writers], r[readers];
    CHECK(pipe(crowd_pipe) == 0);
    for (long i = 0; i < readers; i++) r[i] = start(crowd_reads, (void*)(100 + i));
    for (long i = 0; i < writers; i++) w[i] = start(crowd_writes, (void*)(1 + i));
    for (int i = 0; i < writers; i++) join(w[i]);
    close(crowd_pipe[1]);
    for (int i = 0; i < readers; i++) join(r[i]);
    close(crowd_pipe[0]);
    CHECK(found == written && written > writers * each);
}

// ---- bytes that come or go another way

static int past[2], away[2];
static char room[64];

static long raw(long nr, long a, long b, long c) {
#ifdef __x86_64__
    long r;
    __asm__ volatile("syscall" : "=a"(r) : "a"(nr), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return r;
#else
    return syscall(nr, a, b, c);
#endif
}
static void by_splice(void) {
    CHECK(splice(past[0], 0, away[1], 0, 30, 0) == 30 && read(away[0], room, 64) == 30);
}
static void by_tee_and_splice(void) {
    CHECK(tee(past[0], away[1], 30, 0) == 30);
    CHECK(read(away[0], room, 64) == 30);
    by_splice();
}
static void by_duplicate(void) {
    int copy = dup(past[0]);
    CHECK(copy >= 0 && read(copy, room, 64) == 30 && close(copy) == 0);
}
static void by_own_instruction(void) { CHECK(raw(SYS_read, past[0], (long)room, 64) == 30); }
static void by_name(void) {
    char name[32];
    snprintf(name, sizeof name, "/proc/self/fd/%d", past[0]);
    int copy = open(name, O_RDONLY);
    CHECK(copy >= 0 && read(copy, room, 64) == 30 && close(copy) == 0);
}

static volatile int handled, beats, stop;
static void handler(int signal) { handled = signal; }
static void* beats_on(void* p) {
    while (!stop) {
        sleep_ms(1);
        beats++;
    }
    return p;
}
static void* waits_for_more(void* expects) {
    char bytes[64];
    long n = read(past[0], bytes, 64);
    CHECK(n == (long)expects && (n >= 0 || errno == EINTR));
    return expects;
}
static void* waits_for_cancellation(void* p) {
    char bytes[64];
    read(past[0], bytes, 64);
    CHECK(!"read, and was not cancelled");
    return p;
}
static void wait_for_beats(int n) {
    for (int until = beats + n; beats < until;) sleep_ms(1);
}
// The count says that 30 bytes are there, and none is: whoever reads waits, the others go on, and every end of the wait works.
static void moved_past(void (*move)(void)) {
    static const char bytes[30];
    CHECK(pipe(past) == 0 && pipe(away) == 0);
    for (int i = 0; i < 4; i++) {
        CHECK(write(past[1], bytes, 10) == 10 && write(past[1], bytes, 20) == 20);
        move();
        pthread_t t = start(i == 2 ? waits_for_cancellation : waits_for_more, (void*)(i == 0 ? 7L : i == 1 ? -1L : 0L));
        wait_for_beats(20);
        if (i == 0) CHECK(write(past[1], bytes, 7) == 7);
        if (i == 1) CHECK0(pthread_kill(t, SIGUSR1));
        if (i == 2) CHECK0(pthread_cancel(t));
        if (i == 3) close(past[1]);
        void* result = join(t);
        CHECK(i != 2 || result == PTHREAD_CANCELED);
    }
    CHECK(handled == SIGUSR1);
    close(past[0]), close(away[0]), close(away[1]);
}
static void others_move(void) {
    struct sigaction act = {.sa_handler = handler};
    CHECK(sigaction(SIGUSR1, &act, 0) == 0);
    pthread_t heart = start(beats_on, 0);
    moved_past(by_splice);
    moved_past(by_tee_and_splice);
    moved_past(by_duplicate);
    moved_past(by_own_instruction);
    moved_past(by_name);
    stop = 1;
    join(heart);
}

// ---- ends, flags, numbers, children

static void ends(void) {
    int p[2];
    char byte[4];
    signal(SIGPIPE, SIG_IGN);
    CHECK(pipe2(p, O_CLOEXEC) == 0 && write(p[1], "abcd", 4) == 4 && close(p[1]) == 0);
    CHECK(read(p[0], byte, 3) == 3 && read(p[0], byte, 3) == 1 && read(p[0], byte, 3) == 0 && close(p[0]) == 0);
    CHECK(pipe(p) == 0 && close(p[0]) == 0);
    CHECK(write(p[1], "a", 1) == -1 && errno == EPIPE && close(p[1]) == 0);
    CHECK(pipe(p) == 0 && write(p[1], "abcd", 4) == 4);
    CHECK(read(p[0], (void*)8, 4) == -1 && errno == EFAULT && read(p[0], byte, 4) == 4 && !memcmp(byte, "abcd", 4));
    CHECK(write(p[1], (void*)8, 4) == -1 && errno == EFAULT && write(p[1], byte, 0) == 0 && read(p[0], byte, 0) == 0);
    CHECK(read(p[1], byte, 1) == -1 && errno == EBADF && write(p[0], byte, 1) == -1 && errno == EBADF);
    CHECK(fcntl(p[0], F_SETFL, O_NONBLOCK) == 0 && read(p[0], byte, 1) == -1 && errno == EAGAIN);
    close(p[0]), close(p[1]);
}
// The numbers of a pipe with something in it become others'.
static void numbers(void) {
    int p[2], again[2], s[2];
    char byte[8];
    CHECK(pipe(p) == 0 && write(p[1], "left", 4) == 4 && close(p[0]) == 0 && close(p[1]) == 0);
    CHECK(pipe(again) == 0 && again[0] == p[0] && again[1] == p[1]);
    CHECK(write(again[1], "new", 3) == 3 && read(again[0], byte, 8) == 3 && !memcmp(byte, "new", 3));
    CHECK(write(again[1], "more", 4) == 4 && close(again[0]) == 0 && close(again[1]) == 0);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0 && s[0] == p[0]);
    CHECK(write(s[1], "sock", 4) == 4 && read(s[0], byte, 8) == 4 && close(s[0]) == 0 && close(s[1]) == 0);
    CHECK(pipe(p) == 0 && pipe(again) == 0 && write(p[1], "p", 1) == 1);
    CHECK(dup2(again[0], p[0]) == p[0] && write(again[1], "again", 5) == 5 && read(p[0], byte, 8) == 5);
    CHECK(read(p[0], byte, 0) == 0 && close(p[0]) == 0 && close(p[1]) == 0 && close(again[0]) == 0 && close(again[1]) == 0);
}
static void children(void) {
    int p[2];
    char byte[8];
    CHECK(pipe(p) == 0 && write(p[1], "1234", 4) == 4);
    pid_t child = fork();
    if (child == 0) _exit(read(p[0], byte, 2) == 2 && write(p[1], "56", 2) == 2 ? 0 : 1);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(read(p[0], byte, 8) == 4 && !memcmp(byte, "3456", 4));
    child = fork();
    if (child == 0) {
        sleep_ms(50);
        _exit(write(p[1], "late", 4) == 4 ? 0 : 1);
    }
    CHECK(read(p[0], byte, 8) == 4 && waitpid(child, &status, 0) == child && status == 0);
    close(p[0]), close(p[1]);
}

// ---- each with one of its own, all waiting

enum { many = 500 };
static int own[many][2];
static void* has_its_own(void* p) {
    int* mine = p;
    char byte;
    CHECK(pipe(mine) == 0);
    for (int i = 0; i < 3; i++) CHECK(write(mine[1], "x", 1) == 1 && read(mine[0], &byte, 1) == 1);
    CHECK(read(mine[0], &byte, 1) == 1);
    close(mine[0]), close(mine[1]);
    return p;
}
static void many_wait(int coroutines) {
    pthread_t t[many];
    for (int i = 0; i < many; i++) t[i] = start(has_its_own, own[i]);
    sleep_ms(200);
    CHECK(!coroutines || kernel_threads() < 30);
    for (int i = 0; i < many; i++) {
        while (!__atomic_load_n(&own[i][1], __ATOMIC_ACQUIRE)) sleep_ms(1);
        CHECK(write(own[i][1], "x", 1) == 1);
    }
    for (int i = 0; i < many; i++) join(t[i]);
}

int main(void) {
    int coroutines = threads_are_coroutines();
    crowd();
    many_wait(coroutines);
    others_move();
    ends();
    numbers();
    children();
    return 0;
}

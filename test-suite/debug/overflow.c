// Goal: a stack overflow that ends the process says on standard error which thread, its name and how large its stack is, once: guards of both kinds, stacks of
// the program's own, main, inside the runtime, SIGSEGV blocked or with a handler that has no room. It says nothing when a handler takes it, or for other
// faults; the process dies of SIGSEGV all the same. Method: children, whose standard error is read.
// RUN: %matrix --cells coro %s
#include "check.h"
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

static volatile int sum;
static int deeper(int n) {
    volatile char frame[512];
    frame[n % 512] = (char)n;
    return n < 0 ? 0 : deeper(n + 1) + frame[n % 512];
}
static int deeper_in_calls(int n) {
    volatile char frame[16];
    frame[n % 16] = (char)n;
    read(-1, 0, 0), sched_yield();
    return n < 0 ? 0 : deeper_in_calls(n + 1) + frame[n % 16];
}
static int large_frames(int n) {
    volatile char frame[10000];
    frame[n % 512] = (char)n;
    return n < 0 ? 0 : large_frames(n + 1) + frame[n % 512];
}

static void* overflows(void* p) {
    CHECK0(pthread_setname_np(pthread_self(), "deep"));
    sum = ((int (*)(int))p)(0);
    return 0;
}
static void run(int (*f)(int), size_t bytes, void* stack) {
    pthread_attr_t a;
    pthread_t t;
    CHECK0(pthread_attr_init(&a));
    if (stack) CHECK0(pthread_attr_setstack(&a, stack, bytes));
    else if (bytes) CHECK0(pthread_attr_setstacksize(&a, bytes));
    CHECK0(pthread_create(&t, &a, overflows, (void*)f));
    join(t);
}

static void plain(void) { run(deeper, 0, 0); }
static void larger(void) { run(deeper, 1 << 20, 0); }
static void large_frame(void) { run(large_frames, 0, 0); }
static void in_runtime(void) { run(deeper_in_calls, 0, 0); }
static void own_stack(void) {
    char* p = mmap(0, 3 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED && mprotect(p + (1 << 20), 256 << 10, PROT_READ | PROT_WRITE) == 0);
    run(deeper, 256 << 10, p + (1 << 20));
}
static void by_protection(void) {  // no guard advice on locked memory
    struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_MEMLOCK, &all);
    mlockall(MCL_FUTURE);
    run(deeper, 64 << 10, 0);
}
static void blocked(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGSEGV);
    pthread_sigmask(SIG_BLOCK, &set, 0);
    plain();
}
static void cannot(int sig) { _exit(2); }
static void no_room_for_handler(void) {
    signal(SIGSEGV, cannot);
    plain();
}
static void* nothing(void* p) { return 0; }
static void of_main(void) {
    join(start(nothing, 0));
    sum = deeper(0);
}

static void* faults(void* p) {
    *(volatile int*)8 = 1;
    return 0;
}
static void other_fault(void) { join(start(faults, 0)); }
static void* wild(void* p) {
    int here;
    for (char* at = (char*)&here;; at -= 4096) *(volatile char*)at = 0;  // into the guard, with the stack pointer high
}
static void wild_pointer(void) { join(start(wild, 0)); }
static void taken(int sig) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, sig);
    signal(sig, SIG_DFL);  // it is its own affair now: it ends by itself
    pthread_sigmask(SIG_UNBLOCK, &set, 0);
    raise(sig);
    _exit(3);
}
static void* on_alternate_stack(void* p) {
    stack_t st = {.ss_sp = malloc(65536), .ss_size = 65536};
    CHECK(sigaltstack(&st, 0) == 0);
    sum = deeper(0);
    return 0;
}
static void handled(void) {
    struct sigaction sa = {.sa_handler = taken, .sa_flags = SA_ONSTACK};
    sigaction(SIGSEGV, &sa, 0);
    join(start(on_alternate_stack, 0));
}

// What a child that does `f` says before it dies of SIGSEGV.
static const char* said(void (*f)(void)) {
    static char text[4096];
    int fds[2], status;
    CHECK(pipe(fds) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        prctl(PR_SET_NAME, "program");
        dup2(fds[1], 2);
        close(fds[0]), close(fds[1]);
        f();
        _exit(1);
    }
    close(fds[1]);
    size_t n = 0;
    for (ssize_t r; (r = read(fds[0], text + n, sizeof text - 1 - n)) > 0;) n += (size_t)r;
    text[n] = 0;
    close(fds[0]);
    CHECK(waitpid(child, &status, 0) == child);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV) fprintf(stderr, "status %x, said '%s'\n", status, text);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    return text;
}
static void expect(int line, const char* text, const char* name, long kib) {
    char wanted[64];
    long size = 0;
    snprintf(wanted, sizeof wanted, " (%s): its stack has ", name);
    const char *has = strstr(text, wanted), *end = strchr(text, '\n');
    if (has) size = atol(has + strlen(wanted));
    // In whole pages, with the control block or without.
    int right = !strncmp(text, "coro-musl: stack overflow in ", 29) && size >= kib - 8 && size <= kib + 4 && end && !end[1];
    if (!right) fprintf(stderr, "line %d: expected '%s%ld KiB', said '%s'\n", line, wanted, kib, text), exit(1);
}
#define EXPECT(...) expect(__LINE__, __VA_ARGS__)

int main(void) {
    struct rlimit stack;
    CHECK(getrlimit(RLIMIT_STACK, &stack) == 0);
    stack.rlim_cur = 1 << 20;
    CHECK(setrlimit(RLIMIT_STACK, &stack) == 0);
    EXPECT(said(plain), "deep", 128);
    EXPECT(said(larger), "deep", 1024);
    EXPECT(said(large_frame), "deep", 128);
    EXPECT(said(in_runtime), "deep", 128);
    EXPECT(said(own_stack), "deep", 256);
    EXPECT(said(by_protection), "deep", 64);
    EXPECT(said(blocked), "deep", 128);
    EXPECT(said(no_room_for_handler), "deep", 128);
    EXPECT(said(of_main), "program", 1024);
    CHECK(!*said(other_fault));
    CHECK(!*said(wild_pointer));
    CHECK(!*said(handled));
}

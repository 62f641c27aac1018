// Goal: a thread that overflows its stack gets SIGSEGV on its alternate stack, each thread on its own, again and again, also after it was parked and moved
// between kernel threads; without an alternate stack the process dies of SIGSEGV. A fault elsewhere is handled on the thread's stack. Method: handlers look at
// the fault address and at where they run, and leave by siglongjmp or repair what was missing.
// RUN: %matrix %s
#include "check.h"
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { threads = 8, rounds = 5 };
static __thread sigjmp_buf back;
static __thread char* alt;
static __thread volatile int sum;
static size_t alt_bytes;
static char* hole;

static int on_alt(void* p) { return (size_t)((char*)p - alt) < alt_bytes; }
static void overflowed(int sig, siginfo_t* info, void* context) {
    int here;
    CHECK(on_alt(&here) && info->si_code > 0);
    sched_yield();  // a handler may park
    siglongjmp(back, 1);
}
// Not a tail call, and nothing that the compiler could see through.
static int deeper(int n) {
    volatile char frame[512];
    frame[n % 512] = (char)n;
    return n < 0 ? 0 : deeper(n + 1) + frame[n % 512];
}
static void* overflows(void* p) {
    stack_t st = {.ss_sp = alt = malloc(alt_bytes), .ss_size = alt_bytes};
    CHECK(sigaltstack(&st, 0) == 0);
    for (int i = 0; i < rounds; i++) {
        sleep_ms(1);
        if (!sigsetjmp(back, 1)) sum += deeper(0);
        stack_t now;
        CHECK(sigaltstack(0, &now) == 0 && now.ss_sp == alt && !(now.ss_flags & SS_ONSTACK));
    }
    st.ss_flags = SS_DISABLE;
    CHECK(sigaltstack(&st, 0) == 0);
    free(alt);
    return 0;
}

static void repairs(int sig, siginfo_t* info, void* context) {
    int here;
    CHECK(!on_alt(&here) && info->si_addr == hole + 100);
    sleep_ms(1);
    CHECK(mprotect(hole, 4096, PROT_READ | PROT_WRITE) == 0);
}
static void* faults(void* p) {
    double x = 1.5;
    CHECK(mprotect(hole, 4096, PROT_NONE) == 0);
    hole[100] = 7;  // faults, and is done again
    CHECK(hole[100] == 7 && x * 2 == 3.0);
    return 0;
}
static void* overflows_unprepared(void* p) {
    sum += deeper(0);
    return 0;
}

int main(void) {
    alt_bytes = sysconf(_SC_SIGSTKSZ) > 0 ? (size_t)sysconf(_SC_SIGSTKSZ) * 4 : 65536;
    struct sigaction sa = {.sa_sigaction = overflowed, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    CHECK(sigaction(SIGSEGV, &sa, 0) == 0);
    pthread_t t[threads];
    for (int i = 0; i < threads; i++) t[i] = start(overflows, 0);
    overflows(0);
    for (int i = 0; i < threads; i++) join(t[i]);

    hole = mmap(0, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    sa.sa_sigaction = repairs, sa.sa_flags = SA_SIGINFO;
    CHECK(sigaction(SIGSEGV, &sa, 0) == 0);
    for (int i = 0; i < 20; i++) join(start(faults, 0));
    faults(0);

    fflush(0);
    for (int handler = 0; handler < 2; handler++) {
        pid_t child = fork();
        if (child == 0) {
            struct rlimit no_core = {0, 0};
            setrlimit(RLIMIT_CORE, &no_core);
            if (!handler) signal(SIGSEGV, SIG_DFL);
            join(start(overflows_unprepared, 0));
            _exit(0);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    }
}

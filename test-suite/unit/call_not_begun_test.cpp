// Goal: a handler without SA_RESTART that runs when a call of the gate is on its instruction and has not begun does not end it: a call that never says EINTR
// would. Method: a tracer stops the program at that instruction, sends the signal there, and lets go.
// i386 has another instruction there than the one that the kernel goes back to; elsewhere nothing tells, and the call is looked at again a little later: so it is
// here with `untold`, and EINTR comes to a call that has begun.
// REQUIRES: x86_64
// RUN: %clangxx -static -std=c++20 -O1 -g %unit -Wno-nullability-completeness -I%top/test-suite/support %s -o %t -pthread
// RUN: env CORO_PROCS=1 timeout -s KILL 60 %run %t
// RUN: env CORO_PROCS=1 timeout -s KILL 60 %run %t untold
#include "arch/signal_frame.h"
#include "check.h"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

static constexpr int calls = 200;
static int handled;
static void handler(int) { handled++; }

// open(2) of a FIFO waits in the kernel; one signal ends it.
static void* opens(void* name) {
    entering();
    CHECK(open(static_cast<const char*>(name), O_RDONLY) == -1 && errno == EINTR);
    return name;
}
static void see_eintr() {
    char name[] = "/tmp/call_not_begun-XXXXXX";
    CHECK(mkdtemp(name) && rmdir(name) == 0 && mkfifo(name, 0600) == 0);
    for (int i = 0; i < 3; i++) {
        pthread_t t = start(opens, name);
        await_blocked();
        CHECK0(pthread_kill(t, SIGUSR1));
        join(t);
    }
    unlink(name);
}

[[noreturn]] static void program(bool untold) {
    struct sigaction action{};
    action.sa_handler = handler;
    CHECK(sigaction(SIGUSR1, &action, nullptr) == 0);
    int file = open("/proc/self/exe", O_RDONLY);
    char bytes[64];
    raise(SIGSTOP);
    join(start([](void* p) { return p; }, nullptr));  // from here on calls go through the gate
    if (untold) __coro_arch_syscall_sets_rcx = false;
    int ended = 0;
    for (int i = 0; i < calls; i++) {
        long r = i % 2 ? read(file, bytes, 1) : syscall(SYS_getdents64, file, bytes, sizeof bytes);
        if (r == -1 && errno == EINTR) ended++;
        else CHECK(i % 2 ? r == 1 : r == -1 && errno == ENOTDIR);
    }
    // When it is looked at again, a stop for the tracer looks like sleep. The call after one that has ended so has no breakpoint.
    CHECK(ended <= (untold ? calls / 10 : 0));
    CHECK(handled >= calls - 2 * ended);
    see_eintr();
    _exit(0);
}

// ---- the tracer

// One breakpoint at a time: on the call's instruction, and then behind it.
struct Breakpoint {
    pid_t t;
    unsigned long at;
    long plain;
    void set_byte(long byte) { CHECK(ptrace(PTRACE_POKEDATA, t, at, (ptrace(PTRACE_PEEKDATA, t, at, 0) & ~0xffL) | byte) == 0); }
    Breakpoint(pid_t thread, const char* address) : t(thread), at(reinterpret_cast<unsigned long>(address)), plain(ptrace(PTRACE_PEEKDATA, t, at, 0) & 0xff) {
        set_byte(0xcc);
    }
    // The kernel thread has come to it: it stands on the instruction itself.
    bool removed_by(pid_t thread) {
        user_regs_struct regs;
        CHECK(ptrace(PTRACE_GETREGS, thread, 0, &regs) == 0);
        if (regs.rip != decltype(regs.rip)(at + 1)) return false;
        regs.rip = decltype(regs.rip)(at);
        CHECK(ptrace(PTRACE_SETREGS, thread, 0, &regs) == 0);
        t = thread;
        set_byte(plain);
        return true;
    }
};
// With SIGUSR1 at each call. What the program's end says.
static int trace(pid_t child, int& sent) {
    CHECK(ptrace(PTRACE_SEIZE, child, 0, PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL) == 0);
    Breakpoint here(child, __coro_arch_call_insn);
    bool begins = true;
    CHECK(kill(child, SIGCONT) == 0);
    for (;;) {
        int status;
        pid_t t = waitpid(-1, &status, __WALL);
        CHECK(t > 0);
        if (!WIFSTOPPED(status)) {
            if (t == child) return status;
            continue;
        }
        int sig = status >> 16 ? 0 : WSTOPSIG(status);
        if (sig == SIGTRAP && here.removed_by(t)) {
            here = Breakpoint(t, begins ? __coro_arch_call_return : __coro_arch_call_insn);
            sig = begins && sent < calls ? SIGUSR1 : 0;
            sent += sig != 0;
            begins = !begins;
        }
        CHECK(ptrace(PTRACE_CONT, t, 0, sig) == 0);
    }
}

int main(int argc, char**) {
    pid_t child = fork();
    if (child == 0) program(argc > 1);
    int status, sent = 0;
    CHECK(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
    status = trace(child, sent);
    printf("%d signals on a call's instruction; status %x\n", sent, status);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0 && sent >= calls / 2);
}

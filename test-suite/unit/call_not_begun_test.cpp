// Goal: a handler without SA_RESTART that runs when a call of the gate is on its instruction and has not begun does not end it: a call that never says EINTR
// would. Method: a tracer stops the program at that instruction, sends the signal there, and lets go.
// i386 has another instruction there than the one that the kernel goes back to; elsewhere nothing tells (docs/hacking.md).
// REQUIRES: x86_64
// RUN: %clangxx -static -std=c++20 -O1 -g %unit -Wno-nullability-completeness -I%top/test-suite/support %s -o %t -pthread
// RUN: env CORO_PROCS=1 timeout -s KILL 60 %run %t
#include "arch/signal_frame.h"
#include "check.h"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

static constexpr int calls = 200;
static int handled;
static void handler(int) { handled++; }

[[noreturn]] static void program() {
    struct sigaction action{};
    action.sa_handler = handler;
    CHECK(sigaction(SIGUSR1, &action, nullptr) == 0);
    int file = open("/proc/self/exe", O_RDONLY);
    char bytes[64];
    raise(SIGSTOP);
    join(start([](void* p) { return p; }, nullptr));  // from here on calls go through the gate
    for (int i = 0; i < calls; i++) {
        if (i % 2) CHECK(read(file, bytes, 1) == 1);
        else CHECK(syscall(SYS_getdents64, file, bytes, sizeof bytes) == -1 && errno == ENOTDIR);
    }
    CHECK(handled >= calls);
    _exit(0);
}

// ---- the tracer

static void set_byte(pid_t t, unsigned long at, long byte) {
    CHECK(ptrace(PTRACE_POKEDATA, t, at, (ptrace(PTRACE_PEEKDATA, t, at, 0) & ~0xffL) | byte) == 0);
}
// The kernel thread has come to the breakpoint: it stands on the instruction itself.
static bool steps_back(pid_t t, unsigned long at) {
    user_regs_struct regs;
    CHECK(ptrace(PTRACE_GETREGS, t, 0, &regs) == 0);
    if (regs.rip != decltype(regs.rip)(at + 1)) return false;
    regs.rip = decltype(regs.rip)(at);
    CHECK(ptrace(PTRACE_SETREGS, t, 0, &regs) == 0);
    return true;
}
// With SIGUSR1 at each call. What the program's end says.
static int trace(pid_t child, unsigned long at, int& sent) {
    CHECK(ptrace(PTRACE_SEIZE, child, 0, PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL) == 0);
    long plain = ptrace(PTRACE_PEEKDATA, child, at, 0) & 0xff;
    CHECK(plain == 0x0f);
    set_byte(child, at, 0xcc);
    CHECK(kill(child, SIGCONT) == 0);
    for (bool begins = false;;) {
        int status;
        pid_t t = waitpid(-1, &status, __WALL);
        CHECK(t > 0);
        if (!WIFSTOPPED(status)) {
            if (t == child) return status;
            continue;
        }
        int sig = status >> 16 ? 0 : WSTOPSIG(status);
        if (sig == SIGTRAP && steps_back(t, at)) {
            set_byte(t, at, plain);
            bool comes_back = !begins;  // from the handler
            CHECK(ptrace(PTRACE_SINGLESTEP, t, 0, comes_back ? SIGUSR1 : 0) == 0);
            CHECK(waitpid(t, &status, __WALL) == t && status >> 8 == SIGTRAP);
            set_byte(t, at, 0xcc);
            sent += comes_back;
            begins = comes_back;
            sig = 0;
        }
        CHECK(ptrace(PTRACE_CONT, t, 0, sig) == 0);
    }
}

int main() {
    pid_t child = fork();
    if (child == 0) program();
    int status, sent = 0;
    CHECK(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
    status = trace(child, reinterpret_cast<unsigned long>(__coro_arch_call_insn), sent);
    printf("%d signals on a call's instruction; status %x\n", sent, status);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0 && sent >= calls);
}

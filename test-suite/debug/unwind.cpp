// Goal: _Unwind_Backtrace goes from a thread's function to its first frame and ends there, also from a signal handler through what it has interrupted: on the
// thread's own stack, on alternate stacks above and below it, for faults and for signals sent to a thread that computes. An exception that nobody catches
// calls terminate. Method: every frame's function is looked for; the children of the exception end by a terminate handler.
// RUN: %matrix --cells coro %s
#include "check.h"

#include <atomic>
#include <exception>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unwind.h>

// What the handler saw: how the walk ended, and whether it met these functions in this order.
struct Trace {
    const void* wanted[8];
    int count, met, frames;
};
static _Unwind_Reason_Code step(_Unwind_Context* context, void* arg) {
    Trace* t = static_cast<Trace*>(arg);
    if (t->met < t->count && _Unwind_FindEnclosingFunction(reinterpret_cast<void*>(_Unwind_GetIP(context))) == t->wanted[t->met]) t->met++;
    return ++t->frames > 64 ? _URC_NORMAL_STOP : _URC_NO_REASON;
}
static void check_trace(Trace t) {
    CHECK(_Unwind_Backtrace(step, &t) == _URC_END_OF_STACK);
    CHECK(t.met == t.count);
}

static std::atomic<bool> computing, handled;
static volatile int sink;
[[gnu::noinline]] static int inner(volatile int* p);
[[gnu::noinline]] static int outer(volatile int* p) { return inner(p) + 1; }
static void* thread(void* p);
static const void* at(auto* f) { return reinterpret_cast<const void*>(f); }

static void handler(int sig, siginfo_t* info, void* context) {
    check_trace({{at(handler), at(inner), at(outer), at(thread)}, 4, 0, 0});
    if (sig == SIGSEGV) reinterpret_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RAX] = long(&sink);  // what `inner` reads through
    handled = true;
}
static int inner(volatile int* p) {
    if (!p) check_trace({{at(inner), at(outer), at(thread)}, 3, 0, 0});
    int value = 0;
    if (p == &sink) {  // until a signal has come
        handled = false;
        computing = true;
        while (!handled) value++;
    } else if (p) {
        asm volatile("mov (%%rax), %0" : "=r"(value) : "a"(p));  // faults
    }
    return value;
}

// Alternate stacks below and above those of threads.
alignas(16) static char low[65536];
static char* alternate;
static void* thread(void*) {
    if (alternate) {
        stack_t st{};
        st.ss_sp = alternate, st.ss_size = sizeof low;
        CHECK(sigaltstack(&st, nullptr) == 0);
    }
    outer(nullptr);
    outer(reinterpret_cast<int*>(8));
    outer(&sink);
    return nullptr;
}

[[gnu::noinline]] static void throws() { throw std::runtime_error("nobody's"); }
static void* uncaught(void*) {
    throws();
    return nullptr;
}
static int exit_status(void (*child)()) {
    pid_t pid = fork();
    if (pid == 0) {
        std::set_terminate([] { _exit(std::current_exception() ? 7 : 8); });
        child();
        _exit(1);
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    return WEXITSTATUS(status);
}

int main() {
    struct sigaction sa{};
    sa.sa_sigaction = handler, sa.sa_flags = SA_SIGINFO | SA_ONSTACK;
    CHECK(sigaction(SIGSEGV, &sa, nullptr) == 0 && sigaction(SIGUSR1, &sa, nullptr) == 0);
    char high[sizeof low];
    for (char* stack : {static_cast<char*>(nullptr), low, high}) {
        alternate = stack;
        computing = false;
        pthread_t t = start(thread, nullptr);
        while (!computing) sched_yield();
        CHECK0(pthread_kill(t, SIGUSR1));
        join(t);
    }
    CHECK(exit_status([] { join(start(uncaught, nullptr)); }) == 7);
    CHECK(exit_status([] { std::thread(throws).join(); }) == 7);
}

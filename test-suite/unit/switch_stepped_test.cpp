// Goal: a signal may come at any instruction of a hand-over between two threads, from one's call of the gate through the context switch to the other, and back:
// a program's handler then runs exactly once, on a coroutine's stack and as that thread; a preemption is only that; registers, rounding modes, thread-local
// variables and the turn are what they were. Method: a tracer steps through a hand-over of a program of two threads, and notes the instructions; then it
// stops one hand-over at each of them (by a breakpoint), sends the kernel thread the signal there, and lets go until the next. By sched_yield and by semaphores;
// the thread pointer written by instruction and by arch_prctl. The program waits 10 s for a handler, and has 200 s in all for each kind.
// RUN: %clangxx -static -std=c++20 -O1 -g %unit -Wno-nullability-completeness -I%top/test-suite/support %s -o %t -pthread
// RUN: env CORO_PROCS=1 timeout -s KILL 600 %run %t
#include "check.h"
#include "sched/preempt.h"

#include <elf.h>
#include <fenv.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

enum Way { by_yield, by_semaphore };
enum Kind { program_signal, preemption, both };
static const char* const way_names[] = {"yield", "semaphore"};
static const char* const kind_names[] = {"SIGUSR1", "preemption", "SIGUSR1 and preemption"};

// What the tracer and the program know of each other.
struct Shared {
    Way way;
    int instruction;  // FS base by instruction
    int sent;         // SIGUSR1
    int traced;
    int finish;
    coro::Worker* worker;
};
static Shared* shared;

// ---- the program

// Breakpoints around a hand-over; the addresses at which they are reported.
extern "C" const char begin_after[], end_after[];
extern "C" void begin_marker();
extern "C" void end_marker();
// long with_registers(long (*f)(), long pattern): calls f with pattern in every callee-saved register; the OR of all differences afterwards.
extern "C" long with_registers(void (*f)(), long pattern);
asm(R"(
    .text
begin_marker:
    int3
begin_after:
    ret
end_marker:
    int3
end_after:
    ret
)");
#ifdef __i386__
#define rip eip
#define orig_rax orig_eax
asm(R"(
    .globl with_registers
with_registers:
    pushl %ebp
    pushl %ebx
    pushl %esi
    pushl %edi
    movl 20(%esp), %ecx
    movl 24(%esp), %eax
    movl %eax, %ebp
    movl %eax, %ebx
    movl %eax, %esi
    movl %eax, %edi
    subl $12, %esp
    calll *%ecx
    addl $12, %esp
    movl 24(%esp), %eax
    xorl %eax, %ebp
    xorl %eax, %ebx
    xorl %eax, %esi
    xorl %eax, %edi
    movl %ebp, %eax
    orl %ebx, %eax
    orl %esi, %eax
    orl %edi, %eax
    popl %edi
    popl %esi
    popl %ebx
    popl %ebp
    ret
)");
static void choose(int) {}
static bool may_choose() { return false; }
#else
asm(R"(
    .globl with_registers
with_registers:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq %rsi
    movq %rsi, %rbp
    movq %rsi, %rbx
    movq %rsi, %r12
    movq %rsi, %r13
    movq %rsi, %r14
    movq %rsi, %r15
    callq *%rdi
    popq %rax
    xorq %rax, %rbp
    xorq %rax, %rbx
    xorq %rax, %r12
    xorq %rax, %r13
    xorq %rax, %r14
    xorq %rax, %r15
    movq %rbp, %rax
    orq %rbx, %rax
    orq %r12, %rax
    orq %r13, %rax
    orq %r14, %rax
    orq %r15, %rax
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
)");
static void choose(int instruction) { __coro_arch_fsgsbase = static_cast<unsigned char>(instruction); }
static bool may_choose() { return getauxval(AT_HWCAP2) & coro::arch::hwcap2_fsgsbase; }
#endif

static int handled, turns[2];
static sem_t turn_of[2];
static thread_local struct {
    long id;
    pthread_t self;
    char *low, *high;
    long handled;
} mine;
static const int rounding[2] = {FE_TONEAREST, FE_UPWARD};

static bool is_as_it_was() {
    char here;
    return mine.self == pthread_self() && &here > mine.low && &here < mine.high && coro::arch::self()->tid == gettid();
}
static void handler(int) {
    int error = errno;
    CHECK(is_as_it_was());
    mine.handled++;
    ADD(handled, 1);
    for (int i = 0; i < 2; i++) sched_yield();  // it may leave this kernel thread's stack
    CHECK(is_as_it_was());
    errno = error;
}
static void hand_over() {
    long i = mine.id;
    if (shared->way == by_yield) {
        sched_yield();
    } else {
        sem_post(&turn_of[1 - i]);
        while (sem_wait(&turn_of[i])) {}
    }
}
static void* hands_over(void* p) {
    pthread_attr_t attr;
    void* low;
    size_t bytes;
    long i = long(p);
    CHECK0(pthread_getattr_np(pthread_self(), &attr));
    CHECK0(pthread_attr_getstack(&attr, &low, &bytes));
    mine = {i, pthread_self(), static_cast<char*>(low), static_cast<char*>(low) + bytes, 0};
    CHECK(fesetround(rounding[i]) == 0);
    if (i == 1 && shared->way == by_semaphore) while (sem_wait(&turn_of[1])) {}
    while (!LOAD(shared->finish)) {
        if (i == 0) {
            for (long end = now_ms() + 10000; LOAD(handled) < LOAD(shared->sent);) CHECK(now_ms() < end);  // without a call
            CHECK(handled == shared->sent);
            // The other may have been preempted, and waits for a time slice then.
            for (int seen = LOAD(turns[1]); shared->way == by_yield && LOAD(turns[1]) < seen + 2;) sched_yield();
            choose(shared->instruction);
            shared->worker = coro::arch::self()->worker;
            begin_marker();
        }
        errno = 1000 + int(i);
        CHECK(with_registers(hand_over, long(0x123456789abcdef * (i + 1))) == 0);
        CHECK(is_as_it_was() && fegetround() == rounding[i]);
        CHECK(errno == 1000 + int(i) || (shared->way == by_semaphore && (errno == EAGAIN || errno == EINTR)));  // sem_wait's own
        turns[i]++;
        if (i == 0) end_marker();
    }
    sem_post(&turn_of[1 - i]);
    return nullptr;
}
[[noreturn]] static void program() {
    alarm(200);
    struct sigaction sa{};
    sa.sa_handler = handler;
    sa.sa_flags = SA_RESTART;
    CHECK(sigaction(SIGUSR1, &sa, nullptr) == 0);
    for (auto& s : turn_of) sem_init(&s, 0, 0);
    pthread_t t[2] = {start(hands_over, nullptr), start(hands_over, reinterpret_cast<void*>(1))};
    sigset_t usr1;
    sigemptyset(&usr1), sigaddset(&usr1, SIGUSR1);
    CHECK0(pthread_sigmask(SIG_BLOCK, &usr1, nullptr));  // the two take it
    for (pthread_t each : t) join(each);
    CHECK(handled == shared->sent && turns[0] > 0 && turns[1] > 0);
    _exit(0);
}

// ---- the tracer

class Tracer {
public:
    explicit Tracer(pid_t p) : pid_(p) {
        threads_[count_++] = p;
        CHECK(ptrace(PTRACE_SEIZE, p, 0, PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL) == 0);
    }
    // Until a hand-over begins: the kernel thread that is about to do it; 0: the program has ended as it should.
    pid_t go_on() {
        for (pid_t t : stopped_) if (t) resume(t, 0);
        memset(stopped_, 0, sizeof stopped_);
        for (;;) {
            int status;
            pid_t t = waitpid(-1, &status, __WALL);
            CHECK(t > 0);
            if (!is_alive(t, status)) {
                if (t != pid_) continue;
                if (!WIFEXITED(status) || WEXITSTATUS(status)) fprintf(stderr, "the program has ended: status %x\n", unsigned(status));
                CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
                return 0;
            }
            if (is_at(t, status, begin_after)) return keep(t);
            resume(t, passed_on(status));
        }
    }
    // The same, with everybody else standing still where he sleeps in the kernel: he may hold no lock then.
    pid_t next_hand_over() {
        for (;;) {
            pid_t t = go_on();
            bool still = true;
            for (int i = 0; i < count_; i++)
                if (threads_[i] && threads_[i] != t) still = still && stop(threads_[i]);
            if (still) return t;
        }
    }
    // One instruction. False: the hand-over is over, or does not go on here.
    bool step(pid_t t) {
        int status = until_trap(t, PTRACE_SINGLESTEP);
        return status >> 8 == SIGTRAP && !is_at(t, status, end_after);
    }
    // To where it is at `at` for the count-th time. False: it does not come there in this hand-over.
    bool run_to(pid_t t, unsigned long at, int count) {
        long plain = peek(t, at);
        bool there = false;
        while (count--) {
            poke(t, at, (plain & ~0xffL) | 0xcc);
            int status = until_trap(t, PTRACE_CONT);
            poke(t, at, plain);
            there = is_at(t, status, reinterpret_cast<const char*>(at + 1));
            if (!there) break;
            user_regs_struct regs = registers(t);
            regs.rip = at;
            CHECK(ptrace(PTRACE_SETREGS, t, 0, &regs) == 0);
            if (count && !step(t)) return false;
        }
        return there;
    }
    static void send(pid_t t, int sig) { CHECK(syscall(SYS_tkill, t, sig) == 0); }
    static void set_byte(pid_t t, void* at) {
        auto address = reinterpret_cast<unsigned long>(at);
        poke(t, address, (peek(t, address) & ~0xffL) | 1);
    }
    static unsigned long pc(pid_t t) { return registers(t).rip; }

private:
    static constexpr int most = 64;
    pid_t pid_, threads_[most] = {}, stopped_[most] = {};
    int count_ = 0;

    pid_t keep(pid_t t) {
        for (auto& s : stopped_)
            if (!s) return s = t;
        return t;
    }
    static user_regs_struct registers(pid_t t) {
        user_regs_struct regs;
        CHECK(ptrace(PTRACE_GETREGS, t, 0, &regs) == 0);
        return regs;
    }
    static long peek(pid_t t, unsigned long at) {
        errno = 0;
        long word = ptrace(PTRACE_PEEKDATA, t, at, 0);
        CHECK(errno == 0);
        return word;
    }
    static void poke(pid_t t, unsigned long at, long word) { CHECK(ptrace(PTRACE_POKEDATA, t, at, word) == 0); }
    // Its signals are the program's. Not for ever: what it waits for may be another worker's to do, which stands still.
    int until_trap(pid_t t, decltype(PTRACE_CONT) how) {
        int status, sig = 0;
        do {
            CHECK(ptrace(how, t, 0, sig) == 0);
            pid_t r = 0;
            for (int tries = 0; tries < 1000 && !(r = waitpid(t, &status, __WALL | WNOHANG)); tries++) tries < 500 ? sched_yield() : usleep(500);
            bool sleeps = !r;
            if (sleeps) CHECK(ptrace(PTRACE_INTERRUPT, t, 0, 0) == 0 && (r = waitpid(t, &status, __WALL)) == t);
            CHECK(r == t && is_alive(t, status));
            if (sleeps && status >> 8 != SIGTRAP) return status;
            sig = passed_on(status);
        } while (status >> 8 != SIGTRAP);
        return status;
    }
    static void resume(pid_t t, int sig) { ptrace(PTRACE_CONT, t, 0, sig); }
    // Notes new and ended threads.
    bool is_alive(pid_t t, int status) {
        int known = -1;
        for (int i = 0; i < count_; i++) if (threads_[i] == t) known = i;
        bool alive = WIFSTOPPED(status);
        if (known < 0 && alive) {
            CHECK(count_ < most);
            threads_[count_++] = t;
        }
        if (known >= 0 && !alive) threads_[known] = 0;
        return alive;
    }
    // Signals are the program's; the tracer's own stops and the first one of a new thread are not.
    static int passed_on(int status) { return status >> 16 || WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status); }
    static bool is_at(pid_t t, int status, const char* address) {
        return status >> 8 == SIGTRAP && pc(t) == reinterpret_cast<unsigned long>(address);
    }
    // False: it does not sleep. Beside a stopped worker the runtime starts another, for a while.
    bool stop(pid_t t) {
        for (int tries = 0; tries < 40; tries++) {
            int status;
            if (ptrace(PTRACE_INTERRUPT, t, 0, 0) != 0) return true;  // it has ended
            if (waitpid(t, &status, __WALL) != t || !is_alive(t, status)) return true;
            if (is_at(t, status, begin_after)) {
                keep(t);
                return false;
            }
            bool interrupted = status >> 16 == PTRACE_EVENT_STOP;
            if (interrupted && long(registers(t).orig_rax) == coro::sys::nr_futex) {
                keep(t);
                return true;
            }
            resume(t, passed_on(status));
            usleep(50);
        }
        return false;
    }
};

static constexpr int path_max = 20000;
static unsigned long path[path_max];  // the instructions of one hand-over

static void inject(pid_t t, Kind kind) {
    if (kind != preemption) {
        ADD(shared->sent, 1);
        Tracer::send(t, SIGUSR1);
    }
    if (kind != program_signal) {
        Tracer::set_byte(t, &shared->worker->preempt);
        Tracer::set_byte(t, &shared->worker->signalled);
        Tracer::send(t, coro::runtime_signal);
    }
}
static void trace(Way way, int instruction, Kind kind) {
    *shared = {way, instruction, 0, 0, 0, nullptr};
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        while (!LOAD(shared->traced)) usleep(1000);
        program();
    }
    Tracer tracer(pid);
    STORE(shared->traced, 1);
    for (int i = 0; i < 100; i++) CHECK(tracer.go_on());  // the first hand-overs are not like those to come
    pid_t t = tracer.next_hand_over();
    int length = 0, missed = 0, in_switch = 0;
    while (tracer.step(t)) {
        CHECK(length < path_max);
        path[length++] = Tracer::pc(t);
    }
    auto from = reinterpret_cast<unsigned long>(__coro_arch_switch), to = reinterpret_cast<unsigned long>(__coro_arch_entry);
    for (int n = 0; n < length; n++) {
        int count = 0;
        for (int i = 0; i <= n; i++) count += path[i] == path[n];
        bool there = false;
        for (int tries = 0; tries < 20 && !there; tries++) {  // not every hand-over goes the same way
            t = tracer.next_hand_over();
            there = tracer.run_to(t, path[n], count);
        }
        if (there) inject(t, kind);
        missed += !there;
        in_switch += there && path[n] >= from && path[n] < to;
    }
    STORE(shared->finish, 1);
    while (tracer.go_on()) {}
    printf("%s, %s, %s: a signal at %d of %d instructions, %d of them the switch's\n", way_names[way], instruction ? "thread pointer by instruction" : "thread pointer by system call",
           kind_names[kind], length - missed, length, in_switch);
    CHECK(in_switch >= 50 && missed < length / 10);  // there and back
}
int main() {
    setvbuf(stdout, nullptr, _IOLBF, 0);
    shared = static_cast<Shared*>(mmap(nullptr, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    for (int way = by_yield; way <= by_semaphore; way++)
        for (int instruction = 0; instruction <= may_choose(); instruction++)
            for (int kind = program_signal; kind <= both; kind++) trace(Way(way), instruction, Kind(kind));
}

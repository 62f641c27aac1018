#include "abi/config.h"

#include "sys/print.h"

extern "C" char** __coro_musl_environ();
extern "C" unsigned long __coro_musl_auxv(unsigned long tag);

namespace [[gnu::visibility("hidden")]] coro {
namespace {

constexpr unsigned long at_page_size = 6, at_secure = 23;
constexpr unsigned processors_max = 1024;
constexpr unsigned warn_threads_default = 256;  // of a program that looks at its statistics

const char* value_of(const char* name) {
    size_t n = __builtin_strlen(name);
    char** env = __coro_musl_environ();
    for (; env && *env; env++)
        if (!__builtin_strncmp(*env, name, n) && (*env)[n] == '=') return *env + n + 1;
    return nullptr;
}

bool equal(const char* a, const char* b) { return !__builtin_strcmp(a, b); }

void complain(const char* name, const char* value, const char* wanted) {
    Printer(2).text("coro-musl: ").text(name).text("=").text(value).text(": expected ").text(wanted).text("; using the default\n");
}

// One of two words, or the default with a complaint.
bool choice(const char* name, const char* yes, const char* no, const char* wanted) {
    const char* v = value_of(name);
    if (!v || equal(v, no)) return false;
    if (equal(v, yes)) return true;
    complain(name, v, wanted);
    return false;
}

// All of `v` as a decimal number up to `most`; -1 if it is none.
long parse_number(const char* v, long most) {
    long n = 0;
    for (const char* c = v; *c; c++) {
        if (*c < '0' || *c > '9') return -1;
        n = n * 10 + (*c - '0');
        if (n > most) return -1;
    }
    return *v ? n : -1;
}

unsigned number(const char* name, long least, long most, unsigned otherwise, const char* wanted) {
    const char* v = value_of(name);
    if (!v) return otherwise;
    long n = parse_number(v, most);
    if (n >= least) return unsigned(n);
    complain(name, v, wanted);
    return otherwise;
}

// Not those that the kernel keeps for itself, that are faults, or that libc and the runtime use.
bool may_ask_for_dump(long sig) {
    constexpr int not_these[] = {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, 32, 33, 34};
    for (int other : not_these)
        if (sig == other) return false;
    return sig >= 1 && sig <= 64;
}

// `signal` is SIGQUIT, which people type on a terminal.
long parse_signal(const char* v) {
    constexpr struct { const char* name; int sig; } names[] = {
        {"signal", SIGQUIT}, {"QUIT", SIGQUIT}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"HUP", SIGHUP}, {"INT", SIGINT}, {"TERM", SIGTERM}, {"ALRM", SIGALRM},
        {"URG", SIGURG}, {"WINCH", SIGWINCH}, {"IO", SIGIO}, {"PWR", SIGPWR}, {"VTALRM", SIGVTALRM}, {"PROF", SIGPROF}, {"XCPU", SIGXCPU}, {"TSTP", SIGTSTP},
        {"CHLD", SIGCHLD}, {"PIPE", SIGPIPE}, {"CONT", SIGCONT}};
    bool prefixed = !__builtin_strncmp(v, "SIG", 3);
    for (auto& n : names)
        if (equal(v + (prefixed ? 3 : 0), n.name)) return n.sig;
    return parse_number(v, 64);
}

int dump_signal() {
    const char* v = value_of("CORO_DUMP");
    if (!v) return 0;
    long sig = parse_signal(v);
    if (may_ask_for_dump(sig)) return int(sig);
    complain("CORO_DUMP", v, "a signal that a program may use, by name (QUIT, USR1, ...) or number");
    return 0;
}

// A copy: the program may change its environment.
const char* file_name(const char* name) {
    static char copy[PATH_MAX];
    const char* v = value_of(name);
    size_t n = v ? __builtin_strlen(v) : 0;
    if (v && n && n < sizeof copy) return static_cast<const char*>(__builtin_memcpy(copy, v, n + 1));
    if (v) complain(name, n ? "..." : "", "the name of a file");
    return nullptr;
}

Config read_environment() {
    Config c{};
    c.ring = true;
    if (__coro_musl_auxv(at_secure)) return c;
    c.kernel_mode = choice("CORO_MODE", "kernel", "coro", "coro or kernel");
    c.scope_process = choice("CORO_SCOPE", "process", "attribute", "attribute or process");
    if (const char* io = value_of("CORO_IO"); io && !equal(io, "auto") && !equal(io, "uring")) {
        c.ring = !equal(io, "epoll");
        if (c.ring) complain("CORO_IO", io, "auto, epoll or uring");
    }
    c.dump_signal = dump_signal();
    c.stats = choice("CORO_STATS", "1", "0", "0 or 1");
    c.deadlock = choice("CORO_DEADLOCK", "report", "off", "report or off");
    c.trace = c.kernel_mode ? nullptr : file_name("CORO_TRACE");
    c.processors = number("CORO_PROCS", 1, processors_max, 0, "a number from 1 to 1024");
    c.warn_threads = number("CORO_WARN_THREADS", 0, 1000000, c.stats ? warn_threads_default : 0, "a number from 0 to 1000000");
    return c;
}

}  // namespace

const Config& config() {
    static constinit Config values{};
    static bool known;  // first asked for while the process has one thread
    if (!known) {
        values = read_environment();
        if (__coro_musl_auxv(at_page_size) != page_bytes) values.kernel_mode = true;  // AArch64 kernels with pages of 16 or 64 KiB
        known = true;
    }
    return values;
}

}  // namespace coro

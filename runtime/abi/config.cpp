#include "abi/config.h"

#include "sys/print.h"

extern "C" char** __coro_musl_environ();
extern "C" unsigned long __coro_musl_auxv(unsigned long tag);

namespace [[gnu::visibility("hidden")]] coro {
namespace {

constexpr unsigned long at_page_size = 6, at_secure = 23;
constexpr unsigned processors_max = 1024;

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

unsigned number(const char* name, unsigned most, const char* wanted) {
    const char* v = value_of(name);
    if (!v) return 0;
    unsigned n = 0;
    for (const char* c = v; *c; c++) {
        if (*c < '0' || *c > '9' || n > most) {
            n = 0;
            break;
        }
        n = n * 10 + unsigned(*c - '0');
    }
    if (n >= 1 && n <= most) return n;
    complain(name, v, wanted);
    return 0;
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
    c.dump_signal = choice("CORO_DUMP", "signal", "", "signal");
    c.processors = number("CORO_PROCS", processors_max, "a number from 1 to 1024");
    return c;
}

}  // namespace

const Config& config() {
    static Config values;
    static bool known;  // first asked for while the process has one thread
    if (!known) {
        values = read_environment();
        if (__coro_musl_auxv(at_page_size) != page_bytes) values.kernel_mode = true;  // AArch64 kernels with pages of 16 or 64 KiB
        known = true;
    }
    return values;
}

}  // namespace coro

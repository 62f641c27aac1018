// Starting the test program itself once more. Under an emulator (lit's --param arch) the kernel cannot start it: the emulator can, which
// CORO_TEST_EMULATOR names.
#pragma once
#include "check.h"

struct self {
    const char* path;
    char* args[16];
};
static char self_path_[PATH_MAX], self_command_[2 * PATH_MAX];
// Before main: threads read them.
__attribute__((constructor)) static void find_self(void) {
    const char* emulator = getenv("CORO_TEST_EMULATOR");
    CHECK(readlink("/proc/self/exe", self_path_, sizeof self_path_ - 1) > 0);
    snprintf(self_command_, sizeof self_command_, "%s%s%s", emulator ? emulator : "", emulator ? " " : "", self_path_);
}
static inline const char* self_path(void) { return self_path_; }
// What execv and posix_spawn take, for the arguments `args`.
static inline struct self self_with(char* const* args) {
    struct self s = {self_path(), {0}};
    int n = 0;
    char* emulator = getenv("CORO_TEST_EMULATOR");
    if (emulator) {
        s.args[n++] = emulator;
        s.args[n++] = (char*)s.path;
        s.path = emulator;
        args++;
    }
    while (*args && n < 15) s.args[n++] = *args++;
    return s;
}
// What a shell takes.
static inline const char* self_command(void) { return self_command_; }

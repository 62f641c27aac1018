// Starting the test program itself once more. Under an emulator (lit's --param arch) the kernel cannot start it: the emulator can, which
// CORO_TEST_EMULATOR names.
#pragma once
#include "check.h"

struct self {
    const char* path;
    char* args[16];
};
static inline const char* self_path(void) {
    static char path[PATH_MAX];
    CHECK(path[0] || readlink("/proc/self/exe", path, sizeof path - 1) > 0);
    return path;
}
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
static inline const char* self_command(void) {
    static char command[2 * PATH_MAX];
    const char* emulator = getenv("CORO_TEST_EMULATOR");
    snprintf(command, sizeof command, "%s%s%s", emulator ? emulator : "", emulator ? " " : "", self_path());
    return command;
}

// The names of threads: prctl(2) with PR_SET_NAME and PR_GET_NAME, and pthread_setname_np(3) of any thread. They are the coroutine's; workers keep
// the process's.
#include "gate/thread_name.h"

#include <sys/prctl.h>

#include "gate/gate.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace {

// The name of the process is the name of main.
void set_process_name(const ThreadName& name) {
    char text[ThreadName::bytes];
    name.get(text);
    long fd = sys::syscall(SYS_openat, AT_FDCWD, sys::arg("/proc/self/comm"), O_WRONLY | O_CLOEXEC);
    if (sys::is_error(fd)) return;
    sys::write(int(fd), text, sizeof text);
    sys::close(int(fd));
}

void set_name(Coroutine* co, const char* name) {
    co->name.set(name);
    if (co == main_coroutine) set_process_name(co->name);
}

}  // namespace

void name_from_kernel(Coroutine* co) {
    char text[ThreadName::bytes] = {};
    sys::syscall(SYS_prctl, PR_GET_NAME, sys::arg(text));
    co->name.set(text);
}

void name_to_kernel(Coroutine* co) {
    char text[ThreadName::bytes];
    co->name.get(text);
    sys::syscall(SYS_prctl, PR_SET_NAME, sys::arg(text));
}

long prctl_name(Call& c) {
    char text[ThreadName::bytes] = {};
    if (c.a[0] == PR_GET_NAME) {
        c.co->name.get(text);
        return write_program(c.a[1], text) ? 0 : -EFAULT;
    }
    for (size_t i = 0; i + 1 < sizeof text; i++) {
        if (!read_program(&text[i], c.a[1] + long(i))) return -EFAULT;
        if (!text[i]) break;
    }
    set_name(c.co, text);
    return 0;
}

// 0 or -errno; -ENOSYS: names are the kernel's.
extern "C" [[gnu::visibility("hidden")]] int __coro_thread_name(int tid, char* name, int set) {
    if (!arch::self() || arch::raw()) return -ENOSYS;
    Coroutine* co = find_thread(tid);
    if (!co) return -ENOENT;
    if (set) set_name(co, name);
    else co->name.get(name);
    return 0;
}

}  // namespace coro

// Goal: where the kernel has no MADV_GUARD_INSTALL, guards cost mappings: 30,000 threads are possible at the default vm.max_map_count; beyond the limit
// pthread_create gives EAGAIN, again and again without using anything up; after some have ended it works again. Method: a seccomp filter, set before
// the first thread, answers that advice with EINVAL; threads park in sem_wait.
// RUN: %matrix --cells coro --seconds 300 %s
#include "check.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <semaphore.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
enum { most = 70000, at_least = 30000, some = 1000, guard_install = 102 };
static sem_t sems[most];
static pthread_t t[most];
static pthread_attr_t attr;

static void refuse_guard_advice(void) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, guard_install, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        CHECK(getenv("CORO_TEST_EMULATOR"));  // qemu-user has no filters; it takes the advice and does nothing
        return;
    }
    void* page = mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(madvise(page, 4096, guard_install) == -1 && errno == EINVAL);
}
// In kB, without memory: there is no mapping left for stdio's.
static long address_space(void) {
    static char text[4096];
    int fd = open("/proc/self/status", O_RDONLY);
    CHECK(fd >= 0 && read(fd, text, sizeof text - 1) > 0);
    close(fd);
    char* at = strstr(text, "VmSize:");
    CHECK(at);
    return atol(at + 7);
}
static void* parks(void* p) {
    CHECK(sem_wait(&sems[(long)p]) == 0);
    return p;
}
static int create(long i) {
    sem_init(&sems[i], 0, 0);
    return pthread_create(&t[i], &attr, parks, (void*)i);
}
static void end(long i) {
    sem_post(&sems[i]);
    CHECK(join(t[i]) == (void*)i);
}
int main(void) {
    refuse_guard_advice();
    CHECK0(pthread_attr_init(&attr));
    CHECK0(pthread_attr_setstacksize(&attr, 65536));
    long n = 0;
    int error;
    int emulated = getenv("CORO_TEST_EMULATOR") != 0;  // an emulator needs mappings of its own, and does not survive that there are none
    while (n < (emulated ? at_least : most) && !(error = create(n))) n++;
    CHECK(n >= at_least && n < most && error == (emulated ? 0 : EAGAIN));
    long before = address_space();
    for (int i = 0; i < 200 && !emulated; i++) CHECK(create(n) == EAGAIN);
    CHECK(emulated || address_space() == before);
    for (long i = 0; i < some; i++) end(n - 1 - i);
    for (long i = 0; i < some; i++) CHECK0(create(n - some + i));
    for (long i = 0; i < n; i++) end(i);
    for (long i = 0; i < some; i++) CHECK0(create(i));
    for (long i = 0; i < some; i++) end(i);
}

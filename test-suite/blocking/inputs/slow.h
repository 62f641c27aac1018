// A call that takes long, whatever it is: a seccomp filter sends it to us (seccomp_unotify(2)), and it stands in the kernel, where a signal can end it,
// until it is answered. So a disk is as slow as a test needs.
#pragma once
#include "row.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

static int slow_listener = -1;

// Before the first thread, since each kernel thread is to inherit it.
static inline void slow_install(const struct row* r) {
    if (!r->slow) return;
    unsigned at = offsetof(struct seccomp_data, args) + 8 * (r->slow_argument ? (unsigned)r->slow_argument - 1 : 0);
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)r->number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, r->slow_argument ? (unsigned)*r->slow_value : 0, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    if (!r->slow_argument) filter[2] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_IMM, 0);
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK((slow_listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program)) >= 0);
}
// Those that stand there now go on.
static inline void slow_answer(const struct row* r) {
    struct pollfd f = {slow_listener, POLLIN, 0};
    while (poll(&f, 1, 0) == 1 && f.revents & POLLIN) {
        struct seccomp_notif call = {0};
        if (ioctl(slow_listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) continue;  // a signal was faster
        struct seccomp_notif_resp answer = {.id = call.id, .flags = r->slow_result ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE};
        ioctl(slow_listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
}

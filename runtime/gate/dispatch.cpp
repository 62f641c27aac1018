// Which handler a system call number has. A number without one goes to the kernel as it is (`may_block`: it may have come through
// syscall(2) and be anything).
#include "gate/gate.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace {

constexpr long numbers = 480;
struct Table {
    Handler* of[numbers] = {};
};

constexpr Table make_table() {
    Table t;
    using namespace gate;
#define ON(name, handler) t.of[SYS_##name] = handler
    ON(futex, gate::futex), ON(clone, gate::clone), ON(exit, gate::exit), ON(set_tid_address, gate::set_tid_address);
    ON(gettid, gate::gettid), ON(sched_yield, gate::sched_yield), ON(set_robust_list, gate::set_robust_list);
    ON(kill, gate::kill), ON(rt_sigqueueinfo, gate::rt_sigqueueinfo), ON(tkill, gate::tkill), ON(tgkill, gate::tgkill), ON(rt_tgsigqueueinfo, gate::rt_tgsigqueueinfo);
    ON(rt_sigprocmask, gate::rt_sigprocmask), ON(rt_sigaction, gate::rt_sigaction), ON(rt_sigpending, gate::rt_sigpending);
    ON(rt_sigtimedwait, gate::rt_sigtimedwait), ON(rt_sigsuspend, gate::rt_sigsuspend), ON(sigaltstack, gate::sigaltstack);
    ON(nanosleep, gate::nanosleep), ON(clock_nanosleep, gate::clock_nanosleep);
    ON(read, gate::read), ON(readv, gate::readv), ON(write, gate::write), ON(writev, gate::writev);
    ON(recvfrom, gate::recvfrom), ON(recvmsg, gate::recvmsg), ON(recvmmsg, gate::recvmmsg);
    ON(sendto, gate::sendto), ON(sendmsg, gate::sendmsg), ON(sendmmsg, gate::sendmmsg), ON(accept, gate::accept), ON(accept4, gate::accept4);
    ON(connect, gate::connect), ON(ppoll, gate::ppoll), ON(pselect6, gate::pselect6);
    ON(epoll_pwait, gate::epoll_pwait), ON(epoll_pwait2, gate::epoll_pwait2);
    ON(close, gate::close), ON(dup3, gate::dup3), ON(close_range, gate::close_range), ON(setsockopt, gate::setsockopt);
    ON(fcntl, gate::fcntl), ON(ioctl, gate::ioctl), ON(socket, gate::socket), ON(socketpair, gate::socketpair), ON(pipe2, gate::pipe2);
    ON(execve, gate::execve), ON(execveat, gate::execveat), ON(wait4, gate::wait4), ON(waitid, gate::waitid);
    ON(sched_setscheduler, sched_set), ON(sched_setparam, sched_set), ON(sched_setaffinity, sched_set), ON(sched_setattr, sched_set);
    ON(sched_getscheduler, sched_get), ON(sched_getparam, sched_get), ON(sched_getaffinity, sched_get), ON(sched_getattr, sched_get);
    ON(sched_rr_get_interval, sched_get), ON(setpriority, gate::setpriority), ON(getpriority, gate::getpriority);
    ON(ioprio_set, gate::ioprio_set), ON(ioprio_get, gate::ioprio_get);
    ON(unshare, binds), ON(setns, binds), ON(capset, binds), ON(setfsuid, binds), ON(setfsgid, binds), ON(personality, binds);
    ON(seccomp, binds), ON(set_mempolicy, binds), ON(landlock_restrict_self, binds), ON(rseq, binds);
    ON(prctl, gate::prctl), ON(timer_create, gate::timer_create), ON(timer_delete, gate::timer_delete);
    ON(timer_getoverrun, gate::timer_getoverrun);
    ON(clock_gettime, gate::clock_gettime), ON(clock_getres, gate::clock_getres), ON(getrusage, gate::getrusage);
    ON(flock, blocks), ON(msgrcv, blocks), ON(msgsnd, blocks), ON(mq_timedreceive, blocks), ON(mq_timedsend, blocks);
#ifdef SYS_semop
    ON(semop, blocks), ON(semtimedop, blocks);
#endif
#ifdef SYS_poll
    ON(poll, gate::poll), ON(pause, gate::pause), ON(dup2, gate::dup2), ON(pipe, gate::pipe), ON(epoll_wait, gate::epoll_wait);
    ON(fork, gate::fork), ON(vfork, gate::vfork), ON(select, gate::select);
#endif
#undef ON
    for (auto& handler : t.of)
        if (!handler) handler = may_block;
    return t;
}

constexpr Table table = make_table();

}  // namespace

Handler* handler_of(long nr) { return (unsigned long)nr < numbers ? table.of[nr] : gate::may_block; }

long gate::blocks(Call& c) { return in_place(c, CallKind::long_call); }
long gate::may_block(Call& c) { return in_place(c, CallKind::short_call); }

}  // namespace coro

#include "signals/timers.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace timers {
namespace {

struct Note {
    Atomic<int> id{0};  // the timer's plus one; 0: free
    Atomic<int> tid{0};
    Atomic<int> overrun{0};
};
constexpr u32 notes_max = 1024;
SpinLock lock;  // of writers
constinit Note notes[notes_max] = {};
Atomic<u32> used{0};  // notes that ever were
u32 next;             // where to look for a free one: that of a deleted timer is kept as long as possible, a signal may be on its way

Note* find(int timer) {
    for (u32 i = 0, n = used.load(acquire); i < n; i++)
        if (notes[i].id.load(acquire) == timer + 1) return &notes[i];
    return nullptr;
}

}  // namespace

long add(int timer, int tid) {
    Locked hold(lock);
    Note* note = find(timer);
    for (u32 i = 0; i < notes_max && !note; i++, next = (next + 1) % notes_max)
        if (!notes[next].id.load(relaxed) || notes[next].tid.load(relaxed) == deleted) note = &notes[next];
    if (!note) return -EAGAIN;
    note->id.store(0, release);
    note->tid.store(tid, relaxed);
    note->overrun.store(-1, relaxed);
    note->id.store(timer + 1, release);
    used.store(max(used.load(relaxed), u32(note - notes) + 1), release);
    return 0;
}

void remove(int timer) {
    Locked hold(lock);
    if (Note* note = find(timer)) note->tid.store(deleted, relaxed);
}

int target(const siginfo_t& info) {
    Note* note = info.si_code == SI_TIMER ? find(info.si_timerid) : nullptr;
    return note ? note->tid.load(relaxed) : 0;
}

bool merge(siginfo_t& waiting, const siginfo_t& info) {
    if (info.si_code != SI_TIMER || waiting.si_code != SI_TIMER || waiting.si_timerid != info.si_timerid) return false;
    long sum = long(waiting.si_overrun) + info.si_overrun + 1;
    waiting.si_overrun = int(min(sum, long(INT_MAX)));  // DELAYTIMER_MAX
    return true;
}

void delivered(const siginfo_t& info) {
    Note* note = info.si_code == SI_TIMER ? find(info.si_timerid) : nullptr;
    if (note) note->overrun.store(info.si_overrun, relaxed);
}

int overrun(int timer) {
    Note* note = find(timer);
    return note ? note->overrun.load(relaxed) : -1;
}

void reset_after_fork() {
    new (&lock) SpinLock;
    for (u32 i = 0, n = used.load(relaxed); i < n; i++) notes[i].id.store(0, relaxed);
    used.store(0, relaxed);
}

}  // namespace timers
}  // namespace coro

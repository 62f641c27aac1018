#include "observe/deadlock.h"

#include "abi/config.h"
#include "core/coroutine_table.h"
#include "observe/dump.h"
#include "observe/holder.h"
#include "observe/stats.h"
#include "signals/delivery.h"
#include "sys/print.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace {

constexpr u64 look_ns = 50 * ns_per_ms;  // so long nothing must have happened, twice
constexpr u32 others_printed = 50;

bool reported;
u64 seen_switches, scanned_switches;

bool waits_for_ever(const Coroutine* co) {
    return co->wait.load(acquire) == wait_parked && co->reason == Reason::futex && co->futex_bucket && !co->timer_wheel && !signal_deliverable(co);
}

// The next on the way round; null: it may go on.
Coroutine* blocker(const Coroutine* co, bool joins) {
    if (!waits_for_ever(co)) return nullptr;
    Held held = held_by(co);
    return held.what == Held::join && !joins ? nullptr : held.by;
}

// The way from `start` leads back to it. Brent's algorithm: it may lead into a circle without it.
// `lowest`: and by none with a lower id; each circle has one of those.
bool leads_round(const Coroutine* start, bool joins, bool lowest) {
    const Coroutine* mark = nullptr;
    u64 steps = 0, limit = 1;
    for (const Coroutine* at = blocker(start, joins); at; at = blocker(at, joins)) {
        if (at == start) return true;
        if (at == mark || (lowest && at->tid < start->tid)) return false;
        if (++steps < limit) continue;
        mark = at;
        steps = 0;
        limit *= 2;
    }
    return false;
}

template <class F> void for_each_thread(F f) {
    if (Coroutine* main = main_coroutine) f(main);
    coroutine_table.for_each([&](Coroutine* co) {
        if (co->tid) f(co);
    });
}

bool handlers_could_help() {
    constexpr u64 never_comes = bit_of(SIGSEGV) | bit_of(SIGBUS) | bit_of(SIGFPE) | bit_of(SIGILL) | bit_of(SIGTRAP) | bit_of(SIGSYS) | bit_of(SIGABRT) |
                                bit_of(SIGPIPE) | bit_of(32) | bit_of(signal_cancel) | bit_of(34);
    for (int sig = 1; sig <= 64; sig++)
        if (!(never_comes & bit_of(sig)) && get_action(sig).is_function()) return true;
    return false;
}

struct Found {
    u32 threads = 0, circles = 0;
    bool all_wait = true;
    bool is_deadlock() const { return circles || (all_wait && threads && !handlers_could_help()); }
};

Found look() {
    Found f;
    for_each_thread([&](Coroutine* co) {
        f.threads++;
        f.all_wait &= waits_for_ever(co);
    });
    for_each_thread([&](Coroutine* co) { f.circles += leads_round(co, f.all_wait, true); });
    return f;
}

void print_circle(Printer& out, Coroutine* first, bool joins) {
    out.text("coro-musl: each waits for the next, the last for the first:\n");
    Coroutine* at = first;
    do print_coroutine(out, at);
    while ((at = blocker(at, joins)) && at != first);
}

// Those who wait for ever beside the circles.
void print_others(Printer& out) {
    u32 n = 0;
    for_each_thread([&](Coroutine* co) {
        if (leads_round(co, true, false)) return;
        if (n == 0) out.text("coro-musl: others that wait for ever:\n");
        if (n++ < others_printed) print_coroutine(out, co);
    });
    if (n > others_printed) out.text("coro-musl: and ").number(n - others_printed).text(" more\n");
}

void report(const Found& f) {
    Printer out(2);
    out.text("coro-musl: pid ").number(scheduler.process_id).text(": deadlock: ");
    if (f.all_wait) out.text("every thread waits for another, for ever\n");
    else out.text("threads wait for each other, for ever\n");
    for_each_thread([&](Coroutine* co) {
        if (leads_round(co, f.all_wait, true)) print_circle(out, co, f.all_wait);
    });
    if (f.all_wait) print_others(out);
}

}  // namespace

u64 deadlock_pause_ns() { return config().deadlock && !reported ? look_ns : never; }

void look_for_deadlock() {
    if (!config().deadlock || reported) return;
    u64 now = switches_so_far();
    bool moved = now != seen_switches;
    seen_switches = now;
    if (moved || now == scanned_switches) return;
    FaultsPermitted permitted;
    Found f = look();
    if (switches_so_far() != now) return;  // what was seen did not hold together
    scanned_switches = now;
    if (!f.is_deadlock()) return;
    reported = true;
    report(f);
}

}  // namespace coro

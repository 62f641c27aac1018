#include "observe/stats.h"

#include <coro.h>

#include "abi/config.h"
#include "core/coroutine_table.h"
#include "sched/scheduler.h"
#include "sys/print.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace {

using Stats = struct ::coro_stats;

// Of one counter, over all workers there ever were.
template <class F> u64 sum(F counter) {
    u64 n = 0;
    for (Worker* w = scheduler.workers.load(acquire); w; w = w->all_next) n += counter(w->counters).get();
    return n;
}
u64 left(After a) { return sum([a](Counters& c) -> Counter& { return c.left[u8(a)]; }); }
u64 parks(Reason r) { return sum([r](Counters& c) -> Counter& { return c.parks[u8(r)]; }); }
u64 binds(BindReason r) { return sum([r](Counters& c) -> Counter& { return c.binds[u8(r)]; }); }

void count_threads(Stats& s) {
    CoroutineTable::Counts made = coroutine_table.counts();
    s.threads = made.live + (main_coroutine ? 1 : 0);
    s.threads_peak = made.peak + 1;
    s.threads_made = made.made + 1;
}

void count_processors(Stats& s) {
    s.processors = scheduler.processor_count;
    s.ready = scheduler.shared_count.load(relaxed) + scheduler.preempted_count.load(relaxed);
    for (u32 i = 0, used = scheduler.processors_used.load(acquire); i < used; i++) {
        Processor& p = scheduler.processors[i];
        s.ready += p.queue.size() + (p.queue.peek_next() ? 1 : 0);
        s.processors_idle += i < s.processors && p.state.load(relaxed) == processor_idle;
    }
}

void count_switches(Stats& s) {
    s.switches = switches_so_far();
    s.steals = sum([](Counters& c) -> Counter& { return c.steals; });
    s.preemptions = left(After::preempt);
    s.yields = left(After::yield);
    s.parks_futex = parks(Reason::futex);
    s.parks_sleep = parks(Reason::sleep);
    s.parks_read = parks(Reason::read);
    s.parks_write = parks(Reason::write);
    s.parks_poll = parks(Reason::poll);
    s.parks_signal = parks(Reason::signal);
    s.parks_child = parks(Reason::child);
}

void count_kernel_threads(Stats& s) {
    s.kernel_threads = scheduler.kernel_threads.load(relaxed);
    s.kernel_threads_peak = scheduler.kernel_threads_peak.load(relaxed);
    s.kernel_threads_refused = scheduler.kernel_threads_refused.load(relaxed);
    s.handoffs = sum([](Counters& c) -> Counter& { return c.handoffs; });
    s.covers = sum([](Counters& c) -> Counter& { return c.covers; });
    s.warnings = scheduler.warnings.load(relaxed);
    s.binds_scope = binds(BindReason::scope);
    s.binds_inherited = binds(BindReason::inherited);
    s.binds_scheduling = binds(BindReason::scheduling);
    s.binds_attribute = binds(BindReason::attribute);
    s.binds_clock = binds(BindReason::clock);
    s.binds_mutex = binds(BindReason::mutex);
}

void collect(Stats& s) {
    s.coroutines = 1;
    count_threads(s);
    count_processors(s);
    count_switches(s);
    count_kernel_threads(s);
}

struct Item {
    const char* text;
    u64 count;
};

// "label: 1 a, 2 b": one line.
template <size_t n> void line(Printer& out, const char* label, const Item (&items)[n]) {
    out.text("coro-musl:   ").text(label);
    for (size_t i = 0; i < n; i++) out.text(i ? ", " : ": ").number(long(items[i].count)).text(items[i].text);
    out.text("\n");
}

void print(Printer& out, const Stats& s) {
    out.text("coro-musl: what pid ").number(scheduler.process_id).text(" did (CORO_STATS)\n");
    line(out, "threads", {{" made", s.threads_made}, {" at most at once", s.threads_peak}, {" now", s.threads}});
    line(out, "processors", {{"", s.processors}, {" switches", s.switches}, {" steals", s.steals}, {" preemptions", s.preemptions}, {" yields", s.yields}});
    line(out, "parks", {{" futex", s.parks_futex}, {" sleep", s.parks_sleep}, {" read", s.parks_read}, {" write", s.parks_write}, {" poll", s.parks_poll},
                        {" signal", s.parks_signal}, {" child", s.parks_child}});
    line(out, "kernel threads", {{" now", s.kernel_threads}, {" at most at once", s.kernel_threads_peak}, {" refused", s.kernel_threads_refused},
                                 {" hand-offs", s.handoffs}, {" covers", s.covers}});
    line(out, "binds", {{" scope", s.binds_scope}, {" inherited", s.binds_inherited}, {" scheduling", s.binds_scheduling}, {" attribute", s.binds_attribute},
                        {" clock", s.binds_clock}, {" mutex", s.binds_mutex}});
}

}  // namespace

// coro_stats(3), from a coroutine; *s is zeroed but for what is known without a runtime.
extern "C" [[gnu::visibility("hidden")]] void __coro_stats(Stats* s) { collect(*s); }

u64 switches_so_far() {
    u64 n = 0;
    for (size_t i = 0; i < Counters::ways; i++) n += left(After(i));
    return n;
}

void stats_at_exit() {
    if (!config().stats) return;
    Stats s{};
    collect(s);
    Printer out(2);
    print(out, s);
}

}  // namespace coro

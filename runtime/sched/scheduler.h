// Who runs where. A processor is a slot with a run queue; a worker is a kernel thread of the runtime; a worker needs a processor to run
// coroutines. There are as many processors as usable CPUs, and as many workers as calls that block in the kernel make necessary.
//
// Life of a processor: idle (on the idle list, no worker), running (its worker runs coroutines), calling (its worker is inside a system
// call that may block; the monitor may take the processor away and give it to another worker).
//
// Waking. A coroutine made ready by another goes into the waker's own slot and runs there next: no other kernel thread is disturbed,
// which is what makes a hand-over between two threads cheap. The monitor looks every tick whether something waits while a processor
// is idle. Whoever makes something ready without running a processor afterwards (monitor, a worker back from a call) wakes one itself.
//
// Waiting. Busy processors look at the reactor when their queues are empty. Only when every processor is idle does one worker (the
// poller) block in the reactor; so an event never costs a kernel wake-up while somebody runs anyway.
//
// Locks: Scheduler::lock guards the idle lists and the shared queues. Leaf; never held across a system call.
#pragma once
#include "core/coroutine.h"
#include "core/run_queue.h"
#include "core/stack_pool.h"
#include "core/timer_wheel.h"
#include "event/reactor.h"
#include "observe/trace.h"
#include "sched/counters.h"
#include "sys/spin_lock.h"

namespace [[gnu::visibility("hidden")]] coro {

// Processor::state. Any other value: its worker is inside a system call; the value is that worker's ticket (kernel tid * 4 + 2), so
// that a worker that comes back does not mistake another's call for its own.
inline constexpr u32 processor_idle = 0, processor_running = 1;

struct alignas(128) Processor {
    RunQueue queue;
    TimerWheel timers;
    Atomic<u32> state{processor_idle};
    Atomic<u32> switches{0};     // written by the owner; the monitor compares
    Atomic<Worker*> worker{nullptr};
    Atomic<bool> retire{false};  // an extra processor that is not needed any more
    Processor* idle_next;        // guarded by Scheduler::lock
    u32 slot_streak;             // owner: how often in a row the slot was taken
    u32 random;
    StackCache stacks;

    // The monitor's own notes.
    u32 seen_switches;
    u64 seen_since_ns;
    Coroutine* seen_slot;
    u64 seen_cpu_ns, clock_looked_at_ns, clock_moved_at_ns;
    u32 seen_state;
    Processor* cover;            // the extra processor that stands in while this one is stuck
    bool extra;
    bool lent;                   // extra: in circulation; guarded by Scheduler::lock
};

inline constexpr size_t signal_stack_bytes = 32 << 10;  // the kernel's frame (up to 11 KB with AMX), and the entry's

struct Worker {
    Coroutine idle;           // scheduler context: this worker's own stack
    Processor* processor;     // null: none; own kernel thread only
    Coroutine* current;
    Coroutine* previous;      // with `after`, across one switch
    After after;
    bool searching;           // counted in Scheduler::searching
    bool has_forked;          // a child may have asked for a signal at the end of its parent, which is the kernel thread (PR_SET_PDEATHSIG)
    bool ended;               // the coroutine that was bound to it has ended: so will the kernel thread
    Coroutine* bound;         // runs this one only (sched/binding.h)
    Counters counters;
    trace::Row* trace_row;    // of a bound one; own kernel thread only
    Atomic<bool> bound_ready{false};
    Worker* ended_next;       // guarded by Scheduler::lock
    Atomic<u32> kernel_alive{0};  // of one that has ended: the kernel clears it when nothing runs on its stack any more
    void* unmap_base;
    size_t unmap_bytes;
    int kernel_tid;
    char* signal_stack;       // for faults: its kernel thread's sigaltstack(2)
    Atomic<u32> wake_word{0}; // sleeps on it
    Atomic<bool> signalled{false};  // the runtime's signal is on its way: it would queue, and frames would pile up
    Atomic<bool> signal_owed{false};  // the kernel had no room for it (sched/preempt.h)
    Atomic<bool> preempt{false};    // ... for preemption
    Atomic<bool> preempting{false};   // the monitor is about to send it; see preempt_disable
    Atomic<bool> sync_asked{false};
    Atomic<u32> synced{0};          // see sched/synccall.h; written by its own kernel thread
    Worker* idle_next;        // guarded by Scheduler::lock
    Worker* all_next;         // every worker ever made; constant after publication
    Atomic<u64> cpu_mark{0};        // its CPU clock when it last switched (sched/cpu_time.h)
    reactor::Events events;
    alignas(16) arch::Tcb tcb;
};

struct Scheduler {
    SpinLock lock;
    Processor* processors;
    u32 processor_count;             // as many as CPUs
    u32 processor_slots;             // with room for extra ones
    Atomic<u32> processors_used{0};  // slots ever used: count plus extras
    Atomic<u32> active{0};           // in circulation: count plus extras not retired
    Processor* idle_processors;      // guarded by lock
    Atomic<u32> idle_count{0};       // written under lock
    Worker* idle_workers;            // guarded by lock
    u32 idle_worker_count;           // guarded by lock
    Worker* ended_workers;           // to be used again; guarded by lock
    Atomic<bool> worker_wanted{false};  // the monitor is to start one for an idle processor
    Atomic<bool> signals_owed{false};   // ... and to send the runtime's signal again
    Atomic<u32> unbound_workers{0};     // those that run whatever is ready: never none (sched/binding.h)
    Atomic<u32> searching{0};        // workers that look for work and will find what is queued now
    CoroutineQueue shared;           // woken by somebody without a processor, or overflow; guarded by lock
    CoroutineQueue preempted;        // runs when nothing that was woken does; guarded by lock
    Atomic<u32> shared_count{0}, preempted_count{0};  // written under lock
    Atomic<u32> polling{0};          // a worker blocks in the reactor
    Atomic<u64> polling_until{0};    // ... until then at the latest
    Atomic<u32> looks{0};            // workers' looks at the reactor, some uncounted
    Atomic<Worker*> workers{nullptr};
    Atomic<u32> kernel_threads{0}, kernel_threads_peak{0};  // alive, the monitor's too
    Atomic<u32> kernel_threads_refused{0};
    Atomic<u32> warnings{0};         // how often kernel_threads rose above config().warn_threads
    Atomic<u32> monitor_word{0};     // 1: the monitor runs; 0: it sleeps on this word
    Worker* monitor;                 // its kernel thread; never runs coroutines
    size_t preemptible_stack_bytes;  // holds a signal frame and a switch with room to spare
    int process_id;
    bool started;
};

extern Scheduler scheduler;
extern Coroutine* main_coroutine;  // null: it has ended
// The live thread with this id, or null.
Coroutine* find_thread(int tid);

// Starts the runtime in a process with one thread, which becomes the coroutine `main`. 0 or -errno.
long scheduler_start();
// In a fork child: forgets everything of the parent. The caller goes on as an ordinary thread.
void scheduler_reset_after_fork();

// Makes co ready. From a coroutine: in the caller's slot. `may` run now on another processor.
void make_ready(Coroutine* co);
void make_ready(CoroutineQueue& ready);
// Makes the creator co ready, to go on when what it has created ends or waits.
void make_ready_below(Coroutine* co);
// try_wake and make_ready in one. True if this call woke it.
inline bool wake(Coroutine* co, Wait cause) {
    Woken w = try_wake(co, cause);
    if (w == Woken::ready) make_ready(co);
    return w != Woken::no;
}

// Looks at the reactor, if nobody blocks in it.
void look_at_reactor(reactor::Events& room, CoroutineQueue& ready);
// From a worker with a processor: the next coroutine of its own queue, or null.
Coroutine* pick_local(Processor* p);
// The same, and then of the timers, the shared queues and the reactor: all but what other processors have. Needs little stack.
Coroutine* pick_next(Worker* w);
// On the worker's own stack: does not return without work.
Coroutine* find_runnable(Worker* w);
// Wakes or makes a worker for an idle processor, if there is one and nobody is searching already.
void wake_processor();
// Gives the idle processor p, taken off the list, to a worker. If no kernel thread can be had p is put back.
void start_processor(Processor* p, bool searching);
Processor* take_idle_processor();
Worker* take_idle_worker();
// Arms the timer of co, which is `preparing` and runs here.
void arm_deadline(Coroutine* co, u64 deadline_ns);
void put_idle_processor(Processor* p);
// Takes an extra processor out of circulation: now if it is idle, else when its worker next looks.
void retire_processor(Processor* p);
// Something is queued that an idle processor could run or hand to the ring, or a timer is due.
bool work_waits(u64 now_ns);
u64 next_deadline();
void queue_shared(Coroutine* co);
void queue_preempted(Coroutine* co);

// Kernel threads. 0 or -errno.
// p null: it looks for one itself.
long spawn_worker(Processor* p, bool searching);
// One without a processor, to be bound; waits until its kernel thread is known.
long spawn_bound_worker(Worker** made);
// Of a worker whose kernel thread nobody else is to have.
[[noreturn]] void end_kernel_thread(Worker* w);
long spawn_monitor();
[[noreturn]] void monitor_loop();
Worker* adopt_initial_thread(Processor* p);
// None of them has run.
void free_workers();
[[noreturn]] void worker_loop(Worker* w);
// Tells the kernel of w's signal stack; on its own kernel thread. `old`: what it had, or null.
void worker_use_signal_stack(Worker* w, stack_t* old);
// One worker fewer (more) that runs whatever is ready. False: it is the last.
bool take_from_pool();
void give_to_pool();
void worker_sleep(Worker* w);
// False: nobody has woken it for so long.
bool worker_sleep_for(Worker* w, u64 ns);
void worker_wake(Worker* w);
void worker_init(Worker* w);
// Makes the monitor look now if it sleeps because nothing runs.
void monitor_kick();
// Makes it look now in any case.
void monitor_interrupt();

}  // namespace coro

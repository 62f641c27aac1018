// A coroutine: what the kernel's task_struct is for a thread. One for every POSIX thread, and one ("scheduler context") for each
// worker. Objects are type-stable: a freed one may be used again, but its memory never goes away, so a late waker or signal finds
// a Coroutine whose `tid` has changed, never garbage.
//
// Wait protocol. `wait` says where the coroutine stands:
//     running    it runs, or is in a run queue: nobody may make it ready
//     preparing  it has put itself where wakers look, and has not left its stack yet
//     parked     it is off its stack
//     >= cause   one waker won: the value says why
// A waker (try_wake) moves preparing or parked to its cause; only one succeeds. If it found `parked`, it makes the coroutine ready;
// if it found `preparing`, the coroutine (or, past the switch, whoever commits the park) sees the cause and goes on. So a coroutine
// is never in a run queue before its context is saved. The coroutine itself takes its registrations back after the wake.
#pragma once
#include "arch/cpu.h"
#include "base/list.h"
#include "core/thread_name.h"
#include "sys/kernel.h"

namespace [[gnu::visibility("hidden")]] coro {

struct Worker;
struct FutexBucket;
class TimerWheel;
struct Descriptor;

enum Wait : u32 {
    wait_running = 0,
    wait_preparing = 1,
    wait_parked = 2,
    cause_woken = 3,    // by the object waited for
    cause_timeout = 4,
    cause_signal = 5,   // a signal, or cancellation
};

// What a dump says the coroutine waits for. One value for each kind of place.
enum class Reason : u8 { none, futex, sleep, read, write, poll, signal, child, blocked, created };

// Bits of Coroutine::attention: what the coroutine must see to as it leaves the runtime.
enum Attention : u32 {
    attention_preempt = 1,  // its slice is over
    attention_signal = 2,   // a signal may be deliverable
    attention_child = 4,    // it has created a coroutine and should hand over to it
};

struct alignas(64) Coroutine {
    arch::Context context;
    Worker* worker;       // who runs it; written by the worker that switches to it
    Atomic<Worker*> bound;  // the only one that may, or null (sched/binding.h); set once
    bool inherits;        // its kernel thread has attributes of its own, which threads that it makes are to have too
    u32 depth;            // > 0: inside the runtime. Own kernel thread and its signal handlers only
    Atomic<u32> attention;
    Atomic<u32> wait;
    Reason reason;        // for dumps; written by the coroutine
    bool preemptible;     // its stack can hold a signal frame
    bool cancellable;     // parked at a cancellation point with cancellation enabled
    int tid;              // virtual; 0 = free
    volatile int* clear_tid;
    Coroutine* queue_next;  // guarded by the lock of the queue it is in

    Link futex_link;      // in futex_bucket's list, guarded by that bucket's lock
    FutexBucket* futex_bucket;
    uptr futex_key;
    u32 futex_bitset;

    Link timer_link;      // in a slot of *timer_wheel, guarded by the wheel's lock
    TimerWheel* timer_wheel;
    u64 deadline_ns;
    u8 timer_slot_level, timer_slot;

    bool delivering;      // between a signal's arrival and its handler's start: no other handler may run, and leave for good (siglongjmp)
    bool calling;         // inside a system call that may block (sched/blocking_call.h)
    struct InCall {
        bool interruptible;  // a handler may end it with EINTR
        bool handler_ran;    // during it
        bool interrupted;    // by one without SA_RESTART
        bool gives_way;      // ended for others to have its kernel thread for a turn
        bool doubted;        // interrupted, when it may not have begun: it is looked at again
        long sleeps;         // ... and how often its kernel thread had slept by then
    } in_call;            // of that system call; a handler during it makes calls of its own, and puts this back (run_handler)

    Atomic<bool> preempt_disabled;  // inside such a call, before any handler; own coroutine writes (sched/preempt.h)

    Descriptor* accepts;         // inside accept(2) of it (event/reactor.h)

    Atomic<u64> cpu_ns;          // see sched/cpu_time.h; written by the worker that runs it

    u64 signal_mask;             // virtual mask; own coroutine writes, others read
    u64 sigwait_set;             // parked in sigtimedwait for these
    Atomic<u64> signal_pending;  // thread-directed, by bit
    void* alt_stack_base;
    size_t alt_stack_bytes;
    int alt_stack_flags;

    void* wait_object;    // for dumps: futex address or descriptor
    uptr valgrind_stack;  // its id there
    void* stack_high;
    ThreadName name;
    int (*entry)(void*);
    void* entry_arg;

    static Coroutine* from_futex_link(Link* l) {
        return reinterpret_cast<Coroutine*>(reinterpret_cast<uptr>(l) - offsetof(Coroutine, futex_link));
    }
    static Coroutine* from_timer_link(Link* l) {
        return reinterpret_cast<Coroutine*>(reinterpret_cast<uptr>(l) - offsetof(Coroutine, timer_link));
    }
};

// The stack that pthread_create gave, below the control block. Of main: empty.
struct StackExtent {
    uptr low, high;
};
inline StackExtent stack_of(const Coroutine* co) {
    volatile arch::Tcb* tcb = arch::tcb(co->context.tp);
    uptr high = reinterpret_cast<uptr>(tcb->stack);
    return {high - tcb->stack_size, high};
}

// A singly linked queue of coroutines through queue_next. The owner locks.
class CoroutineQueue {
public:
    bool empty() const { return !head_; }
    u32 size() const { return size_; }
    void push_back(Coroutine* co) {
        co->queue_next = nullptr;
        if (tail_) tail_->queue_next = co;
        else head_ = co;
        tail_ = co;
        size_++;
    }
    Coroutine* pop_front() {
        Coroutine* co = head_;
        if (!co) return nullptr;
        head_ = co->queue_next;
        if (!head_) tail_ = nullptr;
        size_--;
        return co;
    }

private:
    Coroutine* head_ = nullptr;
    Coroutine* tail_ = nullptr;
    u32 size_ = 0;
};

// The result of try_wake.
enum class Woken { no, early, ready };

// Claims `co` for `cause`. `ready`: the caller must make it ready (sched). `early`: it had not left its stack, nothing to do.
inline Woken try_wake(Coroutine* co, Wait cause) {
    u32 seen = co->wait.load(relaxed);
    for (;;) {
        if (seen != wait_parked && seen != wait_preparing) return Woken::no;
        // acq_rel: pairs with the commit in sched/switch.h, so that the saved context is seen; and hands the waker's writes on.
        u32 expected = seen;
        if (co->wait.cas(expected, cause, acq_rel)) return seen == wait_parked ? Woken::ready : Woken::early;
        seen = expected;
    }
}

}  // namespace coro

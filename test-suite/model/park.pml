// The wait word of a coroutine (runtime/core/coroutine.h): one that parks, two wakers, workers that run it. To be shown: no wake-up is lost, it is never in two
// run queues, it is never resumed before its context is saved.
//
// An event is a token that a waker makes before it looks for waiters (the futex word, an edge); the coroutine takes two of them.
//
// Faults, each of which must be found:  -DCOMMIT_EARLY   parked before the context is saved
//                                       -DREADY_EARLY    a waker queues one that is still preparing
//                                       -DNO_RECHECK     parks without comparing again after `preparing`
//                                       -DBLIND_COMMIT   the commit overwrites a cause instead of yielding to it
mtype = { running, preparing, parked, woken };

mtype wait_word = running;
byte events = 0;        // made by wakers, not taken yet
byte taken = 0;
byte queued = 1;        // how often the coroutine is in a run queue
bool saved = true;      // its context may be resumed
bool on_stack = false;  // a worker runs it

inline make_ready() {
    atomic { queued++; assert(queued == 1) }
}

// try_wake: one claim wins; who finds `parked` makes it ready.
inline wake() {
    seen = wait_word;
    do
    :: seen != parked && seen != preparing -> break
    :: else ->
        atomic {
            if
            :: wait_word == seen -> wait_word = woken; won = true
            :: else -> seen = wait_word; won = false
            fi
        }
        if
        :: won ->
#ifdef READY_EARLY
            make_ready();
#else
            if
            :: seen == parked -> make_ready()
            :: else
            fi;
#endif
            break
        :: else
        fi
    od
}

proctype waker() {
    mtype seen;
    bool won;
    events++;
    wake()
}

// A worker takes the coroutine from the queue and runs it until it parks or has both events; then it commits the park, on its own stack.
proctype worker() {
    mtype seen;
    bool won;
end:
    do
    :: atomic { queued > 0 -> queued--; assert(saved && !on_stack); on_stack = true; saved = false }
        wait_word = running;
        do
        :: atomic { events > 0 -> events--; taken++ }
        :: taken == 2 -> goto finished
        :: events == 0 && taken < 2 ->
            wait_word = preparing;
#ifndef NO_RECHECK
            if
            :: events > 0 -> wake()  // its own claim: goes on without a switch
            :: else
            fi;
#endif
            if
            :: wait_word == preparing ->
#ifdef COMMIT_EARLY
                atomic {
                    if
                    :: wait_word == preparing -> wait_word = parked; won = true
                    :: else -> won = false
                    fi
                }
                atomic { saved = true; on_stack = false }
#else
                atomic { saved = true; on_stack = false }  // the switch
#ifdef BLIND_COMMIT
                wait_word = parked;
                won = true;
#else
                atomic {
                    if
                    :: wait_word == preparing -> wait_word = parked; won = true
                    :: else -> won = false
                    fi
                }
#endif
#endif
                if
                :: !won -> make_ready()  // a waker was faster and left it to us
                :: else
                fi;
                break
            :: else -> wait_word = running
            fi
        od
    od;
finished:
    on_stack = false
}

init {
    atomic { run worker(); run worker(); run waker(); run waker() }
    timeout -> assert(taken == 2)
}

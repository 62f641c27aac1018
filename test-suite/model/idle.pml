// Idle processors (runtime/sched/scheduler.cpp): who makes something ready looks for an idle processor; who goes idle looks for something ready; one of
// them sees the other. With every processor idle one worker blocks in the reactor, and is interrupted to take a processor. To be shown: when nothing moves any
// more, nothing is queued; a processor is held by one worker or on the idle list.
//
// One processor, two workers of which the second is spawned at need. A waker without a processor (the monitor) makes an item ready; an event comes by the
// reactor. A store becomes visible to others at the latest at its process's next fence (`flush`): a store buffer of one entry.
//
// Faults, each of which must be found:  -DNO_FENCE_WAKER  -DNO_FENCE_IDLE  the barriers of wake_processor and find_runnable
//                                       -DNO_POLLER_LOOK  blocks in the reactor without looking at the queue
//                                       -DNO_SLEEPER_LOOK sleeps without looking whether anybody polls
//                                       -DNO_SECOND_LOOK  start_processor does not look again whether the poller it interrupts still polls
#define PROCESSORS 1
#define WORKERS 2

byte queue = 0, done = 0;
byte idle = PROCESSORS, held = 0;
byte searching = 0;
bool polling = false, interrupted = false, event = false;
bool asleep[WORKERS], given[WORKERS], gets_to_search[WORKERS], spawned = false;
byte pushed[WORKERS + 1];   // stores to `queue` that are not visible yet, by process
byte put[WORKERS + 1];      // stores to `idle` that are not visible yet

inline flush(p) { atomic { queue = queue + pushed[p]; pushed[p] = 0; idle = idle + put[p]; put[p] = 0 } }
inline take_processor(p, got) {
    flush(p);  // a lock is a barrier too
    atomic {
        if
        :: idle > 0 -> idle--; held++; assert(held <= PROCESSORS); got = true
        :: else -> got = false
        fi
    }
}
inline put_processor(p) { atomic { held--; put[p]++ } }

// Gives a processor, already taken, to a worker. `search`: it is counted as searching.
inline start_processor(p, search) {
    to = WORKERS;
    has = true;
    do
    :: !has -> break
    :: has ->
        atomic {
            if
            :: asleep[0] -> to = 0; asleep[0] = false
            :: else -> if
                :: asleep[1] -> to = 1; asleep[1] = false
                :: else -> to = WORKERS
                fi
            fi
        }
        if
        :: to < WORKERS -> gets_to_search[to] = search; given[to] = true; break
        :: else
        fi;
        saw_poller = polling;
        if
        :: atomic { !saw_poller && !spawned -> spawned = true; gets_to_search[1] = search; given[1] = true }; break
        :: else
        fi;
        put_processor(p);
        flush(p);
        if
        :: search -> searching--; search = false
        :: else
        fi;
#ifdef NO_SECOND_LOOK
        if
        :: saw_poller -> interrupted = true
        :: else
        fi;
        break
#else
        saw_poller = polling;
        if
        :: saw_poller -> interrupted = true
        :: else
        fi;
        if
        :: saw_poller && polling -> break
        :: !saw_poller && !asleep[0] && !asleep[1] -> break
        :: else -> take_processor(p, has)
        fi
#endif
    od;
    to = 0; has = false; saw_poller = false
}
inline wake_processor(p) {
#ifndef NO_FENCE_WAKER
    flush(p);
#endif
    if
    :: idle == 0
    :: else ->
        atomic {
            if
            :: searching == 0 -> searching = 1; claimed = true
            :: else -> claimed = false
            fi
        }
        if
        :: claimed ->
            take_processor(p, has);
            if
            :: has -> start_processor(p, claimed)
            :: else -> searching--
            fi
        :: else
        fi;
        claimed = false
    fi
}

proctype source() { event = true }

proctype waker() {
    byte to, left = 1;
    bool has, claimed, saw_poller;
    do
    :: left > 0 -> left--; pushed[WORKERS]++; wake_processor(WORKERS)
    :: else -> break
    od;
    flush(WORKERS)
}

proctype buffer(byte p) {  // stores also become visible by themselves, at any time
end:
    do
    :: atomic { pushed[p] + put[p] > 0 -> flush(p) }
    od
}

proctype worker(byte me) {
    byte to;
    bool has, claimed, saw_poller, mine = false, search = false, found;
    if
    :: me == 1 ->
end_unborn: given[me];
        given[me] = false;
        mine = true;
        search = gets_to_search[me]
    :: else
    fi;
    do
    :: mine ->
        flush(me);
        atomic {
            if
            :: queue > 0 -> queue--; done++; found = true
            :: else -> found = false
            fi
        }
        if
        :: found ->
            found = false;
            if
            :: search -> search = false; searching--;
                if
                :: queue > 0 -> wake_processor(me)  // the last to search has found something
                :: else
                fi
            :: else
            fi
        :: else ->
            mine = false;
            put_processor(me);
            if
            :: search -> search = false; searching--
            :: else
            fi;
#ifndef NO_FENCE_IDLE
            flush(me);
#endif
            if
            :: queue > 0 -> take_processor(me, mine)
            :: else
            fi
        fi
    :: !mine && idle == PROCESSORS && !polling ->
        atomic {
            if
            :: !polling -> polling = true; claimed = true
            :: else -> claimed = false
            fi
        }
        if
        :: claimed ->
            if
#ifndef NO_POLLER_LOOK
            :: queue > 0
#endif
            :: else -> // blocks in the reactor
end_poll:       if
                :: interrupted -> interrupted = false
                :: event -> event = false; pushed[me]++
                fi
            fi;
            polling = false;
            take_processor(me, mine);
            claimed = false;
            if
            :: mine -> flush(me)
            :: else -> wake_processor(me)
            fi
        :: else
        fi
    :: !mine && (idle != PROCESSORS || polling) ->
        asleep[me] = true;
        flush(me);
#ifndef NO_SLEEPER_LOOK
        if
        :: !polling && (queue > 0 || idle == PROCESSORS) -> wake_processor(me)
        :: else
        fi;
#endif
end_sleep: given[me];
        given[me] = false;
        mine = true;
        search = gets_to_search[me]
    od
}

init {
    atomic { run worker(0); run worker(1); run waker(); run buffer(0); run buffer(1); run buffer(2); run source() }
    timeout -> assert(queue == 0 && done == 2 && idle + held == PROCESSORS)
}

//! What things cost, in nanoseconds each. `benches [SCALE]`: repeats are multiplied by it (1).
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{mpsc, Arc, Barrier, Condvar, Mutex};
use std::time::Instant;
use std::{env, thread};

fn report(name: &str, count: usize, body: impl FnOnce(usize)) {
    let begin = Instant::now();
    body(count);
    println!("{name:<24}{:>10} ns", begin.elapsed().as_nanos() / count as u128);
}

/// A message to another thread and its answer.
fn channel_round_trip(count: usize) {
    let (to, from_main) = mpsc::channel::<usize>();
    let (answer, answers) = mpsc::channel::<usize>();
    let other = thread::spawn(move || from_main.iter().for_each(|i| answer.send(i + 1).unwrap()));
    for i in 0..count {
        to.send(i).unwrap();
        assert_eq!(answers.recv().unwrap(), i + 1);
    }
    drop(to);
    other.join().unwrap();
}

/// Two threads take turns by a condition variable.
fn turns(count: usize) {
    let state = Arc::new((Mutex::new(0), Condvar::new()));
    let take = |mine: usize| {
        let state = state.clone();
        move || {
            let (turn, changed) = &*state;
            for _ in 0..count / 2 {
                let mut turn = changed.wait_while(turn.lock().unwrap(), |t| *t % 2 != mine).unwrap();
                *turn += 1;
                changed.notify_one();
            }
        }
    };
    let threads = [thread::spawn(take(0)), thread::spawn(take(1))];
    threads.into_iter().for_each(|t| t.join().unwrap());
    assert_eq!(*state.0.lock().unwrap(), count / 2 * 2);
}

fn contended_mutex(count: usize) {
    let sum = Arc::new(Mutex::new(0));
    let start = Arc::new(Barrier::new(8));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (sum, start) = (sum.clone(), start.clone());
            thread::spawn(move || {
                start.wait();
                (0..count / 8).for_each(|_| *sum.lock().unwrap() += 1);
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
    assert_eq!(*sum.lock().unwrap(), count / 8 * 8);
}

/// Threads that nobody joins; each says when it is done.
fn spawn_detached(count: usize) {
    static DONE: AtomicUsize = AtomicUsize::new(0);
    for _ in 0..count {
        thread::spawn(|| DONE.fetch_add(1, SeqCst));
    }
    while DONE.load(SeqCst) < count {
        thread::yield_now();
    }
}

fn main() {
    let scale: usize = env::args().nth(1).map_or(1, |n| n.parse().expect("a scale"));
    report("yield_now", 1_000_000 * scale, |n| (0..n).for_each(|_| thread::yield_now()));
    let mutex = Mutex::new(0usize);
    report("mutex", 10_000_000 * scale, |n| (0..n).for_each(|_| *black_box(&mutex).lock().unwrap() += 1));
    report("mutex_8_threads", 1_000_000 * scale, contended_mutex);
    report("condvar_turn", 200_000 * scale, turns);
    report("channel_round_trip", 100_000 * scale, channel_round_trip);
    report("spawn", 50_000 * scale, spawn_detached);
    report("spawn_join", 50_000 * scale, |n| (0..n).for_each(|_| thread::spawn(|| {}).join().unwrap()));
    report("spawn_1000_join_all", 50_000 * scale, |n| {
        for _ in 0..n / 1000 {
            let all: Vec<_> = (0..1000).map(|_| thread::spawn(|| {})).collect();
            all.into_iter().for_each(|t| t.join().unwrap());
        }
    });
    report("scoped_spawn", 50_000 * scale, |n| {
        for _ in 0..n {
            thread::scope(|s| { s.spawn(|| {}); });
        }
    });
}

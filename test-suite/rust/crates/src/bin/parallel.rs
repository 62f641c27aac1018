//! rayon, crossbeam and parking_lot: more threads than CPUs, which wait for each other in every way that these have. Prints what each part found.
use crossbeam::channel::{bounded, select, tick, unbounded};
use parking_lot::{Condvar, Mutex, ReentrantMutex, RwLock};
use rayon::prelude::*;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

extern "C" {
    fn turns(rounds: i32) -> i32;
}

fn kernel_threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

fn fibonacci(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let (a, b) = rayon::join(|| fibonacci(n - 1), || fibonacci(n - 2));
    a + b
}

fn with_rayon() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(100).build().unwrap();
    pool.install(|| {
        let mut numbers: Vec<u64> = (0..200_000).map(|i: u64| i.wrapping_mul(6364136223846793005) >> 32).collect();
        let sum: u64 = numbers.par_iter().sum();
        numbers.par_sort_unstable();
        assert!(numbers.windows(2).all(|w| w[0] <= w[1]) && numbers.iter().sum::<u64>() == sum);
        // Each blocks: on kernel threads as many would be needed, here the pool's threads wait in turn.
        let begin = Instant::now();
        (0..100).into_par_iter().with_max_len(1).for_each(|_| thread::sleep(Duration::from_millis(20)));
        assert!(begin.elapsed() >= Duration::from_millis(20));
        println!("rayon: fibonacci {}, {} threads", fibonacci(18), rayon::current_num_threads());
    });
    println!("kernel threads: {}", kernel_threads());
}

fn with_crossbeam() {
    let (to, from) = bounded(3); // most senders wait
    let (done, finished) = unbounded();
    let total: u64 = crossbeam::scope(|s| {
        for p in 0..100u64 {
            let to = to.clone();
            s.spawn(move |_| (0..100).for_each(|i| to.send(p * 100 + i).unwrap()));
        }
        drop(to);
        for _ in 0..100 {
            let (from, done) = (from.clone(), done.clone());
            s.spawn(move |_| done.send(from.iter().sum::<u64>()).unwrap());
        }
        drop(done);
        let ticks = tick(Duration::from_millis(1));
        let (mut total, mut ended) = (0, 0);
        while ended < 100 {
            select! {
                recv(finished) -> sum => { total += sum.unwrap(); ended += 1; }
                recv(ticks) -> _ => {}
            }
        }
        total
    })
    .unwrap();
    println!("crossbeam: sum {total}");
}

fn with_parking_lot() {
    let state = Arc::new((Mutex::new(0usize), Condvar::new(), RwLock::new(0usize), ReentrantMutex::new(())));
    let threads: Vec<_> = (0..500)
        .map(|i| {
            let state = state.clone();
            thread::spawn(move || {
                let (turn, changed, shared, again) = &*state;
                let mut turn = turn.lock();
                while *turn != i {
                    assert!(!changed.wait_for(&mut turn, Duration::from_secs(600)).timed_out());
                }
                *turn += 1;
                changed.notify_all();
                drop(turn);
                let _twice = (again.lock(), again.lock());
                if i % 2 == 0 { *shared.write() += 1 } else { assert!(*shared.read() <= 250) }
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
    println!("parking_lot: {} turns, {} writes", *state.0.lock(), *state.2.read());
}

fn main() {
    with_rayon();
    with_crossbeam();
    with_parking_lot();
    println!("C: {} turns", unsafe { turns(1000) });
}

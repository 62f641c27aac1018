//! 10,000 times: ten threads are made and joined. Says how long it took and how many kernel threads carried them: on coro-musl a few, and one with
//! CORO_PROCS=1. `work_stealing [ROUNDS]`
use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Instant;
use std::{env, fs, thread};

/// Some work; every 16th time with a look at who does it.
fn work(round: usize) -> Option<PathBuf> {
    std::hint::black_box((0..1000u64).fold(0, |a, b| a ^ b * 31));
    (round % 16 == 0).then(|| fs::read_link("/proc/thread-self").unwrap())
}

fn main() {
    let rounds: usize = env::args().nth(1).map_or(10_000, |n| n.parse().expect("a number of rounds"));
    let begin = Instant::now();
    let mut kernel_threads = HashSet::new();
    for round in 0..rounds {
        let threads: Vec<_> = (0..10).map(|_| thread::spawn(move || work(round))).collect();
        kernel_threads.extend(threads.into_iter().filter_map(|t| t.join().unwrap()));
    }
    println!("{} threads on {} kernel threads, {} ms", rounds * 10, kernel_threads.len(), begin.elapsed().as_millis());
}

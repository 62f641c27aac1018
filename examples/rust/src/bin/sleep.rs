//! Five threads sleep half a second each, at the same time.
use std::thread;
use std::time::{Duration, Instant};

fn main() {
    let begin = Instant::now();
    let threads: Vec<_> = (0..5)
        .map(|i| {
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(500));
                println!("thread {i} slept");
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    println!("all: {} ms", begin.elapsed().as_millis());
}

//! As many threads as the argument says add one each; all are alive at once.
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

fn main() {
    let n: usize = std::env::args().nth(1).map_or(10, |n| n.parse().unwrap());
    let (all, sum) = (Arc::new(Barrier::new(n)), Arc::new(Mutex::new(0)));
    let threads: Vec<_> = (0..n)
        .map(|_| {
            let (all, sum) = (all.clone(), sum.clone());
            thread::spawn(move || {
                all.wait();
                *sum.lock().unwrap() += 1;
            })
        })
        .collect();
    for t in threads {
        t.join().unwrap();
    }
    println!("{} threads", sum.lock().unwrap());
    assert_eq!(*sum.lock().unwrap(), n);
}

//! 200,000 threads, each of which panics and catches it; and one whose panic goes to its join. `panic [THREADS]`
use std::{env, panic, thread};

fn main() {
    let count: usize = env::args().nth(1).map_or(200_000, |n| n.parse().expect("a number of threads"));
    panic::set_hook(Box::new(|_| {})); // no message for each
    let threads: Vec<_> = (0..count).map(|i| thread::spawn(move || panic::catch_unwind(|| panic!("{i}")))).collect();
    let mut caught = 0;
    for (i, thread) in threads.into_iter().enumerate() {
        let payload = thread.join().unwrap().unwrap_err();
        assert_eq!(payload.downcast_ref::<String>(), Some(&i.to_string()));
        caught += 1;
    }
    println!("{caught} panics caught");

    let joined = thread::spawn(|| panic!("not caught")).join();
    println!("join: {}", joined.unwrap_err().downcast_ref::<&str>().unwrap());
}

//! Ten mutexes and ten readers-writer locks, each held by one thread across a sleep while another wants it.
use std::sync::{mpsc, Arc, Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant};

fn mutex_across_sleep(i: usize) {
    let mutex = Arc::new(Mutex::new(0));
    let (held, is_held) = mpsc::channel();
    let owner = thread::spawn({
        let mutex = mutex.clone();
        move || {
            let mut value = mutex.lock().unwrap();
            held.send(()).unwrap();
            thread::sleep(Duration::from_millis(500));
            *value = 1;
        }
    });
    is_held.recv().unwrap();
    assert_eq!(*mutex.lock().unwrap(), 1);
    owner.join().unwrap();
    println!("mutex {i}");
}

fn rwlock_across_sleep(i: usize) {
    let lock = Arc::new(RwLock::new(0));
    let (held, is_held) = mpsc::channel();
    let owner = thread::spawn({
        let lock = lock.clone();
        move || {
            let mut value = lock.write().unwrap();
            held.send(()).unwrap();
            thread::sleep(Duration::from_millis(500));
            *value = 1;
        }
    });
    is_held.recv().unwrap();
    assert_eq!(*lock.read().unwrap(), 1);
    owner.join().unwrap();
    println!("rwlock {i}");
}

fn main() {
    let begin = Instant::now();
    let mut threads = Vec::new();
    for i in 0..10 {
        threads.push(thread::spawn(move || mutex_across_sleep(i)));
        threads.push(thread::spawn(move || rwlock_across_sleep(i)));
    }
    let all = threads.len();
    let finished = threads.into_iter().map(|t| t.join()).filter(Result::is_ok).count();
    println!("{finished} of {all} in {} ms", begin.elapsed().as_millis());
}

//! Row L19. Without libtest, which has threads of its own.
use std::thread;

/// There, every process that loaded the library had its kernel threads from the start, and a thread was no coroutine unless made by a call of the library.
fn main() {
    assert_eq!(rows::kernel_threads(), 1);
    assert_eq!(thread::spawn(|| 42).join().unwrap(), 42);
    let threads = rows::blocked(100, |_| thread::park());
    rows::check_carriers(100);
    threads.iter().for_each(|t| t.thread().unpark());
    threads.into_iter().for_each(|t| t.join().unwrap());
}

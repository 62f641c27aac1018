//! What the rows share: libc where std has no name for it, and counting kernel threads.
use std::ffi::c_int;
use std::sync::mpsc::{channel, Receiver};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{env, fs};

extern "C" {
    pub fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
    pub fn read(fd: c_int, buffer: *mut u8, bytes: usize) -> isize;
    pub fn accept4(fd: c_int, address: *mut u8, length: *mut u32, flags: c_int) -> c_int;
    pub fn close(fd: c_int) -> c_int;
}
pub const F_GETFD: c_int = 1;
pub const F_GETFL: c_int = 3;
pub const FD_CLOEXEC: c_int = 1;
pub const O_NONBLOCK: c_int = 0o4000;
pub const SOCK_NONBLOCK: c_int = O_NONBLOCK;
pub const SOCK_CLOEXEC: c_int = 0o2000000;

/// CORO_MODE=kernel: the control, where each thread is the kernel's.
pub fn kernel_mode() -> bool {
    env::var("CORO_MODE").is_ok_and(|m| m == "kernel")
}

/// Whether a thread can be carried by more than one kernel thread in turn.
pub fn several_processors() -> bool {
    !kernel_mode() && env::var("CORO_PROCS").unwrap() != "1"
}

pub fn kernel_threads() -> usize {
    fs::read_dir("/proc/self/task").unwrap().count()
}

/// The kernel thread that carries this one now.
pub fn carrier() -> String {
    fs::read_link("/proc/thread-self").unwrap().to_str().unwrap().into()
}

/// Waits until `true_now`, which must become so.
pub fn until(mut true_now: impl FnMut() -> bool) {
    while !true_now() {
        thread::sleep(Duration::from_millis(1));
    }
}

/// Makes `count` threads that run `block`, and returns when each is about to block or has.
pub fn blocked<T: Send + 'static>(count: usize, block: impl Fn(usize) -> T + Clone + Send + 'static) -> Vec<JoinHandle<T>> {
    let (here, there): (_, Receiver<()>) = channel();
    let threads = (0..count)
        .map(|i| {
            let (block, here) = (block.clone(), here.clone());
            thread::spawn(move || {
                here.send(()).unwrap();
                block(i)
            })
        })
        .collect();
    (0..count).for_each(|_| there.recv().unwrap());
    thread::sleep(Duration::from_millis(100));
    threads
}

/// `count` threads are blocked: they hold no kernel threads.
pub fn check_carriers(count: usize) {
    let n = kernel_threads();
    if kernel_mode() {
        assert!(n > count, "{n} kernel threads for {count} blocked: the control is none");
    } else {
        let processors: usize = env::var("CORO_PROCS").unwrap().parse().unwrap();
        assert!(n <= processors + 6, "{n} kernel threads for {count} blocked");
    }
}

//! Rows L10, L13 to L15 and L17 to L19: what is a thread's own, and what a process is.
use rows::*;
use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Runs the ignored test `name` of this file in a process of its own.
fn child(name: &str) -> std::process::Output {
    Command::new(std::env::current_exe().unwrap()).args(["--exact", name, "--ignored", "--nocapture", "--test-threads=1"]).output().unwrap()
}

/// There, the destructor of a local variable of a coroutine was a copy of the bytes at its address.
#[test]
fn l10_destructors_of_thread_locals_run() {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    struct Counted(usize);
    impl Drop for Counted {
        fn drop(&mut self) {
            DROPPED.fetch_add(self.0, SeqCst);
        }
    }
    thread_local!(static LOCAL: RefCell<Option<Counted>> = const { RefCell::new(None) });
    let threads: Vec<_> = (1..=1000)
        .map(|i| thread::spawn(move || {
            LOCAL.set(Some(Counted(i)));
            thread::sleep(Duration::from_millis(1));
            LOCAL.with_borrow(|l| assert_eq!(l.as_ref().unwrap().0, i));
        }))
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
    assert_eq!(DROPPED.load(SeqCst), 1000 * 1001 / 2);
}

/// There, accept4 from an ordinary thread called accept.
#[test]
fn l13_accept4_heeds_its_flags() {
    fn all_flags() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        for flags in [0, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_CLOEXEC | SOCK_NONBLOCK] {
            let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            unsafe {
                let fd = accept4(listener.as_raw_fd(), std::ptr::null_mut(), std::ptr::null_mut(), flags);
                assert!(fd >= 0);
                assert_eq!(fcntl(fd, F_GETFD) & FD_CLOEXEC != 0, flags & SOCK_CLOEXEC != 0);
                assert_eq!(fcntl(fd, F_GETFL) & O_NONBLOCK != 0, flags & SOCK_NONBLOCK != 0);
                close(fd);
            }
        }
    }
    all_flags();
    thread::spawn(all_flags).join().unwrap();
}

/// There, thread-local storage was the kernel thread's: two coroutines shared it, and one that moved found another's.
#[test]
fn l14_thread_locals_move_with_the_thread() {
    thread_local!(static MINE: Cell<usize> = const { Cell::new(0) });
    let carriers = Arc::new(std::sync::Mutex::new(std::collections::HashSet::new()));
    let threads: Vec<_> = (0..64)
        .map(|i| {
            let carriers = carriers.clone();
            thread::spawn(move || {
                let (at, id) = (MINE.with(|m| m as *const _ as usize), thread::current().id());
                let mut k = 0;
                while k < 50 || several_processors() && carriers.lock().unwrap().len() < 2 {
                    k += 1;
                    MINE.set(i * 1_000_000 + k);
                    thread::sleep(Duration::from_micros(200));
                    thread::yield_now();
                    assert_eq!(MINE.get(), i * 1_000_000 + k);
                    assert_eq!(MINE.with(|m| m as *const _ as usize), at);
                    assert_eq!(thread::current().id(), id);
                    // errno is one of them.
                    let missing = std::fs::File::open(if k % 2 == 0 { "/none" } else { "/proc/self/mem/none" }).unwrap_err();
                    assert_eq!(missing.kind(), if k % 2 == 0 { ErrorKind::NotFound } else { ErrorKind::NotADirectory });
                    carriers.lock().unwrap().insert(carrier());
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
}

/// There, a stack had 64 KiB and no guard: an overflow wrote over the heap.
#[test]
fn l15_a_stack_overflow_is_reported_and_stacks_have_the_size_asked_for() {
    let output = child("l15_overflows");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && errors.contains("thread 'deep'") && errors.contains("has overflowed its stack"), "{output:?}");

    let large = thread::Builder::new().stack_size(64 << 20).spawn(|| {
        let block = std::hint::black_box([1u8; 48 << 20]);
        block.iter().step_by(4096).map(|b| *b as usize).sum::<usize>()
    });
    assert_eq!(large.unwrap().join().unwrap(), (48 << 20) / 4096);
}
#[test]
#[ignore = "of l15"]
fn l15_overflows() {
    fn deeper(n: usize) -> usize {
        let frame = std::hint::black_box([n; 100]);
        if n == 0 { 0 } else { deeper(n + 1) + frame[n % 100] }
    }
    thread::Builder::new().name("deep".into()).spawn(|| deeper(1)).unwrap().join().unwrap();
}

/// There, time-outs of sockets, the program's own O_NONBLOCK and the end of the peer were unknown; fork and signals too: test-suite/posix has those.
#[test]
fn l17_sockets_keep_their_options() {
    thread::spawn(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut server = listener.accept().unwrap().0;
        let again = |e: io::Error| assert_eq!(e.kind(), ErrorKind::WouldBlock);

        server.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        again(server.read(&mut [0]).unwrap_err());
        server.set_read_timeout(None).unwrap();

        server.set_nonblocking(true).unwrap();
        again(server.read(&mut [0]).unwrap_err());
        assert_ne!(unsafe { fcntl(server.as_raw_fd(), F_GETFL) } & O_NONBLOCK, 0);
        server.set_nonblocking(false).unwrap();
        listener.set_nonblocking(true).unwrap();
        again(listener.accept().unwrap_err());

        client.write_all(b"ab").unwrap();
        let mut two = [0; 2];
        until(|| server.peek(&mut two).unwrap() == 2);
        server.read_exact(&mut two).unwrap();
        assert_eq!(&two, b"ab");
        drop(client);
        assert_eq!(server.read(&mut two).unwrap(), 0);
    })
    .join()
    .unwrap();
    let shell = thread::spawn(|| Command::new("sh").args(["-c", "echo out; exit 3"]).output().unwrap()).join().unwrap();
    assert_eq!((shell.status.code(), shell.stdout.as_slice()), (Some(3), b"out\n".as_slice()));
}

/// There, whoever computed kept its kernel thread; and a program could not end but by killing what still waited.
#[test]
fn l18_threads_that_compute_are_preempted() {
    let stop = Arc::new(AtomicBool::new(false));
    let hogs: Vec<_> = (0..4 * thread::available_parallelism().unwrap().get())
        .map(|_| {
            let stop = stop.clone();
            thread::spawn(move || while !stop.load(SeqCst) {})
        })
        .collect();
    for _ in 0..20 {
        thread::sleep(Duration::from_millis(1));
    }
    let stopper = thread::spawn({ let stop = stop.clone(); move || stop.store(true, SeqCst) });
    stopper.join().unwrap();
    hogs.into_iter().for_each(|h| h.join().unwrap());
}
#[test]
fn l18_a_process_ends_while_threads_wait_and_compute() {
    let output = child("l18_exits");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(7), ""));
}
#[test]
#[ignore = "of l18"]
fn l18_exits() {
    for i in 0..100 {
        thread::spawn(move || if i % 50 == 0 { loop {} } else { thread::sleep(Duration::from_secs(1000)) });
    }
    thread::sleep(Duration::from_millis(20));
    std::process::exit(7);
}

//! Rows L2 to L9, L11 and L16: what waits, and what it does to others.
use rows::*;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::mpsc::{channel, sync_channel};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Condvar, Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant};

const MANY: usize = 300;

fn join_all<T>(threads: Vec<thread::JoinHandle<T>>) -> Vec<T> {
    threads.into_iter().map(|t| t.join().unwrap()).collect()
}

/// A connection over TCP: both ends.
fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

/// There, whoever waited for a lock, a condition, a semaphore, a join or a barrier blocked the kernel thread that others needed.
#[test]
fn l02_waiting_for_another_thread_holds_no_kernel_thread() {
    let mutex = Arc::new(Mutex::new(0));
    let guard = mutex.lock().unwrap();
    let threads = blocked(MANY, { let m = mutex.clone(); move |_| *m.lock().unwrap() += 1 });
    check_carriers(MANY);
    drop(guard);
    join_all(threads);
    assert_eq!(*mutex.lock().unwrap(), MANY);

    let lock = Arc::new(RwLock::new(0));
    let guard = lock.write().unwrap();
    let threads = blocked(MANY, { let l = lock.clone(); move |i| if i % 2 == 0 { *l.write().unwrap() += 1 } else { drop(l.read().unwrap()) } });
    check_carriers(MANY);
    drop(guard);
    join_all(threads);
    assert_eq!(*lock.read().unwrap(), MANY / 2);

    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let threads = blocked(MANY, { let g = gate.clone(); move |_| drop(g.1.wait_while(g.0.lock().unwrap(), |open| !*open).unwrap()) });
    check_carriers(MANY);
    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
    join_all(threads);

    let barrier = Arc::new(Barrier::new(MANY + 1));
    let threads = blocked(MANY, { let b = barrier.clone(); move |_| b.wait().is_leader() });
    check_carriers(MANY);
    let leads = barrier.wait().is_leader();
    assert_eq!(join_all(threads).into_iter().filter(|l| *l).count() + usize::from(leads), 1);

    let threads = blocked(MANY, |_| thread::park());
    check_carriers(MANY);
    threads.iter().for_each(|t| t.thread().unpark());
    join_all(threads);

    let (end, last) = channel::<()>();
    let mut chain = thread::spawn(move || last.recv().unwrap());
    for _ in 0..MANY {
        chain = thread::spawn(move || chain.join().unwrap());
    }
    thread::sleep(Duration::from_millis(100));
    check_carriers(MANY);
    end.send(()).unwrap();
    chain.join().unwrap();
}

/// There, read, poll, pipes and most other calls were the kernel's: test-suite/blocking has every call; here is what std has.
#[test]
fn l03_reads_of_pipes_and_sockets_park() {
    let (mut pipes, mut sockets) = (Vec::new(), Vec::new());
    let mut threads = Vec::new();
    for i in 0..MANY / 2 {
        let (mut end, pipe) = io::pipe().unwrap();
        threads.push(thread::spawn(move || { let mut b = [0]; end.read_exact(&mut b).unwrap(); b[0] as usize }));
        let (mut end, socket) = connection();
        threads.push(thread::spawn(move || { let mut b = [0]; end.read_exact(&mut b).unwrap(); b[0] as usize }));
        pipes.push((i, pipe));
        sockets.push((i, socket));
    }
    thread::sleep(Duration::from_millis(100));
    check_carriers(MANY / 2 * 2);
    pipes.iter_mut().for_each(|(i, p)| p.write_all(&[(*i % 251) as u8]).unwrap());
    sockets.iter_mut().for_each(|(i, s)| s.write_all(&[(*i % 251) as u8]).unwrap());
    for (k, result) in join_all(threads).into_iter().enumerate() {
        assert_eq!(result, k / 2 % 251);
    }
}

/// There, the sockets of a coroutine had O_NONBLOCK, and a read(2) that was not hooked gave EAGAIN.
#[test]
fn l04_no_descriptor_is_nonblocking_unasked() {
    let flags = |fd: &dyn AsRawFd| unsafe { fcntl(fd.as_raw_fd(), F_GETFL) };
    thread::spawn(move || {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let server = listener.accept().unwrap().0;
        let reader = thread::spawn(move || {
            let mut byte = 0u8;
            let n = unsafe { read(server.as_raw_fd(), &mut byte, 1) };
            (n, byte, unsafe { fcntl(server.as_raw_fd(), F_GETFL) })
        });
        thread::sleep(Duration::from_millis(50));
        assert_eq!((flags(&listener) | flags(&client)) & O_NONBLOCK, 0);
        client.write_all(b"x").unwrap();
        let (n, byte, reader_flags) = reader.join().unwrap();
        assert_eq!((n, byte, reader_flags & O_NONBLOCK), (1, b'x', 0));
    })
    .join()
    .unwrap();
}

/// There, it never returned.
#[test]
fn l05_a_sleep_of_zero_returns() {
    thread::sleep(Duration::ZERO);
    join_all(blocked(MANY, |_| thread::sleep(Duration::ZERO)));
}

/// There, a connect that succeeded set O_NONBLOCK on descriptor 0, which the parent shell shares.
#[test]
fn l06_connect_leaves_descriptor_0_alone() {
    let (before, mut ends) = (unsafe { fcntl(0, F_GETFL) }, Vec::new());
    assert!(before >= 0 && before & O_NONBLOCK == 0);
    for t in (0..20).map(|_| thread::spawn(connection)).collect::<Vec<_>>() {
        ends.push(t.join().unwrap());
    }
    assert_eq!(unsafe { fcntl(0, F_GETFL) }, before);
}

/// There, a reader and a writer, or two readers, of one descriptor were an assertion's end.
#[test]
fn l07_two_threads_wait_on_one_descriptor() {
    let (mine, theirs) = connection();
    const BYTES: usize = 8 << 20; // more than the buffers hold
    let writer = thread::spawn({ let mut s = theirs.try_clone().unwrap(); move || s.write_all(&vec![7; BYTES]).unwrap() });
    let readers: Vec<_> = (0..2).map(|_| {
        let mut s = theirs.try_clone().unwrap();
        thread::spawn(move || { let mut b = [0]; s.read_exact(&mut b).unwrap(); b[0] })
    }).collect();
    thread::sleep(Duration::from_millis(50));
    let mut mine = mine;
    mine.write_all(&[3, 4]).unwrap();
    let mut got = join_all(readers);
    got.sort();
    assert_eq!(got, [3, 4]);
    let mut all = vec![0; BYTES];
    mine.read_exact(&mut all).unwrap();
    assert!(all.iter().all(|b| *b == 7));
    writer.join().unwrap();
}

/// There, two threads that held one lock across a sleep or a read were a deadlock for ever: the wake-up waited for whoever waited for the lock.
#[test]
fn l08_a_lock_is_held_across_blocking_calls() {
    for count in [2, 8, 40] {
        let lock = Arc::new(Mutex::new(0));
        let threads: Vec<_> = (0..count).map(|i| {
            let lock = lock.clone();
            thread::spawn(move || {
                let mut value = lock.lock().unwrap();
                if i % 2 == 0 {
                    thread::sleep(Duration::from_millis(5));
                } else {
                    let (mut a, mut b) = connection();
                    let late = thread::spawn(move || { thread::sleep(Duration::from_millis(5)); a.write_all(b"x").unwrap() });
                    b.read_exact(&mut [0]).unwrap();
                    late.join().unwrap();
                }
                *value += 1;
            })
        }).collect();
        join_all(threads);
        assert_eq!(*lock.lock().unwrap(), count);
    }
}

/// There, a try_lock that failed left the caller pinned to its kernel thread for good.
#[test]
fn l09_a_failed_try_lock_pins_nobody() {
    if !several_processors() {
        return;
    }
    let (mutex, rwlock) = (Arc::new(Mutex::new(())), Arc::new(RwLock::new(())));
    let held = (mutex.lock().unwrap(), rwlock.write().unwrap());
    let done = Arc::new(AtomicBool::new(false));
    let others: Vec<_> = (0..8).map(|_| { let d = done.clone(); thread::spawn(move || while !d.load(SeqCst) { thread::yield_now() }) }).collect();
    let mover = thread::spawn({
        let (mutex, rwlock) = (mutex.clone(), rwlock.clone());
        move || {
            for _ in 0..1000 {
                assert!(mutex.try_lock().is_err() && rwlock.try_read().is_err() && rwlock.try_write().is_err());
            }
            let first = carrier();
            until(|| carrier() != first);
        }
    });
    mover.join().unwrap();
    done.store(true, SeqCst);
    join_all(others);
    drop(held);
}

/// There, each sleep took a descriptor, and 30,000 were an assertion's end. (std maps a signal stack for each thread: with their guards 30,000 are what the
/// kernel's default of mappings allows.)
#[test]
fn l11_30000_threads_sleep() {
    let count = if kernel_mode() { 1000 } else { 30_000 };
    let (about_to, from) = sync_channel(count);
    let threads: Vec<_> = (0..count).map(|_| {
        let about_to = about_to.clone();
        thread::spawn(move || {
            let begin = Instant::now();
            about_to.send(()).unwrap();
            thread::sleep(Duration::from_secs(2));
            begin.elapsed() >= Duration::from_secs(2)
        })
    }).collect();
    (0..count).for_each(|_| from.recv().unwrap());
    let descriptors = std::fs::read_dir("/proc/self/fd").unwrap().count();
    assert!(descriptors < 50, "{descriptors} descriptors");
    assert!(join_all(threads).into_iter().all(|slept| slept));
}

/// There, an object that was made outside a coroutine blocked the kernel thread of whoever waited on it.
#[test]
fn l16_objects_made_before_any_thread_serve_all() {
    static LOCK: Mutex<usize> = Mutex::new(0);
    static CHANGED: Condvar = Condvar::new();
    let threads = blocked(MANY, |i| {
        let mut turn = CHANGED.wait_while(LOCK.lock().unwrap(), |turn| *turn != i).unwrap();
        *turn += 1;
        CHANGED.notify_all();
    });
    // Nobody but the first has anything to wait for once it has begun.
    join_all(threads);
    assert_eq!(*LOCK.lock().unwrap(), MANY);
}

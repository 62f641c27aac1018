//! A small HTTP/1.1 server: a thread for each connection, which stays open between requests. Another thread prints every five seconds what was served.
//! `http_server [ADDRESS]`
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use std::{env, thread};

static OPEN: AtomicUsize = AtomicUsize::new(0);
static REQUESTS: AtomicUsize = AtomicUsize::new(0);

struct Request {
    method: String,
    path: String,
    body_length: u64,
    keep_alive: bool,
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// A line without its end; a client may not make us keep more than 8 KiB.
fn read_line(client: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    client.take(8192).read_line(&mut line)?;
    match line.strip_suffix('\n') {
        Some(line) => Ok(line.trim_end_matches('\r').into()),
        None if line.is_empty() => Ok(line),
        None => Err(bad("line too long or cut off")),
    }
}

/// The next request without its body, or nothing when the client has no more.
fn read_request(client: &mut impl BufRead) -> io::Result<Option<Request>> {
    let first = read_line(client)?;
    if first.is_empty() {
        return Ok(None);
    }
    let mut words = first.split(' ');
    let (Some(method), Some(path), Some(version)) = (words.next(), words.next(), words.next()) else {
        return Err(bad("no request line"));
    };
    let mut request = Request { method: method.into(), path: path.into(), body_length: 0, keep_alive: version == "HTTP/1.1" };
    loop {
        let line = read_line(client)?;
        if line.is_empty() {
            return Ok(Some(request));
        }
        let (name, value) = line.split_once(':').ok_or_else(|| bad("no header"))?;
        match (name.to_ascii_lowercase().as_str(), value.trim()) {
            ("content-length", n) => request.body_length = n.parse().map_err(|_| bad("content-length"))?,
            ("connection", v) => request.keep_alive = !v.eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
}

fn serve(client: &TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(client);
    while let Some(request) = read_request(&mut reader)? {
        io::copy(&mut reader.by_ref().take(request.body_length), &mut io::sink())?;
        let body = format!("{} {}\n", request.method, request.path);
        let connection = if request.keep_alive { "keep-alive" } else { "close" };
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: {connection}\r\n\r\n", body.len());
        let mut writer = client;
        writer.write_all((head + &body).as_bytes())?;
        REQUESTS.fetch_add(1, Relaxed);
        if !request.keep_alive {
            break;
        }
    }
    Ok(())
}

fn statistics() {
    loop {
        thread::sleep(Duration::from_secs(5));
        println!("{} connections open, {} requests served", OPEN.load(Relaxed), REQUESTS.load(Relaxed));
    }
}

fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or("127.0.0.1:8080".into());
    let listener = TcpListener::bind(address)?;
    println!("listening on {}", listener.local_addr()?);
    thread::spawn(statistics);
    for client in listener.incoming() {
        let client = client?;
        thread::spawn(move || {
            OPEN.fetch_add(1, Relaxed);
            if let Err(error) = serve(&client) {
                eprintln!("{error}");
            }
            OPEN.fetch_sub(1, Relaxed);
        });
    }
    Ok(())
}

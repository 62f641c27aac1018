//! Connects in a thread and prints all that the server says. `tcp_client [ADDRESS]`
use std::io::{self, Read};
use std::net::TcpStream;
use std::{env, thread};

fn read_all(address: String) -> io::Result<String> {
    let mut text = String::new();
    TcpStream::connect(address)?.read_to_string(&mut text)?;
    Ok(text)
}

fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or("127.0.0.1:9781".into());
    let text = thread::spawn(|| read_all(address)).join().unwrap()?;
    print!("{text}");
    Ok(())
}

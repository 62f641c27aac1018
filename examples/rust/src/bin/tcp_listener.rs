//! Says hello to everybody who connects, with a thread for each. `tcp_listener [ADDRESS]`
use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::{env, thread};

fn greet(mut client: TcpStream) {
    // A client that has gone is no concern of ours.
    let _ = client.write_all(b"Hello world\n");
}

fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or("127.0.0.1:9781".into());
    let listener = TcpListener::bind(address)?;
    println!("listening on {}", listener.local_addr()?);
    for client in listener.incoming() {
        let client = client?;
        thread::spawn(|| greet(client));
    }
    Ok(())
}

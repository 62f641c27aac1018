//! tiny_http, which reads each connection in a thread of its own; a hundred threads answer, and each takes its time. `web ADDRESS`
use std::sync::Arc;
use std::time::Duration;
use std::{env, thread};
use tiny_http::{Response, Server};

fn main() {
    let server = Arc::new(Server::http(env::args().nth(1).expect("an address")).unwrap());
    println!("listening on {}", server.server_addr());
    let threads: Vec<_> = (0..100)
        .map(|_| {
            let server = server.clone();
            thread::spawn(move || {
                for mut request in server.incoming_requests() {
                    let mut body = String::new();
                    request.as_reader().read_to_string(&mut body).unwrap();
                    thread::sleep(Duration::from_millis(5));
                    let answer = format!("{} {} {}", request.method(), request.url(), body.len());
                    let _ = request.respond(Response::from_string(answer));
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
}

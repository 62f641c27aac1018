"""The programs of examples/rust, static and dynamic: what each prints, or serves, is checked."""
import http.client
import re
import socket
import subprocess

import rust

CONNECTIONS = 300


def run(cell, program, *words):
    done = subprocess.run([program, *words], env=rust.environment(cell), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    rust.check(done.returncode == 0, f"{program} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout.splitlines()


def sleep(cell, programs):
    *slept, total = run(cell, programs["sleep"])
    rust.check(sorted(slept) == [f"thread {i} slept" for i in range(5)], slept)
    ms = int(re.fullmatch(r"all: (\d+) ms", total)[1])
    rust.check(500 <= ms < 2500, f"five sleeps of 500 ms took {ms} ms: one after the other")


def locks(cell, programs):
    *names, total = run(cell, programs["locks"])
    rust.check(sorted(names) == sorted(f"{kind} {i}" for kind in ("mutex", "rwlock") for i in range(10)), names)
    ms = int(re.fullmatch(r"20 of 20 in (\d+) ms", total)[1])
    rust.check(500 <= ms < 10000, f"twenty locks held for 500 ms took {ms} ms: one after the other")


def panic(cell, programs):
    count = 5000 if "kernel" in cell else 200_000
    rust.check(run(cell, programs["panic"], str(count)) == [f"{count} panics caught", "join: not caught"], "panic")


def work_stealing(cell, programs):
    rounds = 1000
    line, = run(cell, programs["work_stealing"], str(rounds))
    kernel_threads = int(re.fullmatch(rf"{rounds * 10} threads on (\d+) kernel threads, \d+ ms", line)[1])
    if "kernel" in cell:
        rust.check(kernel_threads > rounds // 16, line)
    else:  # with one processor a second worker may take its place for a while
        rust.check(kernel_threads <= int(rust.CELLS[cell][1]["CORO_PROCS"]) + 4, line)


def benches(cell, programs):
    lines = [line.split() for line in run(cell, programs["benches"])]
    names = "yield_now mutex mutex_8_threads condvar_turn channel_round_trip spawn spawn_join spawn_1000_join_all scoped_spawn".split()
    rust.check([line[0] for line in lines] == names, lines)
    rust.check(all(line[1].isdigit() and line[2] == "ns" for line in lines), lines)


def tcp(cell, programs):
    """The listener and the client, which is a program of its own; nobody is kept waiting by those who connect and do not read."""
    with rust.server(cell, programs["tcp_listener"]) as (process, port):
        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(50)]
        for _ in range(5):
            rust.check(run(cell, programs["tcp_client"], f"127.0.0.1:{port}") == ["Hello world"], "tcp_client")
        for s in idle:
            rust.check(s.recv(100) == b"Hello world\n" and s.recv(100) == b"", "tcp_listener")
            s.close()


def echo(cell, programs):
    with rust.server(cell, programs["echo_server"]) as (process, port):
        made = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(CONNECTIONS)]
        # Five bytes come back as five: the seed's example answered with its whole buffer.
        for size in (5, 10_000):
            for i, s in enumerate(made):
                s.sendall(bytes([i % 251]) * size)
            for i, s in enumerate(made):
                got = b""
                while len(got) < size:
                    got += s.recv(size) or b"?" * size
                rust.check(got == bytes([i % 251]) * size, f"connection {i}: {len(got)} bytes of {size}")
            rust.check_kernel_threads(cell, process.pid, CONNECTIONS)
        for s in made:
            s.shutdown(socket.SHUT_WR)
            rust.check(s.recv(1) == b"", "more than was sent")
            s.close()


def http_server(cell, programs):
    with rust.server(cell, programs["http_server"]) as (process, port):
        made = [http.client.HTTPConnection("127.0.0.1", port, timeout=60) for _ in range(CONNECTIONS)]
        for turn in range(3):
            for i, c in enumerate(made):
                c.request("POST" if turn == 1 else "GET", f"/{turn}/{i}", body=b"x" * i if turn == 1 else None)
            for i, c in enumerate(made):
                answer = c.getresponse()
                rust.check((answer.status, answer.read()) == (200, b"%s /%d/%d\n" % (b"POST" if turn == 1 else b"GET", turn, i)), f"connection {i}, turn {turn}")
            rust.check_kernel_threads(cell, process.pid, CONNECTIONS)
        made[0].request("GET", "/last", headers={"Connection": "close"})
        rust.check(made[0].getresponse().read() == b"GET /last\n", "the last request")
        rust.check(process.stdout.readline() == f"{CONNECTIONS - 1} connections open, {3 * CONNECTIONS + 1} requests served\n", "statistics")
        for c in made:
            c.close()


def main():
    args = rust.arguments()
    built = {link: rust.programs(args, link, f"{rust.TOP}/examples/rust", "build", "--locked") for link in ("static", "dynamic")}
    for cell, (link, _) in rust.CELLS.items():
        for example in (sleep, locks, panic, work_stealing, tcp, echo, http_server) + (() if "kernel" in cell else (benches,)):
            try:
                example(cell, built[link])
            except BaseException:
                print(f"FAIL {cell}: {example.__name__}", flush=True)
                raise


main()

"""Programs with crates of others, from Debian's sources: rayon, crossbeam, parking_lot, C by way of cc; and a web server, tiny_http."""
import http.client
import re
import subprocess
import sys

import rust

CONNECTIONS = 200


def parallel(cell, programs):
    done = subprocess.run([programs["parallel"]], env=rust.environment(cell), stdout=subprocess.PIPE, text=True, timeout=300)
    lines = done.stdout.splitlines()
    rust.check(done.returncode == 0 and len(lines) == 5, f"exit {done.returncode}: {lines}")
    count = int(re.fullmatch(r"kernel threads: (\d+)", lines.pop(1))[1])
    rust.check(lines == ["rayon: fibonacci 2584, 100 threads", f"crossbeam: sum {sum(range(10_000))}", "parking_lot: 500 turns, 250 writes", "C: 2000 turns"], lines)
    rust.check(count > 100 if "kernel" in cell else count <= int(rust.CELLS[cell][1]["CORO_PROCS"]) + 4, f"{count} kernel threads")


def answered(connection, turn, i):
    answer = connection.getresponse()
    rust.check((answer.status, answer.read()) == (200, b"POST /%d/%d %d" % (turn, i, i * 10)), f"connection {i}, turn {turn}")


def web(cell, programs):
    """Connections are made one after the other: tiny_http 0.12 counts a thread as free until it runs, so that of several that come at once one may be left to a
    thread that is not free any more, and waits until a connection ends (src/util/task_pool.rs).
    """
    with rust.server(cell, programs["web"]) as (process, port):
        made = []
        for i in range(CONNECTIONS):
            made.append(http.client.HTTPConnection("127.0.0.1", port, timeout=60))
            made[i].request("POST", f"/0/{i}", body=b"x" * i * 10)
            answered(made[i], 0, i)
        for turn in (1, 2):
            for i, c in enumerate(made):
                c.request("POST", f"/{turn}/{i}", body=b"x" * i * 10)
            for i, c in enumerate(made):
                answered(c, turn, i)
        rust.check_kernel_threads(cell, process.pid, CONNECTIONS)
        for c in made:
            c.close()


def main():
    args = rust.arguments()
    crates = subprocess.run([f"{rust.HERE}/crates.sh"], stdout=subprocess.PIPE, text=True)
    if crates.returncode:
        sys.exit("the crates cannot be had")
    source = ["--config", "source.crates-io.replace-with='debian'", "--config", f"source.debian.directory='{crates.stdout.strip()}'"]
    built = {link: rust.programs(args, link, f"{rust.HERE}/crates", "build", *source) for link in ("static", "dynamic")}
    for cell, (link, _) in rust.CELLS.items():
        for test in (parallel, web):
            try:
                test(cell, built[link])
            except BaseException:
                print(f"FAIL {cell}: {test.__name__}", flush=True)
                raise


main()

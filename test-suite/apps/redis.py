"""redis with four I/O threads that read too: values are checked under many connections, redis-benchmark's counts add up, and a snapshot is made
by a forked child and read back.
"""
import re
import subprocess
import tempfile
import time

import app

PORT = 6379
CONNECTIONS, ROUNDS, REQUESTS = 100, 10, 4000
OPTIONS = ["--port", str(PORT), "--bind", "127.0.0.1", "--io-threads", "4", "--io-threads-do-reads", "yes", "--save", "", "--enable-debug-command", "local"]


def request(*words):
    """A request in redis's protocol."""
    encoded = [str(w).encode() if not isinstance(w, bytes) else w for w in words]
    return b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in encoded)


def expect(reader, text):
    got = reader.read(len(text))
    app.check(got == text, f"expected {text[:60]}, got {got[:60]}")


def converse():
    """Each round goes to all connections before any answer is read."""
    made = app.connections(PORT, CONNECTIONS)
    for turn in range(ROUNDS):
        values = [b"%d of %d;" % (turn, i) * (i * 10 + 1) for i in range(CONNECTIONS)]
        for i, (s, _) in enumerate(made):
            s.sendall(request("SET", f"key{i}", values[i]) + request("GET", f"key{i}") + request("RPUSH", "list", i))
        for i, (_, reader) in enumerate(made):
            expect(reader, b"+OK\r\n$%d\r\n%s\r\n:" % (len(values[i]), values[i]))
            reader.readline()  # how long the list is now
    for s, reader in made:
        reader.close()
        s.close()


def main():
    args = app.arguments()
    build = app.kept_build(args, "redis", "redis")
    app.alone()
    archives = [f"{build}/{a}.a" for a in ("libhiredis", "liblua", "libhdrhistogram", "linenoise")]
    for cell in args.cells:
        kind = app.CELLS[cell][0]
        server, client, benchmark = (app.link(args, p, kind, f"{build}/{p}.a", *archives) for p in ("redis-server", "redis-cli", "redis-benchmark"))

        def ask(*words):
            return subprocess.run([client, "-p", str(PORT), *words], check=True, stdout=subprocess.PIPE, text=True, timeout=120).stdout.strip()

        with tempfile.TemporaryDirectory() as folder, app.server(cell, [server, *OPTIONS], PORT, lambda p: ask("shutdown", "nosave"), folder) as process:
            converse()
            command = [benchmark, "-p", str(PORT), "-c", str(CONNECTIONS), "-n", str(REQUESTS), "-P", "8", "--threads", "2", "-t", "set,get,incr,lpush", "--csv"]
            load = subprocess.run(command, env=app.environment(cell), stdout=subprocess.PIPE, text=True, timeout=300)
            app.check(load.returncode == 0, f"redis-benchmark ended with {load.returncode}: {load.stdout}")
            app.check_kernel_threads(cell, app.kernel_threads(process.pid), pthreads=7)  # main, 3 for I/O besides it, 3 for what is done later
            app.check(int(re.search(r"io_threaded_reads_processed:(\d+)", ask("info", "stats"))[1]) > 0, "the I/O threads read nothing")
            app.check(ask("get", "counter:__rand_int__") == str(REQUESTS), "the benchmark's counter is wrong")
            ask("debug", "reload")
            app.check(ask("bgsave").startswith("Background saving"), "bgsave")
            while "rdb_bgsave_in_progress:1" in ask("info", "persistence"):
                time.sleep(0.05)
            app.check("rdb_last_bgsave_status:ok" in ask("info", "persistence"), "the child that saves failed")
            app.check(ask("llen", "list") == str(CONNECTIONS * ROUNDS), "the list lost elements")
            app.check(ask("strlen", "key99") == str(len("%d of 99;" % (ROUNDS - 1)) * 991), "a value is wrong after it was read back")


main()

"""bench.py FOLDER ROUNDS SHARE: runs what ci/bench has built, each work once on each side in every round, and prints medians.

Ratios are taken round by round and then their median: the machine's speed drifts, the ratio of two neighbours does not. Figures of a side
that cannot do a work at all (kernel limits) are the limit that it met.
"""
import os
import shutil
import statistics
import subprocess
import sys

folder, rounds, share = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
SIDES = ["coro", "go", "stock", "glibc"]
KERNEL_THREADS = ("stock", "glibc")  # a hundred times slower: a twentieth of the count, in fewer rounds
# name, count, text, what the ratio to Go should be
TIMES = [
    ("spawn", 200000, "create + join in a row", "<= 0.9"),
    ("yield", 2000000, "sched_yield, 64 threads", "<= 0.3"),
    ("turns", 400000, "two threads, a mutex and a condition variable", "<= 1.1"),
    ("ring", 1000000, "100 threads, a semaphore each, token ring", "<= 1.0"),
    ("pipes", 400000, "100 threads, a pipe each, token ring", "<= 1.0"),
    ("sleep", 200000, "1,000 threads, sleeps of 1 ms", "<= 0.9"),
    ("skynet", 10000, "skynet, 10,000 leaves", "<= 1.5"),
]
ECHO = [(100, ">= 1.0"), (9000, ">= 0.95")]
raw = open(os.path.join(folder, "raw.tsv"), "w")
raw.write("round\twork\tside\tfigure\n")


def run(command, seconds):
    """Its standard output, or the last line of what it complained about."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return None, f"not done in {seconds} s"
    if done.returncode:
        return None, (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1][:60]
    return done.stdout, None


def echo(side, connections):
    server = subprocess.Popen([f"{folder}/echo-server-{side}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        out, error = run([f"{folder}/echo-load", server.stdout.readline().strip(), str(connections), str(max(1, 3 * share))], 120)
    finally:
        server.stdin.close()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
    return (float(out.split()[2]), None) if out else (None, error)


def time_of(side, name, count):
    n = int(count * share) if name != "skynet" else count
    if side in KERNEL_THREADS and name != "skynet":
        n = max(n // 20, 2000)
    out, error = run([f"{folder}/threads-{side}", name, str(n)], 120)
    return (float(out), None) if out else (None, error)


def memory_of(side):
    out, error = run([f"{folder}/threads-{side}", "memory", "100000"], 300)
    return (float(out), None) if out else (None, error)


def measure(name, sides, once):
    """Figures by side, a list with one for each round (None where it could not), and the reason."""
    figures, reasons = {s: [] for s in sides}, {}
    for r in range(rounds):
        for s in sides:
            if s in reasons or (s in KERNEL_THREADS and r >= 3):
                continue
            value, reason = once(s)
            raw.write(f"{r}\t{name}\t{s}\t{value if reason is None else reason}\n")
            raw.flush()
            if reason:
                reasons[s] = reason
            else:
                figures[s].append(value)
    print(f"  measured: {name}", file=sys.stderr)
    return figures, reasons


def cell(figures, reasons, side):
    return f"{statistics.median(figures[side]):,.0f}" if figures[side] else reasons.get(side, "")


def ratio(figures, side, other):
    pairs = list(zip(figures[side], figures.get(other, [])))
    return f"{statistics.median(a / b for a, b in pairs):.2f}" if pairs else ""


def row(text, figures, reasons, wanted):
    print(f"| {text} | {' | '.join(cell(figures, reasons, s) for s in SIDES)} | {ratio(figures, 'coro', 'go')} | {wanted} |", flush=True)


FILE_SIDES = {"coro": {}, "epoll": {"CORO_IO": "epoll"}, "kernel": {"CORO_MODE": "kernel"}, "fio": None}


def file_reads(side, kind):
    """Random reads of 4 KiB, 256 at a time: per second. fio asks by io_uring from one thread, 256 deep."""
    data, count = f"{folder}/data", int((400000 if kind == "cached" else 100000) * share)
    if side == "fio":
        out, error = run(["fio", "--name=reads", f"--filename={data}", "--rw=randread", "--bs=4k", f"--direct={int(kind == 'direct')}", "--ioengine=io_uring",
                          "--iodepth=256", "--invalidate=0", "--size=1g", f"--io_size={count * 4}k", "--minimal"], 300)
        return (float(out.split(";")[7]), None) if out else (None, error)
    environment = {**os.environ, **FILE_SIDES[side]}
    done = subprocess.run([f"{folder}/files-coro", data, kind, "256", str(count)], stdout=subprocess.PIPE, text=True, env=environment, timeout=300)
    return (float(done.stdout), None) if done.returncode == 0 else (None, f"exit {done.returncode}")


def files():
    print("\n| 256 threads read 4 KiB at random: reads per second | coro-musl | CORO_IO=epoll | CORO_MODE=kernel | fio, io_uring | coro / fio | aim |\n"
          "| --- | --- | --- | --- | --- | --- | --- |")
    for kind, text in (("direct", "O_DIRECT"), ("cached", "through the page cache")):
        sides = [s for s in FILE_SIDES if s != "fio" or shutil.which("fio")]
        figures, reasons = measure(f"files {kind}", sides, lambda s: file_reads(s, kind))
        cells = " | ".join(cell(figures, reasons, s) if s in figures else "not installed" for s in FILE_SIDES)
        print(f"| {text} | {cells} | {ratio(figures, 'coro', 'fio')} | {'>= 0.8' if kind == 'direct' else ''} |", flush=True)


def echoes():
    """A thread for each connection, beside a server of event loops that was written by hand (epoll-echo.c)."""
    print("\n| echo over TCP, 64 bytes: requests per second | coro-musl | Go 1.24 | epoll by hand | stock musl | glibc | coro / Go | aim | coro / epoll |\n"
          "| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    sides = ["coro", "go", "epoll", "stock", "glibc"]
    for connections, wanted in ECHO:
        figures, reasons = measure(f"echo {connections}", sides, lambda s: echo(s, connections))
        cells = " | ".join(cell(figures, reasons, s) for s in sides)
        print(f"| {connections:,} connections | {cells} | {ratio(figures, 'coro', 'go')} | {wanted} | {ratio(figures, 'coro', 'epoll')} |", flush=True)


def own_pipe():
    figures, reasons = measure("own_pipe", ["coro", "stock"], lambda s: time_of(s, "own_pipe", 2000000))
    print(f"\nns for a write or read of a pipe that need not wait: {cell(figures, reasons, 'coro')}; stock musl: {cell(figures, reasons, 'stock')}; "
          f"ratio {ratio(figures, 'coro', 'stock')} (aim <= 1.15).", flush=True)


def fsgsbase():
    with open("/proc/self/auxv", "rb") as f:
        words = memoryview(f.read()).cast("Q")
    values = dict(zip(words[::2], words[1::2]))
    return bool(values.get(26, 0) & 2)


def main():
    print(f"{rounds} rounds, {len(os.sched_getaffinity(0))} CPUs, {os.uname().release}; user space "
          f"{'may' if fsgsbase() else 'may NOT'} write the thread pointer (FSGSBASE){'' if fsgsbase() else ': each switch is a system call'}\n")
    print("| ns per operation | coro-musl | Go 1.24 | stock musl | glibc | coro / Go | aim |\n| --- | --- | --- | --- | --- | --- | --- |")
    for name, count, text, wanted in TIMES:
        row(text, *measure(name, SIDES, lambda s: time_of(s, name, count)), wanted)
    echoes()
    own_pipe()
    files()
    figures, reasons = {}, {}
    for s in ("coro", "stock", "glibc"):
        value, reason = memory_of(s)
        figures[s], reasons[s] = ([value] if reason is None else []), reason
        raw.write(f"0\tmemory\t{s}\t{value if reason is None else reason}\n")
    print(f"\nBytes (resident and page tables) of a parked thread at 100,000 with 64 KiB stacks: {cell(figures, reasons, 'coro')} "
          f"(aim <= 4,600); stock musl: {cell(figures, reasons, 'stock')}; glibc: {cell(figures, reasons, 'glibc')}.")


main()

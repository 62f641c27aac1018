"""The exhaustion matrix: each raw system call of the runtime x each errno of its manual page (errors.txt) x one call or every call from some on.

    exhaust.py --sysroot DIR --work DIR [--quick SECONDS] [--seed N] [--only TEXT] [--jobs N]

The call sites are the system call instructions of the runtime in a static program; which calls they make, and how often, is recorded while the program
(workload/) runs. A cell makes those fail that it names (inject.c): one site's, or all sites' together, as when something has really run out. The program must
end well: it accepts only errors that the manual names for the function it has called. --quick: cells at random until the time is over. --only: cells whose
name has TEXT in it, as a failure prints it.
"""
import argparse
import errno
import glob
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PARTS = ["threads", "descriptors", "hand_off", "signals", "processes"]
OPERATIONS = {
    "futex": {0: "WAIT", 1: "WAKE", 3: "REQUEUE", 4: "CMP_REQUEUE", 9: "WAIT_BITSET", 10: "WAKE_BITSET"},
    "fcntl": {0: "DUPFD", 1: "GETFD", 2: "SETFD", 3: "GETFL", 4: "SETFL", 6: "SETLK", 7: "SETLKW", 37: "OFD_SETLK", 38: "OFD_SETLKW",
              1030: "DUPFD_CLOEXEC"},
    "epoll_ctl": {1: "ADD", 2: "DEL", 3: "MOD"},
    "madvise": {4: "DONTNEED", 15: "NOHUGEPAGE", 102: "GUARD_INSTALL"},
}
SECONDS = 15  # for one run, which takes some 200 ms
FOR_EVER = 10**9
BURST = 8


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("--sysroot", required=True)
    p.add_argument("--work", required=True)
    p.add_argument("--quick", type=float)
    p.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3), "little"))
    p.add_argument("--only", default="")
    p.add_argument("--jobs", type=int, default=2)
    return p.parse_args()


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}")
    return done.stdout


def build(args):
    os.makedirs(args.work, exist_ok=True)
    inject, program = f"{args.work}/inject", f"{args.work}/workload"
    run(["clang-19", "-O1", "-Wall", "-Wextra", "-Werror", f"{HERE}/inject.c", "-o", inject])
    run(["clang-19", f"--sysroot={args.sysroot}", "-static", "-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-pthread",
         f"-I{HERE}/../../support", *sorted(glob.glob(f"{HERE}/workload/*.c")), "-o", program])
    return inject, program


def find_sites(program):
    """{address: name} of the runtime's system call instructions, and of the clone(2) of musl that it starts kernel threads with."""
    sites, function, count = {}, "", 0
    for line in run(["llvm-objdump-19", "-d", "-C", "--no-show-raw-insn", program]).splitlines():
        if header := re.match(r"[0-9a-f]+ <(.*)>:$", line):
            function, count = re.sub(r"\(anonymous namespace\)::|coro::|^long |<[a-z, ]*>", "", header[1]).split("(")[0], 0
            ours = "coro::" in header[1] or header[1].startswith("__coro_") or header[1] == "__clone"
        elif ours_line := re.match(r"\s*([0-9a-f]+):\s+syscall\b", line):
            count += 1
            if ours:
                sites[int(ours_line[1], 16)] = f"{function}#{count}"
    return sites


def system_calls(sysroot):
    text = open(f"{sysroot}/usr/include/bits/syscall.h").read()
    return {int(number): name for name, number in re.findall(r"#define __NR_(\w+)\s+(\d+)", text)}


def read_table(name):
    with open(f"{HERE}/{name}") as f:
        return [words for words in (line.split("#")[0].split() for line in f) if words]


def errors_of(table, call, operation, site):
    """The errnos of the most specific line; None: the table says nothing of this call."""
    best, errors = -1, None
    for key, *listed in table:
        named, _, function = key.partition("@")
        name, _, op = named.partition("/")
        if name != call or (op and op != operation) or function not in site:
            continue
        weight = 2 * bool(function) + bool(op)
        if weight > best:
            best, errors = weight, listed
    return None if errors is None else [e for e in errors if e != "-"]


def errors_everywhere(table, call, operation):
    """The errnos of all lines of a call: which sites a run reaches is chance, and one of them may be one that does not fail like that."""
    lines = [set(listed) for key, *listed in table if key.partition("@")[0] in (call, f"{call}/{operation}")]
    return sorted(set.intersection(*lines) - {"-"})


class Cell:
    def __init__(self, part, procs, site, low, high, call, number, operation, errno_name, first, last):
        self.part, self.procs = part, procs
        self.inject = [hex(low), hex(high), str(number), str(operation), str(getattr(errno, errno_name)), str(first), str(last)]
        which = f"call {first}" if first == last else f"from call {first} on" if last == FOR_EVER else f"calls {first} to {last}"
        self.name = f"{part} procs={procs}: {site} {call} {errno_name} {which}"


def which_calls(hits, passes):
    middle = max(4, hits // 2)
    single = [n for n in (1, 2, 3, middle) if n <= hits]
    starts = [n for n in (1, 2, middle) if n <= hits]
    return [(n, n) for n in single] + [(n, n + BURST - 1 if passes else FOR_EVER) for n in starts if not (passes and hits == 1)]


class Matrix:
    def __init__(self, args):
        self.args = args
        self.inject, self.program = build(args)
        self.sites = find_sites(self.program)
        self.calls = system_calls(args.sysroot)
        self.table = read_table("errors.txt")
        self.reached, self.problems = set(), []

    def environment(self, procs, folder):
        observed = {"CORO_TRACE": f"{folder}/trace", "CORO_STATS": "1"} if procs > 1 else {}
        return {**os.environ, **observed, "TMPDIR": folder, "CORO_DUMP": "signal", "CORO_PROCS": str(procs)}

    def execute(self, kind, seconds, spec, part, procs):
        with tempfile.TemporaryDirectory(dir=self.args.work) as folder:
            output = f"{folder}/output"
            report = subprocess.run([self.inject, kind, str(seconds), output, *spec, "--", self.program, part], stdout=subprocess.PIPE, text=True,
                                    env=self.environment(procs, folder), cwd=folder).stdout
            with open(output, errors="replace") as f:
                return report, f.read()

    def record(self, part, procs):
        report, output = self.execute("record", SECONDS, [hex(min(self.sites)), hex(max(self.sites))], part, procs)
        first, *lines = report.splitlines()
        if not first.startswith("exit 0 "):
            sys.exit(f"{part} procs={procs}: {first} without any error injected\n{output}")
        cells, everywhere = [], {}
        for line in lines:
            address, number, operation, hits = (int(w, 0) for w in line.split()[1:])
            site = self.sites.get(address)
            if not site:
                continue
            self.reached.add(site)
            name = self.calls.get(number, str(number))
            op = OPERATIONS.get(name, {}).get(operation, str(operation))
            call = f"{name}/{op}" if name in OPERATIONS else name
            errors = errors_of(self.table, name, op, site)
            if errors is None:
                self.problems.append(f"errors.txt says nothing of {call}, called at {site}")
                continue
            made = call, number, operation
            cells += self.cells_of(part, procs, site, address, address, made, errors, hits)
            everywhere[made] = everywhere.get(made, 0) + hits
        for made, hits in everywhere.items():
            errors = errors_everywhere(self.table, *made[0].partition("/")[::2])
            cells += self.cells_of(part, procs, "everywhere", min(self.sites), max(self.sites), made, errors, hits)
        return cells

    def cells_of(self, part, procs, site, low, high, made, errors, hits):
        return [Cell(part, procs, site, low, high, *made, e.rstrip("~"), *calls) for e in errors for calls in which_calls(hits, e.endswith("~"))]

    def cells(self):
        every = [c for part in PARTS for procs in (1, 4) for c in self.record(part, procs)]
        excused = [words[0] for words in read_table("unreached.txt")]
        functions = {s.split("#")[0] for s in self.sites.values()}
        missed = sorted(functions - {s.split("#")[0] for s in self.reached} - set(excused))
        if missed and not self.args.quick:  # some are reached by chance: often enough in all of it
            self.problems.append(f"functions whose system calls nothing reaches: {', '.join(missed)}")
        return every

    def check(self, cell):
        report, output = self.execute("fail", SECONDS, cell.inject, cell.part, cell.procs)
        if not report.startswith("exit 0 "):
            return f"FAIL {cell.name}\n     {report.strip()}\n{output[-3000:]}"
        return None


def main():
    args = arguments()
    begin = time.monotonic()
    matrix = Matrix(args)
    cells = matrix.cells()
    chosen = [c for c in cells if args.only in c.name]
    print(f"{len(matrix.sites)} call sites, {len(matrix.reached)} reached, {len(cells)} cells; seed {args.seed}", flush=True)
    random.Random(args.seed).shuffle(chosen)
    lock, failures, done = threading.Lock(), [], 0

    def work():
        nonlocal done
        while chosen and not (args.quick and time.monotonic() - begin > args.quick):
            with lock:
                cell = chosen.pop() if chosen else None
            if cell and (failure := matrix.check(cell)):
                failures.append(failure)
                print(failure, flush=True)
            done += 1

    threads = [threading.Thread(target=work) for _ in range(args.jobs)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    for p in matrix.problems:
        print(f"FAIL {p}")
    print(f"{done} cells run, {len(failures)} failed, {time.monotonic() - begin:.0f} s")
    sys.exit(1 if failures or matrix.problems else 0)


if __name__ == "__main__":
    main()

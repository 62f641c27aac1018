"""deadlock.py PROGRAM: each case of deadlock.c, with one processor and with four: what must be reported is, once, and the program goes on waiting; what
must not, is not."""
import os
import re
import select
import subprocess
import sys
import time

COROUTINE = r"coroutine \d+ (\(main\) )?[^:]*: parked, "
# What the report must contain.
REPORTED = {
    "abba": r"every thread waits.*each waits for the next[^\n]*\n[^\n]*left[^\n]*\(mutex held by \d+ right\)\n[^\n]*0x[^\n]*\n[^\n]*right[^\n]*"
            r"\(mutex held by \d+ left\)\n.*others that wait for ever:\n[^\n]*\(main\)",
    "abba-recursive": r"(left|right)[^\n]*\(mutex held by \d+ (left|right)\).*\(mutex held by .*others that wait for ever:\n[^\n]*\(main\)",
    "abba-beside-io": r"threads wait for each other, for ever\n.*left[^\n]*\(mutex held by \d+ right\)",
    "again": r"each waits[^\n]*\n[^\n]*\(main\)[^\n]*\(mutex held by \d+ .*others that wait for ever",
    "join": r"each waits[^\n]*\n([^\n]*\(join of \d+ [^\n]*\n[^\n]*0x[^\n]*\n){3}coro-musl: others that wait for ever:\n[^\n]*\(main\)",
    "files": r"each waits[^\n]*\n[^\n]*FILE locked by .*FILE locked by .*others that wait for ever:\n[^\n]*\(main\)",
    "c11": r"each waits[^\n]*\n[^\n]*mutex held by .*mutex held by .*others that wait for ever:\n[^\n]*\(main\)",
    "all-wait": r"every thread waits for another, for ever\ncoro-musl: others that wait for ever:\n" + COROUTINE,
}
SILENT = ["handler", "sleep", "sigwait", "read", "timed"]


def run(program, case, procs, value, seconds):
    """What it says, until a report is complete or so many seconds have passed; and whether it still waits then."""
    environment = {**os.environ, "CORO_DEADLOCK": value, "CORO_PROCS": procs}
    process = subprocess.Popen([program, case], stderr=subprocess.PIPE, env=environment)
    said, end = b"", time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([process.stderr], [], [], 0.1)[0]:
            more = os.read(process.stderr.fileno(), 65536)
            if not more:
                break
            if not said:
                end = time.monotonic() + 1  # a second report would come soon
            said += more
    waits = process.poll() is None
    process.kill()
    process.wait()
    return said.decode(errors="replace"), waits


def main():
    program, failed = sys.argv[1], 0
    for procs in ("1", "4"):
        for case, wanted in REPORTED.items():
            said, waits = run(program, case, procs, "report", 60)
            if not waits or said.count(": deadlock: ") != 1 or not re.search(wanted, said, re.S):
                print(f"{case}, {procs} processors: waits on: {waits}; it said\n{said}")
                failed += 1
    for case in SILENT:
        said, waits = run(program, case, "2", "report", 1.5)
        if not waits or said:
            print(f"{case}: waits on: {waits}; it said\n{said}")
            failed += 1
    said, waits = run(program, "abba", "2", "off", 1)
    if not waits or said:
        print(f"not asked for: it said\n{said}")
        failed += 1
    sys.exit(1 if failed else 0)


main()

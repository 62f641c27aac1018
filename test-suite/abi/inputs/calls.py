#!/usr/bin/env python3
"""calls.py CALLS.TXT MUSL-TREE [BLOCKING]: what musl says about system calls, and the rows of test-suite/blocking, against the table of calls. Each
difference is a line."""
import os
import re
import sys

WAYS = {"park", "readiness", "submit", "handoff", "bind", "virtual", "covered", "never"}
# Names by which musl's source calls them.
IN_SOURCE = {"pread64": "pread", "pwrite64": "pwrite", "_newselect": "select", "fcntl64": "fcntl"}


errors = []
complain = errors.append


def read(*path):
    with open(os.path.join(*path), errors="replace") as f:
        return f.read()


def table(path):
    rows = {}
    for number, line in enumerate(read(path).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [c.strip() for c in line.split("|")] + [""] * 6
        name, way, point = cells[0], cells[1], cells[3]
        if name in rows:
            complain(f"{path}:{number}: {name} has two rows")
        if way not in WAYS or point not in ("yes", "no") or cells[4] not in ("yes", "never", "timed", "-", ""):
            complain(f"{path}:{number}: unknown word")
        rows[name] = (way, point, cells[5])
    return rows


def numbers(musl):
    """Every call of every architecture that musl knows."""
    for arch in sorted(os.listdir(os.path.join(musl, "arch"))):
        header = os.path.join(musl, "arch", arch, "bits", "syscall.h.in")
        if os.path.exists(header) and arch in ("x86_64", "aarch64", "riscv64", "i386", "arm"):
            for name in re.findall(r"#define\s+__NR_(\w+)", read(header)):
                if name != "arch_specific_syscall":
                    yield arch, name


def cancellation_points(musl):
    found = set()
    for folder, _, files in os.walk(os.path.join(musl, "src")):
        for name in files:
            if name.endswith(".c"):
                text = read(folder, name)
                found |= set(re.findall(r"syscall_cp\w*\(\s*SYS_(\w+)", text))
                found |= set(re.findall(r"socketcall_cp\((\w+)", text))
                if "sys_open_cp(" in text:
                    found |= {"open", "openat"}
                if "sys_pause_cp(" in text:
                    found.add("pause")
                if "sys_wait4_cp(" in text:
                    found.add("wait4")
    return found


def main():
    rows, musl = table(sys.argv[1]), sys.argv[2]
    known = set()
    for arch, name in numbers(musl):
        known.add(name)
        if name not in rows:
            complain(f"{name} ({arch}): no row")
    for name in sorted(set(rows) - known):
        complain(f"{name}: no such call")
    points = cancellation_points(musl)
    for name in sorted(rows):
        point = bool({name, base(name), IN_SOURCE.get(name)} & points)
        # A number that stands for many calls has no answer of its own.
        if name not in ("ipc", "socketcall") and rows[name][1] != ("yes" if point else "no"):
            complain(f"{name}: is {'a' if point else 'no'} cancellation point in musl")
    gated = set(re.findall(r"n == SYS_(\w+)", read(musl, "src", "internal", "coro_nr.h")))
    for name in sorted(gated & set(rows)):
        if rows[name][0] in ("never", "covered"):
            complain(f"{name}: {rows[name][0]}, but goes through the gate")
    called = constants(musl)
    for name, (way, _, _) in sorted(rows.items()):
        if way not in ("never", "covered") and name in called and name not in gated:
            complain(f"{name}: musl calls it, and not through the gate")
    if len(sys.argv) > 3:
        compare_blocking(rows, sys.argv[3], {name for arch, name in numbers(musl) if arch == "x86_64"})
    print("\n".join(errors))
    return 1 if errors else 0


def blocking_rows(folder):
    """Calls that test-suite/blocking blocks in, and whether by way of a cancellation point of libc."""
    found = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".c"):
            for row in read(folder, name).split("{CALL(")[1:]:
                call = row.split(")")[0]
                # libc has another number for what it does there, and that one has the cancellation point.
                found[call] = found.get(call, False) or ".libc = " in row or '"through syscall(2)"' in row
    return found


def compare_blocking(rows, folder, of_x86_64):
    proven = blocking_rows(folder)
    for name in sorted(set(proven) - set(rows)):
        complain(f"{name}: a row of test-suite/blocking for no call")
    for name in sorted(set(rows) & of_x86_64):
        way, point, note = rows[name]
        blocks, excused = way in ("park", "readiness", "submit", "handoff"), note.startswith("untested:")
        if blocks and name not in proven and not excused:
            complain(f"{name}: {way}, but test-suite/blocking has no row")
        if name in proven and not blocks:
            complain(f"{name}: {way}, but test-suite/blocking blocks in it")
        if name in proven and excused:
            complain(f"{name}: untested, but test-suite/blocking has a row")
        if proven.get(name) is False and point == "yes":
            complain(f"{name}: a cancellation point, but test-suite/blocking cancels nothing in it")


def base(name):
    return re.sub(r"_time(64|32)$", "", name)


def constants(musl):
    """Calls that musl makes by name. Those of its own start, before there is a thread, count too."""
    found = set()
    for folder, _, files in os.walk(os.path.join(musl, "src")):
        for name in files:
            if name.endswith(".c"):
                found |= set(re.findall(r"(?:__)?syscall(?:_cp)?\w*\(\s*SYS_(\w+)", read(folder, name)))
                found |= set(re.findall(r"socketcall\((\w+)", read(folder, name)))
    return found


if __name__ == "__main__":
    sys.exit(main())

"""What the Rust tests share: building a package as docs/rust.md says, with Debian's Rust, and the cells that its programs run in."""
import argparse
import contextlib
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
CPUS = len(os.sched_getaffinity(0))
# name: how it is linked, and its environment
CELLS = {
    "static, one processor": ("static", {"CORO_PROCS": "1"}),
    "dynamic, two for each CPU": ("dynamic", {"CORO_PROCS": str(2 * CPUS)}),
    "static, kernel threads": ("static", {"CORO_MODE": "kernel"}),
}


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("--sysroot", required=True)
    p.add_argument("--work", required=True, help="a folder for what cargo makes")
    return p.parse_args()


def check(true, what):
    if not true:
        raise AssertionError(what)


def toolchain():
    done = subprocess.run([f"{TOP}/sysroot-build/fetch-rust.sh"], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit("Debian's Rust cannot be had")
    return done.stdout.strip()


def cargo_environment(args, link, **more):
    """Nothing of the caller's Rust: another toolchain, its flags, or the crates that it has downloaded."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("CARGO", "RUST"))}
    environment = {**inherited, "PATH": f"{toolchain()}/bin:{os.environ['PATH']}", "CARGO_HOME": f"{args.work}/cargo-home", "RUST_BACKTRACE": "0", **more}
    if link == "dynamic":
        environment["RUSTFLAGS"] = "-Ctarget-feature=-crt-static"
    return environment


def cargo(args, link, package, *words, **more):
    """The wrapper of the sysroot; returns what cargo says in its JSON lines."""
    command = [f"{args.sysroot}/share/coro-musl/cargo", *words, "--release", "--offline", "--message-format=json-render-diagnostics",
               "--target-dir", f"{args.work}/{link}"]
    done = subprocess.run(command, cwd=package, env=cargo_environment(args, link, **more), stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{link}: cargo {' '.join(words)} failed")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def programs(args, link, package, *words, **more):
    """Builds the package's programs, or tests (words "test", "--no-run"): {name: path}."""
    messages = cargo(args, link, package, *words, **more)
    return {m["target"]["name"]: m["executable"] for m in messages if m.get("executable")}


def environment(cell, **more):
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("CORO_")}
    return {**inherited, "RUST_BACKTRACE": "0", "CORO_DUMP": "signal", **CELLS[cell][1], **more}


@contextlib.contextmanager
def server(cell, program):
    """The server at a port that the kernel chooses: its process and port."""
    process = subprocess.Popen([program, "127.0.0.1:0"], env=environment(cell), stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        check(re.fullmatch(r"listening on 127\.0\.0\.1:\d+\n", line), f"{program} said {line!r}")
        yield process, int(line.rsplit(":", 1)[1])
        check(process.poll() is None, f"{program} ended with {process.returncode}")
    finally:
        process.kill()
        process.communicate()


def kernel_threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def check_kernel_threads(cell, pid, threads):
    """`threads`: how many the program has at least."""
    n = kernel_threads(pid)
    if "CORO_MODE" in CELLS[cell][1]:
        check(n >= threads, f"{n} kernel threads for {threads} threads: the control is none")
    else:
        most = int(CELLS[cell][1]["CORO_PROCS"]) + 4
        check(n <= most, f"{n} kernel threads for {threads} threads: more than {most}")

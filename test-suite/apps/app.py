"""What the tests of whole programs share: the kept build, linking, the cells, servers, counting kernel threads.

Each program is compiled once (kept_build.sh) with the headers of the sysroot under test and linked for every cell; stock musl, the control, is
given the same objects.
"""
import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CPUS = len(os.sched_getaffinity(0))
# name: how it is linked, and its environment
CELLS = {
    "coro": ("dynamic", {}),
    "one": ("static", {"CORO_PROCS": "1"}),
    "kernel": ("dynamic", {"CORO_MODE": "kernel"}),
    "control": ("stock", {}),
}


def arguments(*flags):
    p = argparse.ArgumentParser()
    p.add_argument("--sysroot", required=True)
    p.add_argument("--stock", required=True)
    p.add_argument("--work", required=True, help="a folder for the programs")
    p.add_argument("--cells", default=",".join(CELLS))
    for flag in flags:
        p.add_argument(flag, action="store_true")
    args = p.parse_args()
    args.cells = args.cells.split(",")
    return args


def alone():
    """Starts this script again in a network of its own: its ports are free, and nothing is dialled outside. After the build, which may fetch sources."""
    if os.environ.get("APP_ALONE"):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    else:
        os.environ["APP_ALONE"] = "1"
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])


def kept_build(args, name, *sources, sysroot=None):
    """The folder of the program's objects and archives. A program that runs during its own build is given stock musl's sysroot: the headers are the same."""
    done = subprocess.run([f"{HERE}/kept_build.sh", name, sysroot or args.sysroot, *sources], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{name} does not build")
    return done.stdout.splitlines()[-1]


def link(args, name, kind, *inputs):
    """Links objects and archives to a program of a kind: dynamic, static, stock. Returns its path."""
    os.makedirs(args.work, exist_ok=True)
    program = f"{args.work}/{name}.{kind}"
    sysroot = args.stock if kind == "stock" else args.sysroot
    subprocess.run(["clang-19", f"--sysroot={sysroot}", "-fuse-ld=lld", "-pthread", "-o", program, *inputs] + ["-static"] * (kind == "static"), check=True)
    return program


def environment(cell, **more):
    return {**os.environ, "CORO_DUMP": "signal", **CELLS[cell][1], **more}


def check(true, what):
    if not true:
        raise AssertionError(what)


def kernel_threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def check_kernel_threads(cell, n, pthreads):
    """`n`: how many the kernel has; `pthreads`: how many the program has at least."""
    print(f"{cell}: {n} kernel threads for at least {pthreads} threads")
    if cell in ("kernel", "control"):
        check(n >= pthreads, f"{n} kernel threads: the program has fewer threads than the test believes")
    else:
        # a worker for each processor, the monitor, and some that were in a system call
        most = max(int(CELLS[cell][1].get("CORO_PROCS", CPUS)) + 4, pthreads // 8)
        check(n <= most, f"{n} kernel threads, more than {most}")


def kill(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def dump(pid):
    """What a hung process is doing: it prints its coroutines itself; returns the stacks of its kernel threads."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGQUIT)
    time.sleep(1)
    stacks = subprocess.run(["gdb", "-q", "-p", str(pid), "-batch", "-ex", "thread apply all bt 12"],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return "\n".join(l for l in stacks.stdout.splitlines() if l.startswith(("#", "Thread")))


def wait_for_port(process, port):
    for _ in range(600):
        with contextlib.suppress(ConnectionRefusedError):
            return socket.create_connection(("127.0.0.1", port), timeout=20).close()
        check(process.poll() is None, f"the server ended with {process.returncode}")
        time.sleep(0.05)
    check(False, f"nobody listens on port {port}")


@contextlib.contextmanager
def server(cell, command, port, stop, folder):
    """A server that listens; `stop(process)` asks it to end. When the test or the server fails it says what the server was doing."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=output, env=environment(cell), cwd=folder)
        try:
            wait_for_port(process, port)
            yield process
            stop(process)
            check(process.wait(timeout=30) == 0, f"the server ended with {process.returncode}")
        except BaseException:
            stacks = dump(process.pid) if process.poll() is None else f"ended with {process.returncode}"
            kill(process.pid)
            output.seek(0)
            print(f"FAIL {cell}; the server:\n{output.read()[-8000:].decode(errors='replace')}\n{stacks}", flush=True)
            raise
        finally:
            process.wait()


def connections(port, count):
    """`count` connections to the server as pairs of socket and buffered file."""
    made = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(count)]
    return [(s, s.makefile("rb")) for s in made]

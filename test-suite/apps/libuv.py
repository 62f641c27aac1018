"""libuv's own test suite, each test a process with a time-out, so that a hang is one failure. They run as nobody (libuv wants that) in worlds
of their own: network, processes, /tmp. What passes on stock musl must pass on coro-musl.
"""
import contextlib
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

import app

SECONDS = 60
OK, SKIP = 0, 7
WORLDS = 2
RECORD = 64  # bytes of a test's name in the pipe from which the worlds take them
NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}


TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COPY = "/mnt"  # in our mount namespace: the checkout once more, while the folder that it lies in is hidden


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def hide(folder, mode):
    """An empty folder in the place of this one, with nothing in it but the checkout, if that lies there."""
    mount("-t", "tmpfs", "-o", f"mode={mode}", "none", folder)
    if TOP.startswith(folder + "/"):
        os.makedirs(TOP)
        mount("--bind", COPY, TOP)


def let_nobody_in():
    """A checkout may lie in a folder that is closed to nobody."""
    mount("--bind", TOP, COPY)
    folder, parts = "", TOP.split("/")[1:-1]
    for part in parts:
        folder += "/" + part
        if not os.stat(folder).st_mode & stat.S_IXOTH:
            return hide("/" + parts[0], "1777")


def descendants(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        for task in os.listdir(f"/proc/{pid}/task"):  # any worker may have forked
            with open(f"/proc/{pid}/task/{task}/children") as f:
                for child in map(int, f.read().split()):
                    yield child
                    yield from descendants(child)


def run(program, name):
    """(exit status, or None if it hung; what it printed). The runner prints what the test's processes printed when they are gone."""
    # Time-outs are ours, since libuv's runner takes no dump.
    environment = {**os.environ, "CORO_DUMP": "signal", "UV_TEST_TIMEOUT_MULTIPLIER": "1000", "HOME": "/tmp"}
    test = subprocess.Popen([program, name], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, cwd="/tmp/run",
                            **NOBODY)
    try:
        return test.communicate(timeout=SECONDS)[0], test.returncode
    except subprocess.TimeoutExpired:
        hung = list(descendants(test.pid))
        stacks = "\n".join(app.dump(pid) for pid in hung).encode()
        for pid in hung:
            app.kill(pid)
        try:
            return test.communicate(timeout=5)[0] + stacks, None
        except subprocess.TimeoutExpired:
            test.kill()
            return test.communicate()[0] + stacks, None


def world(program, fixtures):
    """Process 1 of a world: runs tests from stdin until there are no more, and prints name, status and output of each."""
    hide("/tmp", "1777")
    os.makedirs("/tmp/run/test")
    for command in (["ip", "link", "set", "lo", "up"], ["cp", "-r", fixtures, "/tmp/run/test/fixtures"], ["chown", "-R", "65534:65534", "/tmp/run"]):
        subprocess.run(command, check=True)
    while record := os.read(0, RECORD):
        name = record.decode().strip()
        output, status = run(program, name)
        print(json.dumps([name, status, output[-6000:].decode(errors="replace")]), flush=True)
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)  # what the test left behind
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def tests(program):
    listed = subprocess.run([program, "--list"], check=True, stdout=subprocess.PIPE, text=True, **NOBODY)
    return re.findall(r"^(\w+)", listed.stdout, re.M)


def run_cell(cell, program, fixtures):
    """name: (status, output) of each test."""
    begin = time.monotonic()
    names = tests(program)
    queue, fill = os.pipe()
    os.write(fill, "".join(n.ljust(RECORD) for n in names).encode())
    os.close(fill)
    command = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, __file__, "--world", program, fixtures]
    worlds = [subprocess.Popen(command, stdin=queue, stdout=subprocess.PIPE, text=True, env=app.environment(cell)) for _ in range(WORLDS)]
    os.close(queue)
    results = {name: (status, text) for w in worlds for name, status, text in map(json.loads, w.stdout)}
    app.check(results.keys() == set(names), f"{cell}: these did not run: {set(names) - results.keys()}")
    count = {status: sum(s == status for s, _ in results.values()) for status in (OK, SKIP)}
    print(f"{cell}: {count[OK]} passed, {count[SKIP]} not for this system, {len(names) - count[OK] - count[SKIP]} failed, "
          f"{time.monotonic() - begin:.0f} s", flush=True)
    return results


def failures(cell, results, control):
    """How many tests are worse than on stock musl, if that has run."""
    bad = [n for n, (status, _) in results.items() if status not in (OK, SKIP) or (control and status == SKIP and control[n][0] == OK)]
    excused = [n for n in bad if control and control is not results and control[n][0] not in (OK, SKIP)]
    for name in bad:
        status, text = results[name]
        print(f"FAIL {cell} {name}: {'hangs' if status is None else f'exit {status}'}\n{text}")
    if excused:
        print(f"{cell}: not counted, since they fail on stock musl too: {excused}")
    return len(bad) - len(excused)


def check_threads(cell, program):
    """A test of 0.2 s with many threads in libuv's pool."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        test = subprocess.Popen([program, "fs_poll"], stdout=subprocess.DEVNULL, env=app.environment(cell, UV_THREADPOOL_SIZE="200"), cwd=folder, **NOBODY)
        most = 0
        while test.poll() is None:
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                most = max([most, *map(app.kernel_threads, descendants(test.pid))])
            time.sleep(0.01)
    app.check(test.returncode == OK, f"fs_poll ended with {test.returncode}")
    app.check_kernel_threads(cell, most, pthreads=201)


def run_all(programs, fixtures):
    let_nobody_in()
    results = {}
    for cell, program in programs.items():
        check_threads(cell, program)
        results[cell] = run_cell(cell, program, fixtures)
    failed = sum(failures(cell, results[cell], results.get("control")) for cell in programs)
    sys.exit(1 if failed else 0)


def main():
    if sys.argv[1] == "--world":
        return world(*sys.argv[2:])
    if sys.argv[1] == "--run":
        return run_all(json.loads(sys.argv[2]), sys.argv[3])
    args = app.arguments()
    build = app.kept_build(args, "libuv", "libuv")
    programs = {c: app.link(args, "uv_run_tests", app.CELLS[c][0], f"{build}/uv_run_tests.a", f"{build}/libuv.a") for c in args.cells}
    fixtures = os.path.abspath(f"{args.work}/fixtures")
    shutil.copytree(f"{build}/fixtures", fixtures, dirs_exist_ok=True)
    sys.stdout.flush()
    os.execvp("unshare", ["unshare", "--mount", sys.executable, os.path.abspath(__file__), "--run", json.dumps(programs), fixtures])


main()

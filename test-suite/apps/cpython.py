"""CPython's own tests of threads, signals, sockets, processes: each method that passes on stock musl must pass on coro-musl, in one of three
tries. A module runs in a process of its own in a world of its own (network, processes); a method that hangs or crashes it is one failure, and the
module goes on behind it. What stock musl does is kept in the cache.
"""
import collections
import contextlib
import glob
import hashlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time

import app

SECONDS = 100  # for one method
TRIES = 3
WORLDS = 2
RECORD = 64  # bytes of a module's name in the pipe from which the worlds take them
GOOD = ("ok", "expected failure")
METHODS = f"{app.HERE}/inputs/cpython_methods.py"
QUICK = ["test_signal", "test_threading", "_test_eintr", "test_thread", "test_threadsignals", "test_fork1", "test_queue", "test_selectors", "test_select",
         "test_time", "test_threading_local"]
LONG = ["test_concurrent_futures", "test_socket", "test_subprocess", "test_os", "test_socketserver", *QUICK]
RESOURCES = {"test_socketserver": "network"}  # by which it means the loopback
SLEEPERS = """
import os, threading
end, ready = threading.Event(), threading.Semaphore(0)
def sleep():
    ready.release()
    end.wait()
threads = [threading.Thread(target=sleep) for _ in range(200)]
for t in threads: t.start()
for t in threads: ready.acquire()
print(len(os.listdir("/proc/self/task")))
end.set()
for t in threads: t.join()
"""


def environment(cell):
    """Nothing of the caller's Python. It asks for PTHREAD_SCOPE_SYSTEM."""
    return {k: v for k, v in app.environment(cell, LC_ALL="C.UTF-8", CORO_SCOPE="process").items() if not k.startswith("PYTHON")}


def stop_the_others():
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def lines(pipe):
    """What comes before the pipe ends; None if nothing came in time."""
    text = b""
    while select.select([pipe], [], [], SECONDS)[0]:
        more = os.read(pipe.fileno(), 1 << 16)
        if not more:
            return
        *whole, text = (text + more).split(b"\n")
        yield from map(json.loads, whole)
    yield None


def outside(module):
    """Stands in the results for what is not in a method."""
    return f"{module}: begin or end"


def run_once(python, module, resources, chosen, results):
    """Runs the module's methods until it ends, hangs or crashes; whether it came to its end."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as output:
        command = [python, METHODS, f"test.{module}", resources]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, cwd=folder, start_new_session=True,
                                   env={**os.environ, "TMPDIR": folder})
        process.stdin.write(json.dumps(chosen).encode())
        process.stdin.close()
        running, stacks = outside(module), ""
        for line in lines(process.stdout):
            if line is None:
                stacks = "\n".join(app.dump(int(p)) for p in os.listdir("/proc") if p.isdigit() and p != "1")
                app.kill(process.pid)
                break
            name, outcome, text = line
            if outcome == "begun":
                running = name
            else:
                results[name] = (outcome, text)
                running = outside(module)
        status = process.wait()
        process.stdout.close()
        stop_the_others()
        if status == 0:
            results.setdefault(outside(module), ("ok", ""))
            return True
        output.seek(0)
        what = "hangs" if stacks else f"ends with {status}"
        results[running] = (what, output.read()[-6000:].decode(errors="replace") + stacks)
        return running == outside(module)


def run_module(python, module, resources, only):
    results, resources = {}, f"{resources},{RESOURCES.get(module, '')}"
    while not run_once(python, module, resources, {"only": only, "skip": list(results)}, results):
        pass
    return results


def world(python, resources, chosen):
    """Process 1 of a world: takes modules from stdin until there are no more, and prints what their methods did."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", "/dev/shm"], check=True)
    chosen = json.loads(chosen)
    while record := os.read(0, RECORD):
        module = record.decode().strip()
        begin = time.monotonic()
        only = chosen.get(module, [])
        results = run_module(python, module, resources, only if only and outside(module) not in only else None)
        print(json.dumps([module, results, time.monotonic() - begin]), flush=True)


def run_modules(cell, python, resources, modules, chosen={}):
    """module: {method: (outcome, what it printed)}; of the modules in `chosen`, only the methods named there."""
    queue, fill = os.pipe()
    os.write(fill, "".join(m.ljust(RECORD) for m in modules).encode())
    os.close(fill)
    command = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, os.path.abspath(__file__), "--world", python,
               resources, json.dumps(chosen)]
    worlds = [subprocess.Popen(command, stdin=queue, stdout=subprocess.PIPE, text=True, env=environment(cell)) for _ in range(WORLDS)]
    os.close(queue)
    results = {}
    for w in worlds:
        for module, methods, seconds in map(json.loads, w.stdout):
            results[module] = methods
            if not chosen:
                print(f"{cell} {module}: {summary(methods)}, {seconds:.0f} s", flush=True)
    app.check(results.keys() == set(modules), f"{cell}: these did not run: {set(modules) - results.keys()}")
    return results


def summary(methods):
    count = collections.Counter(outcome for outcome, _ in methods.values())
    return ", ".join(f"{n} {outcome}" for outcome, n in count.items())


def failures(results, control=None):
    """module: the methods that are not well; with a control, those which are well there."""
    if control is None:
        bad = {m: [n for n, (o, _) in methods.items() if o not in (*GOOD, "skipped")] for m, methods in results.items()}
    else:
        bad = {m: [n for n, (o, _) in methods.items() if o in GOOD and results[m].get(n, ("missing",))[0] not in GOOD] for m, methods in control.items()}
    return {m: names for m, names in bad.items() if names}


def run_cell(cell, python, resources, modules, control=None):
    """The results of three tries."""
    results = run_modules(cell, python, resources, modules)
    for _ in range(TRIES - 1):
        again = failures(results, control)
        if not again:
            break
        print(f"{cell}: again: {again}", flush=True)
        for module, methods in run_modules(cell, python, resources, list(again), again).items():
            results[module].update((n, r) for n, r in methods.items() if n in again[module])
    return results


def control_results(key, *how):
    """Stock musl's results, which are kept."""
    kept = f"{key}.json"
    with contextlib.suppress(FileNotFoundError), open(kept) as f:
        return json.load(f)
    results = run_cell("control", *how)
    with open(f"{kept}.new", "w") as f:
        json.dump(results, f)
    os.rename(f"{kept}.new", kept)
    return results


def check_threads(cell, python):
    n = subprocess.run([python, "-c", SLEEPERS], env=environment(cell), stdout=subprocess.PIPE, timeout=100, check=True, text=True).stdout
    app.check_kernel_threads(cell, int(n), pthreads=201)


def link(args, build, kind):
    """Python finds its library beside the program."""
    python = app.link(args, "python3.11", kind, "-Wl,--export-dynamic", f"{build}/python.o", f"{build}/libpython3.11.a", "-lm")
    with contextlib.suppress(FileExistsError):
        os.symlink(f"{build}/lib", f"{args.work}/lib")
    return os.path.abspath(python)


def key_of(args, *how):
    """Of what stock musl's results depend on besides the build. Some methods are skipped by a process that is nice."""
    sums = hashlib.sha256(json.dumps([how, RESOURCES, SECONDS, os.getpriority(os.PRIO_PROCESS, 0)]).encode())
    for path in (METHODS, f"{args.stock}/usr/lib/libc.so"):
        with open(path, "rb") as f:
            sums.update(f.read())
    return sums.hexdigest()[:16]


def main():
    if sys.argv[1] == "--world":
        return world(*sys.argv[2:])
    args = app.arguments("--long")
    build = app.kept_build(args, "cpython", "cpython", sysroot=args.stock)
    if args.long:
        asyncio = sorted(glob.glob("test_*.py", root_dir=f"{build}/lib/python3.11/test/test_asyncio"))
        modules, resources = [*LONG, *(f"test_asyncio.{m[:-3]}" for m in asyncio)], "cpu,subprocess,walltime"
    else:
        modules, resources = QUICK, "subprocess"
    pythons = {c: link(args, build, app.CELLS[c][0]) for c in {*args.cells, "control"}}
    sys.stdout.flush()
    control = control_results(f"{build}-control-{key_of(args, resources, modules)}", pythons["control"], resources, modules)
    print(f"control: {summary({n: r for methods in control.values() for n, r in methods.items()})}")
    failed = 0
    for cell in args.cells:
        check_threads(cell, pythons[cell])
        if cell == "control":
            continue
        results = run_cell(cell, pythons[cell], resources, modules, control)
        for module, names in failures(results, control).items():
            for name in names:
                failed += 1
                outcome, text = results[module].get(name, ("did not run", ""))
                print(f"FAIL {cell} {name}: {outcome}\n{text}")
    sys.exit(1 if failed else 0)


main()

"""Compiles one test program static and dynamic and runs each under several settings; says which cell failed and why.

    matrix.py --sysroot DIR --work PREFIX [--stock DIR] [--seconds N] [--cells all|coro] [--without-ring] [--flags "..."] [--first-failure N]
        [--target TRIPLE --run EMULATOR] SOURCE

A cell that does not end in time is a failure with a dump: the runtime prints its coroutines on SIGQUIT (CORO_DUMP=signal), gdb the kernel
threads; then it is killed by its pid.
"""
import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

SETTINGS = {
    "procs=1": {"CORO_PROCS": "1"},
    "procs=2n": {"CORO_PROCS": str(2 * len(os.sched_getaffinity(0)))},
    "kernel": {"CORO_MODE": "kernel"},
}
WITHOUT_RING = {"procs=2n io=epoll": {**SETTINGS["procs=2n"], "CORO_IO": "epoll"}}


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("--sysroot", required=True)
    p.add_argument("--work", required=True)
    p.add_argument("--stock")
    p.add_argument("--seconds", type=int, default=60)
    p.add_argument("--cells", choices=["all", "coro"], default="all", help="coro: without the control")
    p.add_argument("--without-ring", action="store_true", help="a cell more, with CORO_IO=epoll")
    p.add_argument("--links", default="static,dynamic")
    p.add_argument("--flags", default="")
    p.add_argument("--first-failure", type=int, metavar="N", help="stop at it, without a dump; a cell has N seconds at most")
    p.add_argument("--target", help="of the compiler, where it is not this machine's")
    p.add_argument("--run", metavar="EMULATOR", help="what runs the programs; they have four times as long then, and a second try: a child of fork may wait for a lock of the emulator's "
                   "own, or one of its assertions fail")
    p.add_argument("source")
    return p.parse_args()


def compile_program(args, sysroot, link, output):
    cxx = args.source.endswith(".cpp")
    command = ["clang++-19" if cxx else "clang-19", f"--sysroot={sysroot}", *([f"--target={args.target}", "-fuse-ld=lld"] if args.target else []), "-O1", "-g", "-Wall", "-Wextra",
               "-Wno-unused-parameter", "-pthread", f"-I{os.path.dirname(os.path.abspath(__file__))}", args.source, "-o", output]
    command += (["-std=c++20"] if cxx else ["-std=gnu11"]) + (["-static"] if link == "static" else []) + shlex.split(args.flags)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{link}: does not compile\n{' '.join(command)}\n{done.stdout}")


def dump(process):
    """What a hung process is doing, on stderr of its own and here."""
    process.send_signal(signal.SIGQUIT)
    try:
        process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        pass
    if process.poll() is None and shutil.which("gdb"):
        stacks = subprocess.run(["gdb", "-q", "-p", str(process.pid), "-batch", "-ex", "thread apply all bt 12"],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        print("\n".join(l for l in stacks.stdout.splitlines() if l.startswith(("#", "Thread"))))


def run_cell(name, command, settings, seconds, dumps=True, tries=1):
    environment = {**os.environ, "CORO_DUMP": "signal", **settings}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                   env={**environment, "TMPDIR": folder}, cwd=folder)
        hung = False
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            hung = True
            if dumps:
                dump(process)
            process.kill()
            process.wait()
        output.seek(0)
        text = output.read()[-6000:].decode(errors="replace")
    if tries > 1 and (hung or "/accel/tcg/" in text):
        print(f"{name}: {'still running after %s s' % seconds if hung else 'an assertion of the emulator'}, once more\n{text}")
        return run_cell(name, command, settings, seconds, dumps, tries - 1)
    if hung:
        print(f"FAIL {name}: still running after {seconds} s\n{text}")
    elif process.returncode:
        print(f"FAIL {name}: exit {process.returncode}\n{text}")
    return hung or process.returncode != 0


def main():
    args = arguments()
    failed = 0
    args.seconds = min(args.seconds, args.first_failure or args.seconds) * (4 if args.run else 1)
    emulator = [args.run] if args.run else []
    os.makedirs(os.path.dirname(args.work), exist_ok=True)
    # An emulator makes kernel threads a thousand times more slowly than coroutines.
    settings = {k: v for k, v in SETTINGS.items() if k != "kernel" or (args.cells == "all" and not args.run)}
    if args.without_ring:
        settings |= WITHOUT_RING
    for link in args.links.split(","):
        program = f"{args.work}.{link}"
        compile_program(args, args.sysroot, link, program)
        for name, environment in settings.items():
            failed += run_cell(f"{link} {name}", [*emulator, program], environment, args.seconds, not args.first_failure, 2 if args.run else 1)
            if failed and args.first_failure:
                sys.exit(1)
        if args.stock:
            compile_program(args, args.stock, link, program + ".stock")
            failed += run_cell(f"{link} stock musl", [*emulator, program + ".stock"], {}, args.seconds)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

"""Programs that were built against stock musl, C by Debian's musl-gcc, C++ by clang with stock musl's sysroot, run in a root file system as a container image has:
the program, the libraries that it was built with, and a loader. With stock musl's loader each thread is the kernel's; with ours, put in its place
(docs/unmodified.md), threads are coroutines. The same program by naming the loader (`ld-musl-x86_64.so.1 ./program`).
"""
import argparse
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SUITE = os.path.dirname(HERE)
CPUS = len(os.sched_getaffinity(0))
LOADER = "lib/ld-musl-x86_64.so.1"
SETTINGS = ({"CORO_PROCS": "1"}, {"CORO_PROCS": str(2 * CPUS)})
# Tests of test-suite/posix, as they are; they notice whether threads are coroutines.
C = """mutex/blocked_1000 mutex/errors cond/blocked_1000 cond/turns thread/blocked_everywhere thread/join_chain thread/exit_main thread/exit_from_thread
    tls/keys_and_thread_locals cancel/kinds sem/ring signal/to_threads signal/jump_out stdio/shared_file rwlock/readers_writers time/sleeps
    sched/spin_on_flag io/semantics io/full_duplex io/messages poll/timeouts""".split()
CXX = "cxx/standard_library cxx/blocked_atomic".split()


def compiled(command, source, output, *flags):
    done = subprocess.run([*command, "-O1", "-w", "-pthread", f"-I{SUITE}/support", source, "-o", output, *flags], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{source} does not compile:\n{done.stdout}")


def stock_for_elsewhere(stock, work):
    """Stock musl's sysroot, for programs that find their loader where a distribution has it."""
    sysroot = f"{work}/sysroot"
    shutil.copytree(stock, sysroot, symlinks=True)
    subprocess.run([f"{sysroot}/share/coro-musl/relocate", f"/{LOADER}"], check=True)
    return sysroot


def image(work, name, loader, sysroot):
    """A root file system with a loader, named also as Alpine's programs name libc, and the C++ libraries of the stock sysroot."""
    root = f"{work}/{name}"
    for folder in ("lib", "usr/lib", "proc", "tmp", "dev", "bin"):
        os.makedirs(f"{root}/{folder}")
    shutil.copy(loader, f"{root}/{LOADER}")
    os.symlink(os.path.basename(LOADER), f"{root}/lib/libc.musl-x86_64.so.1")
    for library in os.listdir(f"{sysroot}/usr/lib"):
        if re.match(r"lib(c\+\+|c\+\+abi|unwind)\.so\.", library):
            shutil.copy(f"{sysroot}/usr/lib/{library}", f"{root}/usr/lib/{library}", follow_symlinks=False)
    return root


def run(command, **settings):
    """Output and error as one text; the process must end well."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("CORO_")}
    done = subprocess.run(command, env={**inherited, **settings}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    if done.returncode:
        raise AssertionError(f"{' '.join(command)} {settings}: exit {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout


def in_image(root, *command, **settings):
    """In the image, with the image's /proc and nothing of the machine's but three devices."""
    inside = 'for d in null zero urandom; do : >"$0/dev/$d"; mount --bind "/dev/$d" "$0/dev/$d"; done; mount -t proc proc "$0/proc"; exec chroot "$0" "$@"'
    return run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-euc", inside, root, *command], **settings)


def check_carriers(output, coroutines):
    count = re.fullmatch(r"(\d+) kernel threads\ndone\n", output)
    if not count or (int(count[1]) > 30 if coroutines else int(count[1]) <= 500):
        raise AssertionError(f"500 threads, {'coroutines' if coroutines else 'of the kernel'}: {output}")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--sysroot", required=True)
    p.add_argument("--stock", required=True)
    p.add_argument("--work", required=True)
    args = p.parse_args()
    shutil.rmtree(args.work, ignore_errors=True)
    os.makedirs(args.work)
    tools = subprocess.run([f"{HERE}/musl_tools.sh"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    musl_gcc = [f"{tools}/bin/musl-gcc"]
    sysroot = stock_for_elsewhere(args.stock, args.work)
    stock_clang = [f"{sysroot}/share/coro-musl/clang++", "-std=c++20"]

    ours = image(args.work, "ours", f"{args.sysroot}/usr/lib/libc.so", sysroot)
    theirs = {"Debian's musl": image(args.work, "debian", f"{tools}/{LOADER}", sysroot), "stock musl": image(args.work, "stock", f"{args.stock}/usr/lib/libc.so", sysroot)}
    for root in (ours, *theirs.values()):
        compiled(musl_gcc, f"{HERE}/inputs/threads.c", f"{root}/bin/threads")
        compiled(musl_gcc, f"{SUITE}/posix/tls/inputs/one_kilobyte.c", f"{root}/usr/lib/one_kilobyte.so", "-shared", "-fPIC")
    # The same bytes in each image, but for the loader.
    for root in theirs.values():
        check_carriers(in_image(root, "/bin/threads", "/usr/lib/one_kilobyte.so"), coroutines=False)
    for settings in SETTINGS:
        check_carriers(in_image(ours, "/bin/threads", "/usr/lib/one_kilobyte.so", **settings), coroutines=True)
    check_carriers(in_image(ours, "/bin/threads", "/usr/lib/one_kilobyte.so", CORO_MODE="kernel"), coroutines=False)
    # A program of Alpine's names libc otherwise.
    compiled(musl_gcc, f"{HERE}/inputs/threads.c", f"{ours}/bin/alpine", "-nodefaultlibs", f"-L{theirs['stock musl']}/lib", "-l:libc.musl-x86_64.so.1", "-lgcc")
    if "[libc.musl-x86_64.so.1]" not in run(["readelf", "-d", f"{ours}/bin/alpine"]):
        raise AssertionError("the program does not name libc as Alpine's do")
    check_carriers(in_image(ours, "/bin/alpine", "/usr/lib/one_kilobyte.so"), coroutines=True)
    # Without an image: the loader as a command.
    for loader, coroutines in ((f"{args.sysroot}/{LOADER}", True), (f"{tools}/{LOADER}", False)):
        check_carriers(run([loader, f"{ours}/bin/threads", f"{ours}/usr/lib/one_kilobyte.so"]), coroutines)

    for name in C:
        compiled(musl_gcc, f"{SUITE}/posix/{name}.c", f"{ours}/bin/{os.path.basename(name)}")
    for name in CXX:
        compiled(stock_clang, f"{SUITE}/posix/{name}.cpp", f"{ours}/bin/{os.path.basename(name)}")
    failed = []
    for name in C + CXX:
        for settings in SETTINGS:
            try:
                in_image(ours, f"/bin/{os.path.basename(name)}", TMPDIR="/tmp", **settings)
            except (AssertionError, subprocess.TimeoutExpired) as why:
                failed.append(f"FAIL {name}: {why}")
    sys.exit("\n".join(failed) if failed else 0)


main()

# The lit suite. A program test is run as a matrix (support/matrix.py): static and dynamic, with one processor, with two for each CPU, and
# with CORO_MODE=kernel as its own control.
#   --param arch=ARCH     another architecture of cmake/architectures.txt: the programs of the folders in cross_folders, under qemu-user
#   --param sysroot=DIR   the sysroot under test (out/coro-musl, out/ARCH/coro-musl)
#   --param stock=1       run each program on out/stock-musl too: a test that fails there is a wrong test
#   --param long=1        the long tests too (or all=1)
#   --param first=N       a program test ends at its first failure; N seconds for each run (ci/mutations)
import ctypes
import errno
import mmap
import os
import shutil
import struct
import subprocess
import sys

top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
suite = os.path.join(top, "test-suite")
sys.path.insert(0, os.path.join(suite, "support"))
from programs import ProgramTest

arch = lit_config.params.get("arch", "x86_64")
arch_line = next((l.split() for l in open(os.path.join(top, "cmake", "architectures.txt")) if l.split()[:1] == [arch]), None)
if not arch_line:
    lit_config.fatal(f"arch={arch}: not in cmake/architectures.txt")
target, musl_arch = arch_line[1:3]
foreign = arch != "x86_64"
sysroot = os.path.abspath(lit_config.params.get("sysroot", os.path.join(top, "out", arch if foreign else "", "coro-musl")))
stock = os.path.join(top, "out", "stock-musl")


def runs_here(program):
    try:
        subprocess.run([program], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return True
    except OSError:  # not of this kernel's, or not built yet
        return False


# What runs a program of this architecture: the kernel (i386's), or qemu-user by name, since binfmt_misc may not be there.
native = not foreign or (arch == "i386" and runs_here(os.path.join(sysroot, "lib", arch_line[4])))
run = "" if native else f"qemu-{musl_arch}-static"

config.name = f"coro-musl-{arch}" if foreign else "coro-musl"
config.test_format = ProgramTest(arch)
config.suffixes = [".c", ".cpp", ".test"]
config.excludes = ["support", "inputs", "bench", "src", "CMakeLists.txt"]
cross_folders = ["unit", "posix", "stress", "blocking", "targets"]  # the rest is about the build, or needs what qemu-user is not (tracing, seccomp, speed)
if foreign:
    config.excludes += [f for f in os.listdir(suite) if f not in cross_folders]
config.test_source_root = suite
config.test_exec_root = os.path.join(top, "out", arch if foreign else "", "test-suite")
# LLVM's own tools (not, FileCheck) last: plain clang stays the distribution's.
config.environment["PATH"] = os.environ["PATH"] + ":/usr/lib/llvm-19/bin"
config.environment["HOME"] = os.environ.get("HOME", "/")
config.environment.update({k: os.environ[k] for k in ("XDG_CACHE_HOME", "CORO_SOURCES", "CORO_MIRROR", "http_proxy", "https_proxy") if k in os.environ})
config.available_features.add(arch)
config.sysroot, config.stock = sysroot, stock

threads = 1000 if lit_config.params.get("long") or lit_config.params.get("all") else 200
clang = f"clang-19 --target={target} --sysroot={sysroot} -fuse-ld=lld" if foreign else f"clang-19 --sysroot={sysroot}"
clangxx = clang.replace("clang-19", "clang++-19", 1)
blocking = (f"{clang} -O1 -g -Wall -Wextra -Wno-unused-parameter -std=gnu11 -pthread -static -I{suite}/support %s "
            f"{suite}/blocking/inputs/driver.c -o %t && mkdir -p %t.dir && cd %t.dir && env CORO_PROCS=2 CORO_DUMP=signal timeout -s KILL 900 {run} %t --threads {threads}")
matrix = f"/usr/bin/python3 {suite}/support/matrix.py --sysroot {sysroot} --work %t"
if foreign:
    matrix += f" --target {target}"
if run:
    config.environment["CORO_TEST_EMULATOR"] = shutil.which(run) or run
    matrix += f" --run {run}"
if lit_config.params.get("stock"):
    matrix += f" --stock {stock}"
if lit_config.params.get("long"):
    matrix += " --without-ring"
if lit_config.params.get("first"):
    matrix += f" --first-failure {lit_config.params['first']}"
config.substitutions += [
    ("%matrix", matrix),
    ("%blocking", blocking),
    ("%clangxx", clangxx),
    ("%clang", clang),
    ("%run", run),
    ("%arch", arch),
    ("%unit", f"-I{top}/runtime -I{top}/runtime/arch/{arch} -fno-rtti -fno-exceptions -nostdlib++ -Wall -Wno-unused-command-line-argument"),
    ("%spin", f"{suite}/support/spin.sh"),
    ("%sysroot", sysroot),
    ("%stock", stock),
    ("%top", top),
]
# musl 1.2.6 is in Debian's unstable suite only and may vanish from there.
if subprocess.run([f"{top}/sysroot-build/fetch.sh", "musl-next"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
    config.available_features.add("musl-next")
if os.geteuid() == 0:
    config.available_features.add("root")
many_threads = 15000
if native:  # qemu-user has none of these
    # Guards without a mapping of their own (Linux 6.13): without them vm.max_map_count ends at some 30,000 stacks.
    with mmap.mmap(-1, mmap.PAGESIZE) as page:
        try:
            page.madvise(102)
            many_threads = 100000
        except OSError:
            pass
    # seccomp_unotify(2) with Linux 5.19's flag for calls that signals do not take back; ENOSYS or EINVAL otherwise, EFAULT for the null filter here.
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall(317, 1, 8 | 32, None)
    if ctypes.get_errno() == errno.EFAULT:
        config.available_features.add("seccomp-notify")
    # perf_event_open(2), with a clock that needs no hardware and without the kernel's part: a container's seccomp filter, or kernel.perf_event_paranoid, may forbid it.
    perf_attributes = struct.pack("=IIQ24xQ72x", 1, 120, 0, 1 << 5 | 1 << 6)
    perf = libc.syscall(298, perf_attributes, 0, -1, -1, 0)
    if perf >= 0:
        os.close(perf)
        config.available_features.add("perf-events")
config.substitutions.append(("%many", str(many_threads)))
if os.path.exists(os.path.join(sysroot, "usr/lib/libc++.a")):
    config.available_features.add("cxx")
if lit_config.params.get("long") or lit_config.params.get("all"):
    config.available_features.add("long")

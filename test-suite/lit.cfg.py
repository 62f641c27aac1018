# The lit suite. A program test is run as a matrix (support/matrix.py): static and dynamic, with one processor, with two for each CPU, and
# with CORO_MODE=kernel as its own control.
#   --param sysroot=DIR   the sysroot under test (out/coro-musl)
#   --param stock=1       run each program on out/stock-musl too: a test that fails there is a wrong test
#   --param long=1        the long tests too (or all=1)
#   --param first=N       a program test ends at its first failure; N seconds for each run (ci/mutations)
import ctypes
import errno
import mmap
import os
import subprocess

import lit.formats

top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
suite = os.path.join(top, "test-suite")
sysroot = os.path.abspath(lit_config.params.get("sysroot", os.path.join(top, "out", "coro-musl")))
stock = os.path.join(top, "out", "stock-musl")

config.name = "coro-musl"
config.test_format = lit.formats.ShTest(execute_external=True)
config.suffixes = [".c", ".cpp", ".test"]
config.excludes = ["support", "inputs", "bench", "CMakeLists.txt"]
config.test_source_root = suite
config.test_exec_root = os.path.join(top, "out", "test-suite")
# LLVM's own tools (not, FileCheck) last: plain clang stays the distribution's.
config.environment["PATH"] = os.environ["PATH"] + ":/usr/lib/llvm-19/bin"
config.environment["HOME"] = os.environ.get("HOME", "/")
config.environment.update({k: os.environ[k] for k in ("XDG_CACHE_HOME", "CORO_SOURCES", "CORO_MIRROR", "http_proxy", "https_proxy") if k in os.environ})
config.sysroot, config.stock = sysroot, stock

threads = 1000 if lit_config.params.get("long") or lit_config.params.get("all") else 200
blocking = (f"clang-19 --sysroot={sysroot} -O1 -g -Wall -Wextra -Wno-unused-parameter -std=gnu11 -pthread -static -I{suite}/support %s "
            f"{suite}/blocking/inputs/driver.c -o %t && mkdir -p %t.dir && cd %t.dir && env CORO_PROCS=2 CORO_DUMP=signal timeout -s KILL 900 %t --threads {threads}")
matrix = f"/usr/bin/python3 {suite}/support/matrix.py --sysroot {sysroot} --work %t"
if lit_config.params.get("stock"):
    matrix += f" --stock {stock}"
if lit_config.params.get("long"):
    matrix += " --without-ring"
if lit_config.params.get("first"):
    matrix += f" --first-failure {lit_config.params['first']}"
config.substitutions += [
    ("%matrix", matrix),
    ("%blocking", blocking),
    ("%unit", f"-I{top}/runtime -I{top}/runtime/arch/x86_64 -fno-rtti -fno-exceptions -Wall -Wno-unused-command-line-argument"),
    ("%spin", f"{suite}/support/spin.sh"),
    ("%sysroot", sysroot),
    ("%stock", stock),
    ("%top", top),
]
# musl 1.2.6 is in Debian's unstable suite only and may vanish from there.
if subprocess.run([f"{top}/sysroot-build/fetch.sh", "musl-next"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
    config.available_features.add("musl-next")
# Guards without a mapping of their own (Linux 6.13): without them the map limit ends at some 30,000 threads.
with mmap.mmap(-1, mmap.PAGESIZE) as page:
    try:
        page.madvise(102)
        config.available_features.add("guard-advice")
    except OSError:
        pass
# seccomp_unotify(2) with Linux 5.19's flag for calls that signals do not take back; ENOSYS or EINVAL otherwise, EFAULT for the null filter here.
if os.geteuid() == 0:
    config.available_features.add("root")
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall(317, 1, 8 | 32, None)
if ctypes.get_errno() == errno.EFAULT:
    config.available_features.add("seccomp-notify")
if lit_config.params.get("long") or lit_config.params.get("all"):
    config.available_features.add("long")

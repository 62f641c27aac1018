"""A lit test for each of glibc's thread tests (nptl/tst-*, sysdeps/pthread/tst-*): what passes on stock musl passes on ours.

Each is compiled once, with glibc's own test driver (support/) on a thin shim (shim/), and linked four times: static and dynamic, stock and ours.
What does not build, or does not pass on stock musl, is no test. What passes there must pass on ours with one processor and with two for each CPU: once
in three runs, since many of them measure time; and when it does not, stock musl must do it again on the spot, or the machine is to blame.
The driver's time-out kills the test, after its coroutines were printed. Objects and stock musl's verdicts are kept in the cache.

By default a quarter of them runs, without the slow ones, and each with one number of processors static and the other dynamic: another such part each
time (--param part=N repeats one, of 8). All of it with the feature `long`.
"""
import concurrent.futures
import json
import os
import random
import re
import signal
import subprocess
import tempfile
import time
import zlib

import lit.formats
import lit.Test

import matrix
from kept import Refused, content, digest, files_below, make

HERE = os.path.dirname(os.path.abspath(__file__))
NO_TEST = re.compile(r"mod[0-9a-f]*\.c$|aux\.c$|skeleton|-(common|cleanup)\.c$")  # parts of tests
PROGRAM = re.compile(r"/tst-|-container\.c$|-program-c\.c$|run-command\.c$")  # what has a main function in the support library
FLOORS = {"build": 0.75, "pass": 0.64}  # of the sources at least do on stock musl (some 300 and 260), or the shim is broken
NOT_BUILT = "does not build"
FLAGS = ["-O1", "-w", "-pthread", "-D_GNU_SOURCE", "-D_LARGEFILE64_SOURCE"]
LINKS = {"static": ["-static"], "dynamic": []}
PROCESSORS = {name: matrix.SETTINGS[name] for name in ("procs=1", "procs=2n")}
TRIES = 3
QUICK_SECONDS = 4  # what takes stock musl longer is for `long`
TIMEOUT_FACTOR = 2  # of each test's own time-out, which is 20 s unless it says otherwise
SECONDS = 600  # for a driver that does not keep it
ARGUMENTS = {
    "tst-cancel7": ["--command", "exec {program}"],
    "tst-cancelx7": ["--command", "exec {program}"],
    "tst-exec4": ["{program}"],
    "tst-umask1": ["tst-umask1.temp"],
}


def end_session(leader):
    """Kills what a test left behind: the processes of the session that was made for it."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.getsid(int(pid)) == leader:
                os.kill(int(pid), signal.SIGKILL)
        except ProcessLookupError:
            pass


def run(program, settings):
    """None when the program passes, else what it printed."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryDirectory() as folder:
        arguments = [a.format(program=program) for a in ARGUMENTS.get(os.path.basename(program), [])]
        environment = {**os.environ, "CORO_DUMP": "signal", "TIMEOUTFACTOR": str(TIMEOUT_FACTOR), "TMPDIR": folder, **settings}
        driver = subprocess.Popen([program, *arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                  env=environment, cwd=folder, start_new_session=True)
        try:
            ended = f"exit {driver.wait(timeout=SECONDS)}"
        except subprocess.TimeoutExpired:
            ended = f"still running after {SECONDS} s"
        end_session(driver.pid)
        if driver.wait() == 0:
            return None
        output.seek(0)
        return f"{ended}\n{output.read()[-6000:].decode(errors='replace')}"


def passes(program, settings, again=lambda log: True):
    """None when it passes in one of the tries, else what the last one printed."""
    for _ in range(TRIES):
        log = run(program, settings)
        if not log or not again(log):
            break
    return log


class ThreadTests(lit.formats.TestFormat):
    def getTestsInDirectory(self, suite, path_in_suite, lit_config, config):
        if len(path_in_suite) > 1:
            return  # the shim's folders
        unpacked = subprocess.run([f"{HERE}/unpack.sh"], stdout=subprocess.PIPE, text=True)
        if unpacked.returncode:
            lit_config.fatal("glibc's tests could not be had")
        self.source = unpacked.stdout.strip()
        self.sysroot, self.stock = config.sysroot, config.stock
        self.programs = suite.getExecPath(path_in_suite)
        version = subprocess.run(["clang-19", "--version"], stdout=subprocess.PIPE, check=True).stdout
        self.key = digest(version, " ".join(FLAGS).encode(),
                          *map(content, files_below(f"{self.stock}/usr/include") + files_below(f"{HERE}/shim") + files_below(self.source)))
        self.cache = os.path.normpath(f"{self.source}/../{self.key}")
        # Stock musl passes or fails on a kernel, as a user, with what is linked.
        stock = digest(*(content(f"{self.stock}/usr/lib/libc.{kind}") for kind in ("a", "so")),
                       f"{os.uname().release} {os.getuid()} {ARGUMENTS} {TIMEOUT_FACTOR}".encode())
        self.verdicts = f"{self.cache}/{stock}"

        self.long = "long" in config.available_features
        part = int(lit_config.params.get("part", random.randrange(8)))
        if not self.long:
            lit_config.note(f"nptl: --param part={part}")
        chosen = lambda name: self.long or zlib.crc32(name.encode()) % 4 == part % 4
        crossed = sorted(PROCESSORS, reverse=part >= 4)
        self.processors = {link: PROCESSORS if self.long else {p: PROCESSORS[p]} for link, p in zip(LINKS, crossed)}
        self.flags = self.makefile_flags()
        self.files = {}
        for file in files_below(f"{self.source}/nptl") + files_below(f"{self.source}/sysdeps/pthread"):
            name, suffix = os.path.splitext(os.path.basename(file))
            if name.startswith("tst-") and suffix in (".c", ".cc") and not NO_TEST.search(file) and chosen(name):
                self.files[name] = file
                yield lit.Test.Test(suite, path_in_suite + (name,), config, file_path=file)
        yield lit.Test.Test(suite, path_in_suite + ("z-number-of-tests",), config)

    def makefile_flags(self):
        """The flags of glibc's makefiles that make another test of a source (-fexceptions and the like), by test."""
        flags = {}
        for makefile in "nptl/Makefile", "sysdeps/pthread/Makefile":
            for name, value in re.findall(r"^CFLAGS-(tst-[\w-]+)\.c \+= (.*)", content(f"{self.source}/{makefile}").decode(), re.M):
                flags[name] = [f for f in value.split() if f.startswith(("-f", "-std"))]
        return flags

    def object(self, file, output, *flags):
        cxx = file.endswith(".cc")
        return make(["clang++-19" if cxx else "clang-19", f"--sysroot={self.stock}", "-std=gnu++17" if cxx else "-std=gnu11", *FLAGS, *flags,
                     f"-I{HERE}/shim", "-include", f"{HERE}/shim/musl.h", f"-I{self.source}", f"-I{self.source}/support",
                     *(f"-idirafter{self.source}/{d}" for d in ("include", "sysdeps/generic", "sysdeps/pthread", "sysdeps/unix/sysv/linux", "nptl")), "-c", file], f"{self.cache}/{output}.o")

    def support(self):
        """glibc's support library: those of its files that compile."""
        archive = f"{self.cache}/libsupport.a"
        if not os.path.exists(archive):
            def part(file):
                name = os.path.basename(file)[:-2]
                try:
                    flags = ["-Dkill=dump_and_kill"] if name == "support_test_main" else []
                    return self.object(file, f"support/{name}", f"-DTIMEOUTFACTOR={TIMEOUT_FACTOR}", *flags)
                except Refused:
                    return None
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                files = [f for f in files_below(f"{self.source}/support") if f.endswith(".c") and not PROGRAM.search(f)]
                parts = pool.map(part, [f"{HERE}/shim/driver.c", *files])
            part = f"{archive}.{os.getpid()}"
            subprocess.run(["llvm-ar-19", "rcs", part, *filter(None, parts)], check=True)
            os.rename(part, archive)
        return archive

    def program(self, name, sysroot, link):
        """The test, linked; Refused when it does not build."""
        file = self.files[name]
        object = self.object(file, name, *self.flags.get(name, []))
        clang = "clang++-19" if file.endswith(".cc") else "clang-19"
        output = f"{self.programs}/{os.path.basename(sysroot)}.{link}/{name}"
        # Always anew, since libc may be another.
        os.replace(make([clang, f"--sysroot={sysroot}", "-fuse-ld=lld", "-pthread", *LINKS[link], object, self.support()], f"{output}.{os.getpid()}"), output)
        return output

    def stock_verdict(self, name, link):
        """What stock musl has against the test (nothing when it passes), and how many seconds it took."""
        kept = f"{self.verdicts}/{name}.{link}"
        if not os.path.exists(kept):
            begin = time.monotonic()
            try:
                # What hangs is not waited for again.
                log = passes(self.program(name, self.stock, link), {}, again=lambda log: "Timed out" not in log) or ""
            except Refused as error:
                log = f"{NOT_BUILT}\n{error}"
            os.makedirs(self.verdicts, exist_ok=True)
            part = f"{kept}.{os.getpid()}"
            with open(part, "w") as f:
                json.dump([log, time.monotonic() - begin], f)
            os.rename(part, kept)
        return json.loads(content(kept))

    def execute(self, test, lit_config):
        name = test.path_in_suite[-1]
        if name == "z-number-of-tests":
            return self.number_of_tests()
        stock = {link: self.stock_verdict(name, link) for link in LINKS}
        if all(log for log, _ in stock.values()):
            return lit.Test.UNSUPPORTED, f"on stock musl: {stock['static'][0]}"
        if not self.long and min(seconds for _, seconds in stock.values()) > QUICK_SECONDS:
            return lit.Test.UNSUPPORTED, "a long test"
        failures = []
        for link in (l for l in LINKS if not stock[l][0]):
            try:
                program = self.program(name, self.sysroot, link)
            except Refused as error:
                failures.append(f"{link}: links with stock musl, not with ours\n{error}")
                continue
            failed = {p: log for p, settings in self.processors[link].items() for log in [passes(program, settings)] if log}
            if failed and not passes(self.program(name, self.stock, link), {}):
                failures += [f"{link} {p}: passes on stock musl; here: {log}" for p, log in failed.items()]
        return (lit.Test.FAIL, "\n".join(failures)) if failures else (lit.Test.PASS, "")

    def number_of_tests(self):
        """The shim must not quietly lose the tests."""
        verdicts = [self.stock_verdict(name, "static")[0] for name in self.files]
        share = {"build": sum(not v.startswith(NOT_BUILT) for v in verdicts), "pass": verdicts.count("")}
        log = f"of {len(verdicts)} sources on stock musl: {share}"
        return (lit.Test.PASS if all(share[k] >= floor * len(verdicts) for k, floor in FLOORS.items()) else lit.Test.FAIL), log

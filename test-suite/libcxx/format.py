"""A lit test for each *.pass.cpp of libcxx/test/std/thread in LLVM's source: what passes on stock musl passes on ours.

Each is compiled once, dynamic (the binary interface is the same), and run by our loader with as many processors as usable CPUs and with one. What
fails is run by stock musl's loader from the same binary: failing there too is an expected failure, passing there a failure of ours.
A time-out is a failure with a dump. Compiled programs are kept in the cache under a key of all that goes into them.

A quarter of them, chosen by name, runs by default: all with the feature `long`.
"""
import contextlib
import io
import os
import re
import subprocess
import zlib

import lit.BooleanExpression
import lit.formats
import lit.Test

import matrix
from kept import Refused, content, digest, files_below, make

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
COMPILE_ONLY = ".compile.pass.cpp"
LOADER = "lib/ld-musl-x86_64.so.1"
STANDARDS = ["c++23", "c++20", "c++17", "c++14", "c++11"]
FEATURES = {"clang", "clang-19", "stdlib=libc++", "linux", "target=x86_64-linux-musl", "gcc-style-warnings", "locale.fr_FR.UTF-8"}
PREFIX = ["atomic", "cassert", "chrono", "condition_variable", "future", "mutex", "thread", "vector"]
FLAGS = ["-fexperimental-library", "-pthread"]
SECONDS = 120


def keyword(text, name):
    """The values of the lines `// NAME: value` of a test, where NAME may be a regular expression."""
    return [m.strip() for m in re.findall(rf"^// *{name}: *(.*)$", text, re.M)]


def standard(text):
    """The newest standard that the test is for; None: not for this toolchain."""
    for std in STANDARDS:
        holds = lambda e: lit.BooleanExpression.BooleanExpression.evaluate(e, FEATURES | {std})
        split = lambda lines: [e for line in lines for e in line.split(",")]
        if all(map(holds, split(keyword(text, "REQUIRES")))) and not any(map(holds, split(keyword(text, "UNSUPPORTED")))):
            return std
    return None


class ThreadTests(lit.formats.TestFormat):
    def getTestsInDirectory(self, suite, path_in_suite, lit_config, config):
        unpacked = subprocess.run([f"{HERE}/unpack.sh"], stdout=subprocess.PIPE, text=True)
        if unpacked.returncode:
            lit_config.fatal("libc++'s tests could not be had")
        self.source = unpacked.stdout.strip()
        self.sysroot, self.stock = config.sysroot, config.stock
        self.objects = suite.getExecPath(path_in_suite)
        # What goes into each: compiler, headers, and the one library that is linked statically.
        version = subprocess.run(["clang++-19", "--version"], stdout=subprocess.PIPE, check=True).stdout
        self.key = digest(version, " ".join(FLAGS + PREFIX).encode(), *map(content, files_below(f"{self.sysroot}/usr/include") + files_below(f"{self.source}/support") +
                                        [f"{self.sysroot}/usr/lib/libc++experimental.a"]))
        self.cache = os.path.normpath(f"{self.source}/../../../compiled/{self.key}")
        folder = f"{self.source}/std/thread"
        for file in files_below(folder):
            name = os.path.relpath(file, folder)
            if name.endswith(".pass.cpp") and ("long" in config.available_features or zlib.crc32(name.encode()) % 4 == 0):
                yield lit.Test.Test(suite, path_in_suite + tuple(name.split("/")), config, file_path=file)

    def compile(self, file, text, std):
        flags = ["clang++-19", f"--sysroot={self.sysroot}", f"-std={std}", *FLAGS, f"-I{self.source}/support"]
        own = " ".join(keyword(text, r"ADDITIONAL_COMPILE_FLAGS(?:\(gcc-style-warnings\))?")).split()
        name = file.replace(f"{self.source}/std/thread/", "").replace("/", ".")
        program = f"{self.cache}/{name}.{digest(std.encode(), content(file))}"
        if not os.path.exists(program) and not own:  # with macros of its own it cannot have the prefix
            flags += ["-include-pch", self.prefix(flags, std), "-Xclang", "-fno-validate-pch"]  # self.key says that it is valid
        return make(flags + own + (["-c"] if file.endswith(COMPILE_ONLY) else ["-fuse-ld=lld"]) + [file], program)

    def prefix(self, flags, std):
        """The headers that most of them include, parsed before: that is where the time goes."""
        text = "".join(f"#include <{h}>\n" for h in PREFIX)
        header = make(["sh", "-c", 'printf %s "$0" > "$2"', text], f"{self.objects}/prefix.h")
        return make(flags + ["-x", "c++-header", header], f"{self.objects}/prefix.{std}.{self.key}.pch")

    def execute(self, test, lit_config):
        with open(test.file_path) as f:
            text = f.read()
        std = standard(text)
        if not std:
            return lit.Test.UNSUPPORTED, "not for this compiler or library"
        try:
            program = self.compile(test.file_path, text, std)
        except Refused as error:
            return lit.Test.FAIL, f"does not compile\n{error}"
        if test.file_path.endswith(COMPILE_ONLY):
            return lit.Test.PASS, ""
        tries = 1 + max([int(n) for n in keyword(text, "ALLOW_RETRIES")], default=0)
        failed = [log for settings in ({}, {"CORO_PROCS": "1"}) for log in [self.run(self.sysroot, program, settings, tries)] if log]
        if not failed and not lit_config.params.get("stock"):
            return lit.Test.PASS, ""
        stock = self.run(self.stock, program, {}, tries)
        if not failed:
            return lit.Test.PASS, f"fails on stock musl\n{stock}" if stock else ""
        return lit.Test.XFAIL if stock else lit.Test.FAIL, "\n".join(failed) + (f"\non stock musl too:\n{stock}" if stock else "\npasses on stock musl")

    def run(self, sysroot, program, settings, tries):
        """None when it passed once in `tries`, else what the last run printed."""
        for _ in range(tries):
            log = io.StringIO()
            with contextlib.redirect_stdout(log):
                if not matrix.run_cell(f"{sysroot} {settings}", [f"{sysroot}/{LOADER}", program], settings, SECONDS):
                    return None
        return log.getvalue()

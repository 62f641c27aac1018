"""The rows L1 to L19 of docs/origin.md that are told in Rust: the tests of the package rows, in each cell."""
import re
import subprocess

import rust

# Tests of each file, without those that are ignored.
FILES = {"waiting": 10, "threads": 7, "alone": 0}


def main():
    args = rust.arguments()
    failed = []
    for cell, (link, _) in rust.CELLS.items():
        tests = rust.programs(args, link, f"{rust.HERE}/rows", "test", "--no-run", "--locked")
        for name, count in FILES.items():
            command = [tests[name]] + ["--test-threads=1"] * (count > 0)
            done = subprocess.run(command, env=rust.environment(cell), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
            passed = re.search(r"(\d+) passed; 0 failed", done.stdout)
            if done.returncode or count and (not passed or int(passed[1]) != count):
                failed.append(f"FAIL {cell}: {name}: exit {done.returncode}\n{done.stdout}")
    rust.check(not failed, "\n".join(failed))


main()

"""Applies recorded mutations of the runtime to a copy of the tree, one at a time, and says which are caught by the tests that they name.

    mutations.py --top DIR [--applies] [NAME...]

A mutation is a unified diff (patch -p1, no fuzz) after lines `Breaks: what` and `Tests: path...` (below test-suite/). Each test named must fail with the
mutation, in one of three runs, since some faults are races; and pass without it. The copy is out/mutations: its build is its own.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import time

LIT = ["/usr/bin/python3", "/usr/lib/llvm-19/build/utils/lit/lit.py"]
COPIED = ["CMakeLists.txt", "CMakePresets.json", "VERSION", "LICENSE", "cmake", "musl-patches", "runtime", "sysroot-build", "test-suite"]
RUNS, SECONDS = 3, 30


class Mutation:
    def __init__(self, path):
        self.path, self.name = path, path.stem
        self.text = path.read_text()
        header = dict(line.split(": ", 1) for line in self.text.split("\n--- ")[0].splitlines() if ": " in line)
        self.breaks, self.tests = header.get("Breaks", ""), header.get("Tests", "").split()

    def apply(self, tree, dry=False):
        command = ["patch", "-p1", "-s", "-f", "--fuzz=0", "--no-backup-if-mismatch"] + (["--dry-run"] if dry else [])
        done = subprocess.run(command, cwd=tree, input=self.text, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.stdout if done.returncode else ""

    def wrong(self, top):
        """What is wrong with it as a record, or nothing."""
        if not self.breaks or not self.tests:
            return "has no 'Breaks: ...' and 'Tests: ...' lines"
        missing = [t for t in self.tests if not (top / "test-suite" / t).is_file()]
        if missing:
            return "names tests that are not there: " + " ".join(missing)
        return self.apply(top, dry=True)


def run(command, log, **more):
    with open(log, "w") as out:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, **more).returncode == 0


class Tree:
    """The copy. Files are written only where they differ, so that little is built again."""

    def __init__(self, top):
        self.top, self.root = top, top / "out" / "mutations" / "tree"
        self.logs = top / "out" / "mutations" / "log"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.root.mkdir(parents=True, exist_ok=True)
        self.restore()
        stock = self.root / "out" / "stock-musl"  # some tests compare with it
        if not stock.is_symlink():
            stock.parent.mkdir(exist_ok=True)
            stock.symlink_to(top / "out" / "stock-musl")
        self.build_folder = self.root / "out" / "build" / "x86_64"
        self.step(["cmake", "--preset", "x86_64", "-DCORO_STOCK="], "configure", cwd=self.root)

    def restore(self):
        def files(root):
            found = [f for c in COPIED for f in ([root / c] if (root / c).is_file() else (root / c).rglob("*"))]
            return {f.relative_to(root) for f in found if f.is_file() and "__pycache__" not in f.parts}

        wanted = files(self.top)
        for f in files(self.root) - wanted:
            (self.root / f).unlink()
        for f in wanted:
            source, copy = self.top / f, self.root / f
            if not copy.is_file() or copy.read_bytes() != source.read_bytes():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, copy)

    def step(self, command, name, **more):
        if not run(command, self.logs / name, **more):
            sys.exit(f"{name} failed: see {self.logs / name}")

    def build(self, name):
        return run(["cmake", "--build", str(self.build_folder)], self.logs / f"{name}.build")

    def passes(self, tests, name):
        """One run of the tests, two at a time; a time-out is a failure."""
        command = [*LIT, "-j2", "--timeout", "600", "-a", "--param", f"first={SECONDS}", *(str(self.root / "test-suite" / t) for t in tests)]
        return run(command, self.logs / f"{name}.{tests[0].replace('/', '.')}")


def verdict(tree, mutation):
    wrong = mutation.wrong(tree.top) or mutation.apply(tree.root)
    if wrong:
        return wrong.strip().replace("\n", "; ")
    if not tree.build(mutation.name):
        return "does not build"
    blind = [t for t in mutation.tests if all(tree.passes([t], mutation.name) for _ in range(RUNS))]
    return "NOT caught by " + " ".join(blind) if blind else "caught"


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--top", type=pathlib.Path, required=True)
    p.add_argument("--applies", action="store_true")
    p.add_argument("names", nargs="*")
    args = p.parse_args()
    all_of_them = [Mutation(f) for f in sorted((args.top / "test-suite" / "mutations").glob("*.patch"))]
    unknown = set(args.names) - {m.name for m in all_of_them}
    if unknown:
        sys.exit("no such mutation: " + " ".join(sorted(unknown)))
    chosen = [m for m in all_of_them if not args.names or m.name in args.names]
    if args.applies:
        bad = [f"{m.name}: {wrong.strip()}" for m in chosen if (wrong := m.wrong(args.top))]
        print("\n".join(bad) or f"{len(chosen)} mutations apply")
        sys.exit(1 if bad else 0)

    tree = Tree(args.top)
    if not tree.build("unchanged"):
        sys.exit(f"the build failed: see {tree.logs / 'unchanged.build'}")
    tests = sorted({t for m in chosen for t in m.tests})
    failing = [] if tree.passes(tests, "unchanged") else [t for t in tests if not any(tree.passes([t], "unchanged") for _ in range(RUNS))]
    if failing:
        sys.exit("without a mutation these fail already: " + " ".join(failing))
    missed = 0
    for m in chosen:
        begin = time.monotonic()
        what = verdict(tree, m)
        missed += what != "caught"
        print(f"{m.name:34} {what} ({time.monotonic() - begin:.0f} s): {m.breaks}", flush=True)
        tree.restore()
    print(f"{len(chosen) - missed} of {len(chosen)} caught")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()

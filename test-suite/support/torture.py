"""Rounds of stress/torture.c, each with a new seed, on 1, 2 and 8 processors, static and dynamic, beside a CPU hog; ends at the first round that fails
or hangs, with the seed and a dump (matrix.py). Called by ci/torture."""
import argparse
import os
import random
import subprocess
import sys
import time

import matrix


def main():
    p = argparse.ArgumentParser(prog="ci/torture")
    p.add_argument("--sysroot", required=True, help=argparse.SUPPRESS)
    p.add_argument("--work", required=True, help=argparse.SUPPRESS)
    p.add_argument("--source", required=True, help=argparse.SUPPRESS)
    p.add_argument("--minutes", type=float, default=30)
    p.add_argument("--seed", type=int, help="of the first round; the others follow from it")
    p.add_argument("--procs", default="1,2,8", help="numbers of processors to take turns; 0: CORO_MODE=kernel")
    args = p.parse_args()
    args.target = None
    args.flags = ""
    seeds = random.Random(args.seed)
    end, rounds = time.monotonic() + 60 * args.minutes, 0
    os.makedirs(os.path.dirname(args.work), exist_ok=True)
    for link in ("static", "dynamic"):
        matrix.compile_program(args, args.sysroot, link, f"{args.work}.{link}")
    hog = subprocess.Popen(["sh", "-c", "while :; do :; done"])
    try:
        while rounds == 0 or time.monotonic() < end:
            seed = args.seed if args.seed is not None and rounds == 0 else seeds.randrange(1, 1 << 31)
            link = ("static", "dynamic")[rounds % 2]
            for procs in args.procs.split(","):
                settings = {"CORO_PROCS": procs} if procs != "0" else {"CORO_MODE": "kernel"}
                settings |= {"TORTURE_SEED": str(seed), "TORTURE_SECONDS": "3"}
                if matrix.run_cell(f"{link}, {procs} processors, seed {seed}", [f"{args.work}.{link}"], settings, 60):
                    sys.exit(f"FAIL after {rounds} rounds: ci/torture --seed {seed} --procs {procs}")
            rounds += 1
    finally:
        hog.kill()
        hog.wait()
    print(f"{rounds} rounds passed")


if __name__ == "__main__":
    main()

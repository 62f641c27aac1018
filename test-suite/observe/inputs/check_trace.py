"""check_trace.py FILE THREADS [open]: a trace is JSON (`open`: but for the closing bracket), no row runs two at a time, and so many threads have ended."""
import collections
import json
import re
import sys

name, threads, is_open = sys.argv[1], int(sys.argv[2]), len(sys.argv) > 3
text = open(name, encoding="ascii").read()
if is_open:
    text = text.rstrip().rstrip(",") + "]"
events = json.loads(text)
slices = [e for e in events if e["ph"] == "X"]
rows = collections.defaultdict(list)
for e in slices:
    rows[e["tid"]].append((round(e["ts"] * 1000), round((e["ts"] + e["dur"]) * 1000), e["name"]))
    if e["name"].split()[-1] != str(e["args"]["id"]) or e["dur"] < 0:
        sys.exit(f"strange: {e}")
for row, runs in rows.items():
    runs.sort()
    for before, after in zip(runs, runs[1:]):
        if after[0] < before[1] - 1:
            sys.exit(f"row {row}: two at a time: {before} {after}")
named = {e["tid"] for e in events if e["ph"] == "M" and e["name"] == "thread_name"}
if set(rows) - named:
    sys.exit(f"rows without a name: {set(rows) - named}")
# A thread runs in one place at a time.
by_thread = collections.defaultdict(list)
for e in slices:
    by_thread[e["args"]["id"], e["name"]].append((round(e["ts"] * 1000), round((e["ts"] + e["dur"]) * 1000), e["tid"]))
for thread, runs in by_thread.items():
    runs.sort()
    for before, after in zip(runs, runs[1:]):
        if after[0] < before[1] - 1:
            sys.exit(f"{thread} runs twice at a time: {before} {after}")
ends = collections.Counter(re.sub(r" (0x)?[0-9a-f]+$", "", e["args"]["end"]) for e in slices)
if ends["exit"] != threads:
    sys.exit(f"{ends['exit']} threads have ended")
for wanted in ("futex", "sleep", "system call") + (() if is_open else ("end of the process",)):
    if not ends[wanted]:
        sys.exit(f"no slice ends with '{wanted}': {ends}")

"""Counts lit's JSON results into the line that CI reads; exits 1 if anything failed."""
import collections
import json
import sys

GOOD = {"PASS", "FLAKYPASS", "XFAIL"}
SKIPPED = {"UNSUPPORTED", "SKIPPED", "EXCLUDED"}

with open(sys.argv[1]) as f:
    tests = json.load(f)["tests"]
counts = collections.Counter("passed" if t["code"] in GOOD else "skipped" if t["code"] in SKIPPED else "failed" for t in tests)
for t in tests:
    if t["code"] not in GOOD | SKIPPED:
        print(f"{t['code']}: {t['name']}")
if not counts["passed"]:
    counts["failed"] += 1  # nothing ran
print(f"{counts['passed']} passed, {counts['failed']} failed" + (f", {counts['skipped']} skipped" if counts["skipped"] else ""))
sys.exit(1 if counts["failed"] else 0)

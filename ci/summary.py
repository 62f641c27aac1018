"""Counts the JSON results of lit's runs into the line that CI reads; exits 1 if anything failed."""
import collections
import json
import sys

GOOD = {"PASS", "FLAKYPASS", "XFAIL"}
SKIPPED = {"UNSUPPORTED", "SKIPPED", "EXCLUDED"}

tests = []
ran_nothing = 0
for path in sys.argv[1:]:
    with open(path) as f:
        run = json.load(f)["tests"]
    ran_nothing += not any(t["code"] in GOOD for t in run)
    tests += run
counts = collections.Counter("passed" if t["code"] in GOOD else "skipped" if t["code"] in SKIPPED else "failed" for t in tests)
for t in tests:
    if t["code"] not in GOOD | SKIPPED:
        print(f"{t['code']}: {t['name']}")
counts["failed"] += ran_nothing
print(f"{counts['passed']} passed, {counts['failed']} failed" + (f", {counts['skipped']} skipped" if counts["skipped"] else ""))
sys.exit(1 if counts["failed"] else 0)

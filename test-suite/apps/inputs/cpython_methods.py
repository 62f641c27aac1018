"""Runs the methods of one test module in the interpreter under test: a line of JSON for each that begins, and for each outcome.

    cpython_methods.py MODULE RESOURCES < JSON: {"only": ids or null, "skip": ids}
"""
import json
import os
import sys
import traceback
import unittest

from test import support

class Report(unittest.TestResult):
    """An outcome is the worst that a method says: its subtests may fail before it ends well."""

    def __init__(self, pipe):
        super().__init__()
        self.pipe = pipe

    def say(self, name, outcome, text=""):
        print(json.dumps([name, outcome, text]), file=self.pipe)

    def startTest(self, test):
        super().startTest(test)
        self.worst = ("ok", "")
        self.say(test.id(), "begun")

    def stopTest(self, test):
        super().stopTest(test)
        self.say(test.id(), *self.worst)

    def failed(self, test, error):
        text = "".join(traceback.format_exception(*error))
        self.worst = ("failed", text)
        if not isinstance(test, unittest.TestCase):  # setUpClass, setUpModule
            self.say(test.id(), *self.worst)

    addError = addFailure = failed

    def addSubTest(self, test, subtest, error):
        if error:
            self.failed(test, error)

    def addSkip(self, test, reason):
        if not isinstance(test, unittest.TestCase):
            self.say(test.id(), "skipped", reason)
        elif self.worst[0] == "ok":
            self.worst = ("skipped", reason)

    def addExpectedFailure(self, test, error):
        self.worst = ("expected failure", "")

    def addUnexpectedSuccess(self, test):
        self.worst = ("failed", "unexpected success")


def flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test


def main():
    name, resources = sys.argv[1:]
    chosen = json.load(sys.stdin)
    pipe = os.fdopen(os.dup(1), "w", buffering=1)  # not inherited
    os.dup2(2, 1)
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    support.use_resources = resources.split(",")
    report = Report(pipe)
    try:
        __import__(name)
        tests = flat(unittest.defaultTestLoader.loadTestsFromModule(sys.modules[name]))
    except unittest.SkipTest as reason:
        return report.say(name, "skipped", str(reason))
    unittest.TestSuite(t for t in tests if (chosen["only"] is None or t.id() in chosen["only"]) and t.id() not in chosen["skip"]).run(report)


if __name__ == "__main__":  # multiprocessing imports it again
    main()

"""lit's shell tests, but for those that the programs of an architecture cannot do (exceptions.txt)."""
import os

import lit.formats
import lit.Test


class ProgramTest(lit.formats.ShTest):
    def __init__(self, arch):
        super().__init__(execute_external=True)
        self.arch = arch
        self.exceptions = {}  # name -> reason
        for line in open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "exceptions.txt")):
            if not line.strip() or line.startswith("#"):
                continue
            name, architectures, reason = (field.strip() for field in line.split("|", 2))
            if arch in architectures.split():
                self.exceptions[name] = reason

    def execute(self, test, lit_config):
        reason = self.exceptions.get("/".join(test.path_in_suite))
        if reason:
            return lit.Test.Result(lit.Test.UNSUPPORTED, f"{self.arch}: {reason}")
        return super().execute(test, lit_config)

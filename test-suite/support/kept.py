"""Results of long commands, kept in the cache under a key of all that goes into them."""
import hashlib
import os
import subprocess


def content(path):
    with open(path, "rb") as f:
        return f.read()


def digest(*parts):
    return hashlib.sha256(b"".join(hashlib.sha256(p).digest() for p in parts)).hexdigest()[:16]


def files_below(folder):
    return sorted(os.path.join(d, f) for d, _, files in os.walk(folder) for f in files)


class Refused(Exception):
    """Compiler or linker said no; the message is theirs."""


def make(command, output):
    """Runs `command` for `output`, unless it is there. Whole or not at all: others may do the same."""
    if not os.path.exists(output):
        os.makedirs(os.path.dirname(output), exist_ok=True)
        part = f"{output}.{os.getpid()}"
        done = subprocess.run(command + ["-o", part], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
        if done.returncode:
            raise Refused(f"{' '.join(command)}\n{done.stdout}")
        os.rename(part, output)
    return output

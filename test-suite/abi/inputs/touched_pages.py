"""Runs a program and prints, when it exits, its private pages with content of their own: in all, and those of libc.so's data.

    touched_pages.py PROGRAM [ARGUMENT...]

The program is stopped by ptrace just before it is gone, and its smaps are read. Without address randomisation, so that runs can be compared.
"""
import ctypes
import os
import re
import sys

PTRACE_TRACEME, PTRACE_CONT, PTRACE_SETOPTIONS, PTRACE_O_TRACEEXIT = 0, 7, 0x4200, 0x40
ADDR_NO_RANDOMIZE = 0x0040000
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def ptrace(request, pid=0, data=0):
    if libc.ptrace(request, pid, None, data) < 0:
        sys.exit(f"ptrace: {os.strerror(ctypes.get_errno())}")


def at_exit(command):
    """The text of smaps when the program is about to exit. It must exit with 0."""
    pid = os.fork()
    if pid == 0:
        libc.personality(ADDR_NO_RANDOMIZE)
        os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
        ptrace(PTRACE_TRACEME)
        os.execve(command[0], command, {})
    os.waitpid(pid, 0)
    ptrace(PTRACE_SETOPTIONS, pid, PTRACE_O_TRACEEXIT)
    smaps, deliver = None, 0
    while True:
        ptrace(PTRACE_CONT, pid, deliver)
        _, status = os.waitpid(pid, 0)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            if status or smaps is None:
                sys.exit(f"{command[0]} ended with status {status}")
            return smaps
        deliver = 0 if status >> 16 else os.WSTOPSIG(status)
        if status >> 16:
            with open(f"/proc/{pid}/smaps") as f:
                smaps = f.read()


def pages(smaps):
    """(of all mappings, of libc.so's data: its own and the zeroed part behind it)"""
    everything = libc_so = 0
    end_of_libc = None
    for mapping in re.split(r"\n(?=[0-9a-f]+-[0-9a-f]+ )", smaps):
        begin, end, _, name = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)", mapping).groups()
        anonymous = int(re.search(r"^Anonymous: *(\d+) kB", mapping, re.M)[1]) // PAGE_KIB
        everything += anonymous
        if name.endswith(("/libc.so", "/ld-musl-x86_64.so.1")) or (not name and begin == end_of_libc):
            libc_so += anonymous
            end_of_libc = end
    return everything, libc_so


print(*pages(at_exit(sys.argv[1:])))

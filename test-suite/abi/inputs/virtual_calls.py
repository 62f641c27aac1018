"""Disassembles LIBC and finds `syscall` instructions whose number is one that the gate must see (NUMBERS, coro_nr.h), or is not known.

    virtual_calls.py LIBC NUMBERS SYSCALL_H

Members that make raw calls by design are in RAW.
"""
import re
import subprocess
import sys

# The runtime itself; code that runs before there is a thread pointer; the assembly of thread and process creation, whose callers ask the runtime.
RAW = {"coro_rt.o", "coro_weak.lo", "__init_tls.lo", "dynlink.lo", "dlstart.lo", "__set_thread_area.lo", "clone.lo", "__unmapself.lo", "vfork.lo",
       "syscall_cp.lo", "restore.lo", "__libc_start_main.lo"}


def virtual_numbers(numbers, header):
    names = set(re.findall(r"n == SYS_(\w+)", open(numbers).read()))
    table = dict(re.findall(r"#define SYS_(\w+)\s+(\d+)", open(header).read()))
    return {int(table[n]): n for n in names if n in table}


def calls(libc):
    """Yields (member, function, number or None) for each system-call instruction: the number is what eax was last set to in straight code."""
    text = subprocess.run(["llvm-objdump-19", "-d", "--no-show-raw-insn", "--no-leading-addr", libc], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    member = function = number = None
    for line in text.splitlines():
        if m := re.match(r".*\((\S+)\):\s+file format", line):
            member = m[1]
        elif m := re.match(r"<(.+)>:", line):
            function, number = m[1], None
        elif m := re.search(r"\bmov[lq]\s+\$(0x[0-9a-f]+|\d+), %[er]ax\b", line):
            number = int(m[1], 0)
        elif re.search(r"\bxorl\s+%eax, %eax$", line):
            number = 0
        elif m := re.search(r"\bmovb\s+\$(0x[0-9a-f]+|\d+), %al\b", line):
            number = int(m[1], 0)
        elif re.search(r"\bsyscall$", line.strip()):
            yield member, function, number


def main():
    libc, numbers, header = sys.argv[1:]
    virtual = virtual_numbers(numbers, header)
    wrong, seen = [], 0
    for member, function, number in calls(libc):
        seen += 1
        if member not in RAW and number in virtual:
            wrong.append(f"{member} {function}: raw {virtual[number]}")
    print("\n".join(wrong))
    if seen < 100:
        sys.exit(f"only {seen} system-call instructions found: the disassembly was not understood")
    sys.exit(1 if wrong else 0)


main()

"""gdb commands for programs whose threads are coroutines: info coroutines, coroutine, coroutine apply.

gdb loads it with libc.so when the sysroot is on its auto-load safe-path; `source <sysroot>/share/coro-musl/gdb.py` loads it for any program. Live processes
and core files, static and dynamic; symbols and debug information make the output richer and are not needed. See debugging.md.
"""
import functools
import os
import re
import struct
import time

import gdb
import gdb.unwinder

# ---- the runtime's memory (runtime/abi/debugger.cpp)

TABLE = ("version coroutine_bytes sp tp worker wait reason tid timer_wheel deadline_ns wait_object name entry_arg join_word "
         "table_chunks table_made chunk_coroutines first_worker worker_next worker_current worker_kernel_tid "
         "processors processors_used processor_bytes processor_clock_ns processor_look_ns").split()
PREPARING, PARKED = 1, 2


def read(address, size):
    return bytes(gdb.selected_inferior().read_memory(address, size))


def auxiliary_vector():
    return {tag: int(value, 16) for tag, value in re.findall(r"\b(AT_PHDR|AT_BASE)\b.*\b(0x[0-9a-f]+)\s*$", gdb.execute("info auxv", to_string=True), re.M)}


class Image:
    """The program, or libc.so, which is its loader: an ELF file in memory."""

    def __init__(self, start):
        self.start = start
        header = read(start, 64)
        if header[:4] != b"\x7fELF":
            raise gdb.error("no ELF header")
        self.word = 8 if header[4] == 2 else 4
        offset, size, count = struct.unpack_from("=Q14xHH", header, 32) if self.word == 8 else struct.unpack_from("=I10xHH", header, 28)
        self.headers = [self.program_header(read(start + offset + i * size, size)) for i in range(count)]

    def program_header(self, raw):
        """(type, address, size)"""
        if self.word == 8:
            kind, _, _, address, _, _, size = struct.unpack_from("=IIQQQQQ", raw)
        else:
            kind, _, address, _, _, size = struct.unpack_from("=IIIIII", raw)
        return kind, address, size

    def description(self):
        """Address of what our note says, or None."""
        load, note = 1, 4
        bias = self.start - (next(address for kind, address, _ in self.headers if kind == load) & ~0xfff)
        for kind, address, size in self.headers:
            notes, at = read(bias + address, size) if kind == note else b"", 0
            while at + 12 <= len(notes):
                name_size, description_size, note_type = struct.unpack_from("=III", notes, at)
                description = at + 12 + (name_size + 3 & ~3)
                if note_type == 1 and notes[at + 12:at + 12 + name_size] == b"coro-musl\0":
                    return bias + address + description
                at = description + (description_size + 3 & ~3)
        return None


class Runtime:
    def __init__(self):
        """Finds it; gdb.GdbError says why not."""
        at = self.find()
        table, self.scheduler, self.chunks, self.main = (self.relative(at + i * self.word) for i in range(4))
        raw = read(table, 4 * len(TABLE) + 256)
        self.of = dict(zip(TABLE, struct.unpack_from(f"={len(TABLE)}i", raw)))
        if self.of["version"] != 1:
            raise gdb.GdbError(f"The program's runtime is of version {self.of['version']}, this script knows 1: load the one of its sysroot.")
        registers, reasons = (raw[start:end].rstrip(b"\0").decode() for start, end in ((-256, -128), (-128, None)))
        self.registers, self.reasons = registers.split(), reasons.split()
        self.workers = self.read_workers()
        if not self.workers:
            raise gdb.GdbError("No coroutines: the program has created no thread yet, or runs with CORO_MODE=kernel. See `info threads`.")
        self.threads = kernel_threads()
        self.symbol = functools.lru_cache(None)(symbol)
        self.now_ns = self.read_clock()

    def find(self):
        if not gdb.selected_inferior().pid or not gdb.selected_thread():
            raise gdb.GdbError("The program is not being run.")
        vector = auxiliary_vector()
        for start in {vector[tag] & ~0xfff for tag in vector}:
            try:
                image = Image(start)
                at = image.description()
            except (gdb.error, StopIteration):
                continue
            if at:
                self.word = image.word
                return at
        raise gdb.GdbError("No coroutines: this program has none of coro-musl's pthread_create.")

    def integer(self, raw, offset, size=None):
        return int.from_bytes(raw[offset:offset + (size or self.word)], "little")

    def pointer(self, address):
        return self.integer(read(address, self.word), 0)

    def relative(self, address):
        return address + self.pointer(address) & (1 << 8 * self.word) - 1

    def read_workers(self):
        """Kernel thread ids of those that run a coroutine, by its address; 0 for the others."""
        of, found, w = self.of, {}, self.pointer(self.scheduler + self.of["first_worker"])
        while w:
            found[self.pointer(w + of["worker_current"])] = self.integer(read(w + of["worker_kernel_tid"], 4), 0)
            w = self.pointer(w + of["worker_next"])
        return found

    def coroutines(self):
        main = self.pointer(self.main)
        if main:
            yield Coroutine(self, main, read(main, self.of["coroutine_bytes"]), True)
        made, of = self.integer(read(self.chunks + self.of["table_made"], 4), 0), self.of
        for first in range(0, made, of["chunk_coroutines"]):
            chunk = self.pointer(self.chunks + of["table_chunks"] + first // of["chunk_coroutines"] * self.word)
            count, size = min(of["chunk_coroutines"], made - first), of["coroutine_bytes"]
            raw = read(chunk, count * size)
            for i in range(count):
                if self.integer(raw, i * size + of["tid"], 4):
                    yield Coroutine(self, chunk + i * size, raw[i * size:(i + 1) * size], False)

    def read_clock(self):
        """The time, or that of a core file as far as the runtime has noted it."""
        if gdb.selected_inferior().connection.type == "native":
            return time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        of, at = self.of, self.pointer(self.scheduler + self.of["processors"])
        used = self.integer(read(self.scheduler + of["processors_used"], 4), 0)
        clocks = [at + i * of["processor_bytes"] + of[c] for i in range(used) for c in ("processor_clock_ns", "processor_look_ns")]
        return max(self.integer(read(clock, 8), 0, 8) for clock in clocks)


def kernel_threads():
    """By kernel thread id, as the program sees it."""
    found = {}
    for thread in gdb.selected_inferior().threads():
        lwp = thread.ptid[1]
        found[lwp] = thread
        try:  # a process in another pid namespace
            with open(f"/proc/{lwp}/status") as status:
                found.setdefault(int(re.search(r"^NSpid:.*?(\d+)$", status.read(), re.M)[1]), thread)
        except (OSError, TypeError):
            pass
    return found


# ---- one of them


def symbol(address, anywhere=False):
    """`name` or `name+4`; anywhere: without the offset. Empty: unknown."""
    text = gdb.execute(f"info symbol {address:#x}", to_string=True)
    match = re.match(r"(.+?)(?: \+ (\d+))? in section ", text)
    if not match:
        return ""
    return match[1] if anywhere or not match[2] else f"{match[1]}+{match[2]}"


class Coroutine:
    def __init__(self, runtime, address, raw, is_main):
        of = runtime.of
        self.runtime, self.address, self.is_main = runtime, address, is_main
        self.id = runtime.integer(raw, of["tid"], 4)
        self.name = raw[of["name"]:of["name"] + 16].split(b"\0")[0].decode(errors="replace")
        self.sp, self.tp, self.entry_arg = (runtime.integer(raw, of[f]) for f in ("sp", "tp", "entry_arg"))
        self.wait, reason = runtime.integer(raw, of["wait"], 4), raw[of["reason"]]
        self.reason = runtime.reasons[reason] if reason < len(runtime.reasons) else f"reason {reason}"
        self.object = runtime.integer(raw, of["wait_object"])
        self.deadline_ns = runtime.integer(raw, of["deadline_ns"], 8) if runtime.integer(raw, of["timer_wheel"]) else None
        self.on_worker = address in runtime.workers
        self.thread = runtime.threads.get(runtime.workers.get(address))

    def state(self):
        if not self.on_worker:
            return "waiting" if self.wait in (PREPARING, PARKED) else "ready"
        where = f" (thread {self.thread.num})" if self.thread else ""
        return ("in the kernel" if self.reason == "system-call" else "running") + where

    def waits_for(self):
        if self.on_worker or self.wait not in (PREPARING, PARKED):
            return ""
        text = getattr(self, "waits_" + self.reason, lambda: self.reason)()
        if self.deadline_ns is None:
            return text
        return f"{text}, deadline in {(self.deadline_ns - self.runtime.now_ns) / 1e9:.3f} s"

    def waits_futex(self):
        joined = self.runtime.join_words.get(self.object)
        if joined:
            return f"the end of {joined}"
        name = self.runtime.symbol(self.object)
        return f"futex {self.object:#x}" + (f" <{name}>" if name else "")

    def waits_read(self):
        return f"to read descriptor {describe_descriptor(self.object)}"

    def waits_write(self):
        return f"to write descriptor {describe_descriptor(self.object)}"

    def waits_poll(self):
        if self.object < 1 << 24:
            return f"epoll descriptor {self.object}"
        try:
            return f"poll, first of descriptor {describe_descriptor(self.runtime.integer(read(self.object, 4), 0, 4))}"
        except gdb.error:
            return "poll"

    def waits_signal(self):
        return "a signal"

    def waits_child(self):
        return f"child {self.object}"

    def start_function(self):
        if self.is_main:
            return "main"
        try:
            function = self.runtime.pointer(self.entry_arg)
        except gdb.error:
            return "?"
        return self.runtime.symbol(function, anywhere=True) or f"{function:#x}"

    def saved_registers(self):
        """What it goes on with, by gdb's names."""
        *names, stack = self.runtime.registers
        size = self.runtime.word
        raw = read(self.sp, len(names) * size)
        values = {name: self.runtime.integer(raw, i * size) for i, name in enumerate(names) if name != "-"}
        values[stack] = self.sp + len(names) * size
        return values

    def title(self):
        waits = self.waits_for()
        return f"Coroutine {self.id} \"{self.name}\", {self.state()}" + (f": {waits}" if waits else "")


def describe_descriptor(number):
    try:
        if gdb.selected_inferior().connection.type == "native":
            return f"{number} ({os.readlink(f'/proc/{gdb.selected_inferior().pid}/fd/{number}')})"
    except OSError:
        pass
    return str(number)


def all_coroutines():
    runtime = Runtime()
    found = list(runtime.coroutines())
    runtime.join_words = {co.tp + runtime.of["join_word"]: co.id for co in found}
    return found


def choose(words):
    """Those that the words (`4194304`, `4194304-4194310`, `all`) name."""
    found = all_coroutines()
    if words == ["all"]:
        return found
    by_id, chosen = {co.id: co for co in found}, []
    for word in words:
        first, _, last = word.partition("-")
        if not last and int(first) not in by_id:
            raise gdb.GdbError(f"No coroutine {word}. See `info coroutines`.")
        chosen += [by_id[i] for i in sorted(by_id) if int(first) <= i <= int(last or first)]
    return chosen


IDS = re.compile(r"\d+(-\d+)?$")

# ---- the frames of one that does not run


class View(gdb.unwinder.Unwinder):
    """Shows a coroutine's frames above the innermost frame of a kernel thread, as if it had called that: nothing is written, so it works on core files,
    and the process may go on at any time."""

    def __init__(self):
        super().__init__("coro-musl")
        self.coroutine = self.thread = None

    def show(self, coroutine):
        self.leave()
        if coroutine.on_worker:
            if not coroutine.thread:
                raise gdb.GdbError(f"Coroutine {coroutine.id} runs on a kernel thread that gdb does not see.")
            coroutine.thread.switch()
            select_program_frame(gdb.newest_frame())
            return
        self.stack_register = coroutine.runtime.registers[-1]
        self.pc_register = next(r for r in coroutine.runtime.registers if r in ("rip", "eip", "pc"))
        frame = gdb.newest_frame()
        self.innermost = int(frame.read_register(self.stack_register)), int(frame.pc())
        self.saved = coroutine.saved_registers()
        if frame.architecture().name().startswith("arm"):  # gdb wants to know the instruction set: the runtime's is ARM, not Thumb
            self.saved["cpsr"] = 0x10
        self.coroutine, self.thread = coroutine, gdb.selected_thread().ptid
        gdb.frame_filters["coro-musl"] = self.filter
        gdb.invalidate_cached_frames()
        select_program_frame(gdb.newest_frame().older())

    def leave(self):
        if not self.coroutine:
            return
        self.coroutine = self.thread = None
        gdb.frame_filters.pop("coro-musl", None)
        gdb.invalidate_cached_frames()

    def __call__(self, pending):
        if not self.coroutine or gdb.selected_thread().ptid != self.thread:
            return None
        if (int(pending.read_register(self.stack_register)), int(pending.read_register(self.pc_register))) != self.innermost:
            return None
        pointer = gdb.lookup_type("void").pointer()
        frame_id = FrameId(gdb.Value(self.coroutine.sp).cast(pointer), gdb.Value(self.innermost[1]).cast(pointer))
        unwound = pending.create_unwind_info(frame_id)
        for name, value in self.saved.items():
            unwound.add_saved_register(name, gdb.Value(value).cast(pending.read_register(name).type))
        return unwound


def select_program_frame(frame):
    """The first that is not one of the runtime or of libc's inner functions."""
    while frame.older() and (frame.name() or "").startswith(("coro::", "__")):
        frame = frame.older()
    frame.select()


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class WithoutInnermost:
    """A backtrace does not show the kernel thread's frame."""
    name, enabled, priority = "coro-musl", True, 100

    def filter(self, frames):
        if view.coroutine and gdb.selected_thread().ptid == view.thread:
            next(frames, None)
        return frames


def before_prompt():
    """`thread N` shows that kernel thread."""
    thread = gdb.selected_thread()
    if view.coroutine and (not thread or thread.ptid != view.thread):
        view.leave()


view = View()
view.filter = WithoutInnermost()

# ---- commands


class InfoCoroutines(gdb.Command):
    """List the coroutines (POSIX threads) of the program.
Usage: info coroutines [ID | FIRST-LAST]...

An asterisk marks the selected one. Kernel threads are listed by `info threads`; a coroutine that runs shows on which it does."""

    def __init__(self):
        super().__init__("info coroutines", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        words = gdb.string_to_argv(argument)
        if not all(IDS.match(w) for w in words):
            raise gdb.GdbError(f"'{argument}': expected ids, as in the first column of `info coroutines`.")
        chosen = choose(words or ["all"])
        here = gdb.selected_thread()
        rows = [("  Id", "Name", "State", "Waits for", "Start function")]
        for co in chosen:
            selected = co.id == view.coroutine.id if view.coroutine else co.on_worker and co.thread == here
            rows.append((f"{'*' if selected else ' '} {co.id}", co.name, co.state(), co.waits_for(), co.start_function()))
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        for row in rows:
            print("  ".join([*(text.ljust(width) for text, width in zip(row, widths)), row[4]]).rstrip())


class SelectCoroutine(gdb.Command):
    """Select a coroutine: backtrace, up, frame, info locals and the like show its frames.
Usage: coroutine [ID | none]

Without an argument: says which is selected. `none`, `thread N` and anything that makes the program run go back to a kernel thread's own frames.
Set breakpoints to stop in a coroutine; step, next and finish are about the kernel thread (`coroutine none` before
them; run with CORO_MODE=kernel to step through much)."""

    def __init__(self):
        super().__init__("coroutine", gdb.COMMAND_STACK, prefix=True)

    def invoke(self, argument, from_tty):
        words = gdb.string_to_argv(argument)
        if not words:
            here = gdb.selected_thread()
            now = view.coroutine or next((co for co in all_coroutines() if co.on_worker and co.thread == here), None)
            print(now.title() if now else "The selected kernel thread runs no coroutine.")
        elif words == ["none"]:
            view.leave()
        elif len(words) == 1 and words[0].isdecimal():
            chosen = choose(words)[0]
            view.show(chosen)
            print(chosen.title())
            gdb.execute("frame")
        else:
            raise gdb.GdbError(f"'{argument}': expected one id, as in the first column of `info coroutines`, or none.")


class ApplyCoroutine(gdb.Command):
    """Apply a command to coroutines.
Usage: coroutine apply (all | ID | FIRST-LAST)... COMMAND

Coroutines for which it fails are said so, and the others go on."""

    def __init__(self):
        super().__init__("coroutine apply", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        words, command = [], argument.strip()
        while True:
            word, _, rest = command.partition(" ")
            if not (IDS.match(word) or (word == "all" and not words)) or words == ["all"]:
                break
            words.append(word)
            command = rest.strip()
        if not words or not command:
            raise gdb.GdbError("Usage: coroutine apply (all | ID | FIRST-LAST)... COMMAND")
        chosen, before, thread = choose(words), view.coroutine, gdb.selected_thread()
        try:
            for co in chosen:
                self.apply(co, command)
        finally:
            view.leave()
            thread.switch()
            if before:
                view.show(before)

    def apply(self, co, command):
        print(f"\n{co.title()}:")
        try:
            view.show(co)
            gdb.execute(command)
        except (gdb.error, gdb.GdbError) as error:
            print(error)


class CoreOfCoroutines(gdb.Command):
    """Save a core file of the process, as generate-core-file does, with the stacks of coroutines.
Usage: coroutine gcore [FILE]

generate-core-file leaves off a mapping at the first page that cannot be read, and every stack has such a guard. (The kernel's own core files are complete.)"""

    def __init__(self):
        super().__init__("coroutine gcore", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        name = os.path.expanduser(argument.strip()) or f"core.{gdb.selected_inferior().pid}"
        view.leave()
        gdb.execute(f"generate-core-file {name}", to_string=True)
        with open(name, "r+b") as core:
            header = core.read(64)
            wide = header[4] == 2
            offset, size, count = struct.unpack_from("=Q14xHH", header, 32) if wide else struct.unpack_from("=I10xHH", header, 28)
            core.seek(offset)
            for raw in [core.read(size) for _ in range(count)]:
                if wide:
                    kind, _, at, address, _, length = struct.unpack_from("=IIQQQQ", raw)
                else:
                    kind, at, address, _, length = struct.unpack_from("=IIIII", raw)
                if kind == 1:
                    self.complete(core, at, address, length)
        print(f"Saved corefile {name}")

    def complete(self, core, at, address, length, page=4096, most=1 << 20):
        """gdb reads a MiB at a time, and stops at the first that fails."""
        failed = False
        for start in range(address, address + length, most):
            try:
                if not failed:
                    read(start, min(most, address + length - start))
                    continue
            except gdb.error:
                failed = True
            for here in range(start, min(start + most, address + length), page):
                try:
                    contents = read(here, min(page, address + length - here))
                except gdb.error:
                    continue
                if contents.strip(b"\0"):
                    core.seek(at + here - address)
                    core.write(contents)


gdb.execute("handle SIG34 nostop noprint pass", to_string=True)  # the runtime's
gdb.unwinder.register_unwinder(None, view, replace=True)
for event in (gdb.events.cont, gdb.events.exited):
    event.connect(lambda _: view.leave())
gdb.events.before_prompt.connect(before_prompt)
for command in (InfoCoroutines, SelectCoroutine, ApplyCoroutine, CoreOfCoroutines):
    command()

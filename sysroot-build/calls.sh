#!/usr/bin/env bash
# calls.sh dispatch|gated|doc [CALLS.TXT]: what is made from runtime/gate/calls.txt, on stdout: entries of the gate's dispatch table, musl's coro_nr.h
# (musl-patches/gate.patch), or docs/blocking-calls.md.
. "$(dirname "$0")/lib.sh"

table=${2:-$top/runtime/gate/calls.txt}

rows() { awk -F ' *[|] *' -v OFS='|' '!/^#/ && NF { for (i = NF + 1; i <= 6; i++) $i = ""; print $1, $2, $3, $4, $5, $6 }' "$table"; }

# A number that an architecture does not have is no entry there.
dispatch() {
  rows | awk -F '|' '$3 != "-" && $3 != "" { printf "#ifdef SYS_%s\n    t.of[SYS_%s] = gate::%s;\n#endif\n", $1, $1, $3 }'
}

# Comparisons, not cases: musl's syscall.h gives some calls the number of another.
gated() {
  printf '/* The system calls that concern a thread, or can block. Made from runtime/gate/calls.txt. */\nstatic inline int __coro_virtual(long n)\n{\n\treturn 0\n'
  rows | awk -F '|' '$2 != "never" && $2 != "covered" { printf "#ifdef SYS_%s\n\t\t|| n == SYS_%s\n#endif\n", $1, $1 }'
  printf '\t\t;\n}\n'
}

section() {  # WAY TITLE TEXT
  printf '\n## %s\n\n%s\n\n| call | cancellation point | after a handler with SA_RESTART | |\n| --- | --- | --- | --- |\n' "$2" "$3"
  rows | awk -F '|' -v way="$1" '
    BEGIN { after["yes"] = "restarts"; after["never"] = "EINTR"; after["timed"] = "restarts; EINTR with a time-out"; after["-"] = after[""] = "" }
    $2 == way { printf "| %s | %s | %s | %s |\n", $1, $4 == "yes" ? "yes" : "", after[$5], $6 }'
}

list() {  # WAY TITLE TEXT
  printf '\n## %s\n\n%s\n\n' "$2" "$3"
  rows | awk -F '|' -v way="$1" '
    $2 == way { note = $6 == "" ? "as on a kernel thread" : $6; if (!(note in of)) order[++n] = note; of[note] = of[note] " " $1 }
    END { for (i = 1; i <= n; i++) printf "- %s:%s\n", order[i], of[order[i]] }'
}

doc() {
  cat <<'TEXT'
# Every system call, and what becomes of it

Made from `runtime/gate/calls.txt` by `sysroot-build/calls.sh doc`; `test-suite/abi/calls.test` compares. "Restarts" and "EINTR" are signal(7)'s lists.
TEXT
  section park 'Waits in the runtime' 'No kernel thread waits: a futex of this process, a clock, a signal.'
  section readiness 'Is tried, then parked until the descriptor is ready' 'The call is asked not to block this once (MSG_DONTWAIT, RWF_NOWAIT, a time-out of zero), never by O_NONBLOCK; then epoll says when to try again.'
  section submit 'Goes to io_uring, and waits in the runtime' 'Where the kernel has no io_uring, or forbids it: stays on its kernel thread, as below.'
  section handoff 'Stays on its kernel thread' 'There is nothing to be woken by. The processor goes to another kernel thread: at once where the call is made to wait, after a moment where it may return soon.'
  list bind 'Gives the thread a kernel thread' 'For good: what the call sets is an attribute of the kernel'\''s thread.'
  list virtual 'Answered by the runtime, without blocking' 'Threads, signals, clocks of threads and the runtime'\''s own descriptors.'
  list covered 'Goes to the kernel as it is' 'Short as a rule. While one lasts longer (a network file system, a debugger) the monitor lends another processor.'
  list never 'Cannot block' 'Goes to the kernel as it is.'
}

case ${1-} in
dispatch | gated | doc) "$1" ;;
*) die "unknown argument '${1-}': usage: calls.sh dispatch|gated|doc [CALLS.TXT]" ;;
esac

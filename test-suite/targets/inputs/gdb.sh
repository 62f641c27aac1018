#!/bin/sh
# gdb.sh SCRIPT WORK PROGRAM [EMULATOR]: gdb on a program of any architecture that stops in stop_here: on this kernel, or by the emulator's own server. That one (7.2)
# now and then never answers when the machine is busy (seen in one of six tries at load 6): five times at most.
set -u
script=$1 work=$2 program=$3 emulator=${4-}
mkdir -p "$work" && cd "$work" || exit 1
export CORO_PROCS=1
cat >"$work/commands" <<EOF
set pagination off
set width 0
set confirm off
source $script
break stop_here
handle SIGSEGV nostop noprint pass
set args still
${emulator:+target remote $work/socket}
$([ -n "$emulator" ] && echo continue || echo run)
info coroutines
coroutine 4194307
echo backtrace of reader\n
bt 40
coroutine apply 4194311 bt 40
echo all seen\n
kill
EOF
for _ in 1 2 3 4 5; do
  if [ -n "$emulator" ]; then
    rm -f "$work/socket"
    case $emulator in *aarch64*) export QEMU_CPU=cortex-a57 ;; esac  # gdb 13 does not get past SVE's registers in a signal frame
    "$emulator" -g "$work/socket" "$program" still >"$work/output" 2>&1 &
    emulated=$!
    for _ in $(seq 100); do [ -S "$work/socket" ] && break; sleep 0.1; done
  fi
  timeout -s KILL 15 gdb-multiarch -q -nx -batch -x "$work/commands" "$program" >"$work/seen" 2>&1 </dev/null
  [ -z "$emulator" ] || { kill -KILL $emulated 2>/dev/null; wait $emulated 2>/dev/null; }
  grep -q '^all seen' "$work/seen" && break
done
cat "$work/seen"

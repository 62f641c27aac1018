#!/bin/sh
# gdb.sh live|core SCRIPT WORK PROGRAM [EMULATOR]: what gdb shows of a program of any architecture that has stopped in stop_here, or of a core file of it. On this kernel;
# or by the emulator's own server, and with the core file that the emulator writes of a program that calls abort(3).
set -u
kind=$1 script=$2 work=$3 program=$4 emulator=${5-}
rm -rf "$work" && mkdir -p "$work" && cd "$work" || exit 1
ulimit -c unlimited 2>/dev/null || ulimit -c "$(ulimit -H -c)"
export CORO_PROCS=1
case $emulator in *aarch64*) export QEMU_CPU=cortex-a57 ;; esac  # gdb 13 does not get past SVE's registers in a signal frame

debug() {  # COMMANDS [CORE]
  timeout -s KILL 15 gdb-multiarch -q -nx -batch -iex 'set pagination off' -iex 'set width 0' -iex 'set confirm off' -ex "source $script" -x "$1" "$program" ${2+"$2"} </dev/null 2>&1
}

cat >look <<EOF
info coroutines
coroutine 4194307
echo backtrace of reader\n
bt 40
coroutine apply 4194311 bt 40
echo all seen\n
EOF
cat >stop <<EOF
break stop_here
handle SIGSEGV nostop noprint pass
set args still
${emulator:+target remote socket}
$([ -n "$emulator" ] && echo continue || echo run)
EOF
(cat stop look; echo kill) >live
(cat stop; echo "coroutine gcore core") >keep

see_live() {
  [ -n "$emulator" ] || { debug live >seen; return; }
  "$emulator" -g socket "$program" still >output 2>&1 &
  for _ in $(seq 100); do [ -S socket ] && break; sleep 0.1; done
  debug live >seen
  kill -KILL $! 2>/dev/null
  wait $! 2>/dev/null
  rm -f socket
}

case $kind in
live)
  # The server (7.2) now and then never answers when the machine is busy (one of six tries at load 6).
  for _ in 1 2 3 4 5; do see_live; grep -q '^all seen' seen && break; done
  cat seen
  ;;
core)
  if [ -n "$emulator" ]; then "$emulator" "$program" still; mv qemu_*.core core; else debug keep; fi
  debug look core
  ;;
esac

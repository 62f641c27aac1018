#!/bin/sh
# core.sh SYSROOT PROGRAM: what gdb shows of the file `core`.
static=
readelf -lW "$2" | grep -q INTERP || static="source $1/share/coro-musl/gdb.py"
exec timeout -s KILL 60 gdb -q -nx -batch -iex "add-auto-load-safe-path $1" ${static:+-ex "$static"} -x "$(dirname "$0")/core.gdb" "$2" core

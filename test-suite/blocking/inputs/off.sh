#!/usr/bin/env bash
# off.sh TOP SYSROOT WORK: libc.a in WORK with inputs/off.cpp in place of the gate's dispatch, and without the short way of read and write past it. The other
# objects are those of the build.
set -eu
top=$1 sysroot=$2 work=$3
build=$top/out/build/x86_64
mkdir -p "$work"
# Compiled as gate/dispatch.cpp is, by its line of the build.
command=$(ninja -C "$build" -t commands runtime/gate_dispatch.cpp.o | grep -o 'clang++-19 .*gate/dispatch\.cpp')
compile() { (cd "$build" && ${command% -MMD*} -w -c "$1" -o "$2"); }
sed '/return read_or_write</d' "$top/runtime/gate/entry.cpp" >"$work/entry.cpp"
compile "$work/entry.cpp" "$work/entry.o"
compile "$top/test-suite/blocking/inputs/off.cpp" "$work/off.o"
objects=$(ninja -C "$build" -t inputs coro_rt.o | grep '^runtime/.*[.]o$' | grep -v -e gate_dispatch -e gate_entry)
(cd "$build" && ld.lld-19 -r -o "$work/coro_rt.o" $objects "$work/off.o" "$work/entry.o")
llvm-objcopy-19 --wildcard '--keep-global-symbol=__coro_*' '--keep-global-symbol=coro_*' --rename-section=.bss=.lbss,alloc,large "$work/coro_rt.o"
cp "$(find "$sysroot" -name libc.a | head -n 1)" "$work/libc.a"
llvm-ar-19 r "$work/libc.a" "$work/coro_rt.o"

#!/usr/bin/env bash
# spin.sh MODEL WORK [FAULT]: looks at every reachable state of a Promela model. Without FAULT no state may be wrong; with it (the model compiled with
# -DFAULT) one must be found. On failure the trace, or what is missing, is printed.
set -eu
model=$(realpath "$1") work=$2 fault=${3-}
rm -rf "$work"
mkdir -p "$work"
cd "$work"
cp "$model" model.pml
spin -a ${fault:+-D$fault} model.pml >spin.out || { cat spin.out; exit 1; }
cc -O2 -w -DSAFETY -DCOLLAPSE -o pan pan.c
(ulimit -v 6000000 && timeout -s KILL 500 ./pan -m1000000) >pan.out 2>&1 || { cat pan.out; exit 1; }
if grep -q 'errors: 0' pan.out && ! grep -qE 'max search depth too small|out of memory|Search not completed' pan.out; then
  [ -z "$fault" ] || { echo "$fault: not found in $(grep 'states, stored' pan.out)"; exit 1; }
elif grep -q 'assertion violated' pan.out; then
  [ -n "$fault" ] || { spin -t -p -g model.pml | tail -n 150; exit 1; }
else
  cat pan.out
  exit 1
fi

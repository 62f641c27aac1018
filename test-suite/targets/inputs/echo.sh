#!/usr/bin/env bash
# echo.sh TOP WORK CONNECTIONS COMMAND...: COMMAND is an echo server of examples/; so many connections, all open at once, and every byte checked. Prints its kernel threads.
set -euo pipefail
top=$1 work=$2 connections=$3
shift 3
rm -rf "$work"
mkdir -p "$work"
clang-19 -O2 -w "$top/examples/echo-load.c" -o "$work/load"
mkfifo "$work/in" "$work/out" "$work/said"
"$@" <"$work/in" >"$work/out" &
server=$!
exec 8>"$work/in" 7<"$work/out"
read -r port <&7
"$work/load" "$port" "$connections" 3 >"$work/said" &
load=$!
exec 6<"$work/said"
read -r line <&6 || { kill "$server"; exit 1; }
echo "kernel threads: $(ls "/proc/$server/task" | wc -l)"
read -r line <&6 && echo "$line"
wait "$load"
exec 8>&- 7<&- 6<&-
wait "$server"

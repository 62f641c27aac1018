#!/bin/sh
# compare.sh STOCK OURS: two sorted lists of NAME WHAT. Prints the lines of STOCK that OURS has not, and those that OURS adds and added.txt does not explain;
# fails when there is one.
explained='FNR == NR { if ($0 !~ /^#/ && NF > 1) explained[$1]; next } !($1 == ">" && $2 in explained) { print; bad = 1 } END { exit bad }'
diff "$1" "$2" | grep '^[<>]' | awk "$explained" "$(dirname "$0")/added.txt" -

#!/usr/bin/env bash
# one_error.sh PATTERN COMMAND...: the command fails and prints, in all, one line of error, which has PATTERN in it.
pattern=$1
shift
out=$(timeout -s KILL 120 "$@" 2>&1) && { echo "it did not fail: $*"; exit 1; }
errors=$(grep -v '^==> ' <<<"$out")
[ "$(wc -l <<<"$errors")" = 1 ] && grep -q 'error: ' <<<"$errors" && grep -q -- "$pattern" <<<"$errors" && exit
printf 'expected one line with "%s" from: %s\ngot:\n%s\n' "$pattern" "$*" "$out"
exit 1

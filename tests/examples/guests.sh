#!/bin/sh
# SPDX-License-Identifier: MIT
# guests.sh - the guest book does what it says: sh guests.sh [EMULATOR] PROGRAM
#
# Prints its cases as a unit test program does.
set -u
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/book"
cd "$scratch" || exit 1

guests() {
    "$@" >out 2>err || {
        echo "# $* ended with $?: $(cat err)"
        return 1
    }
}

it_remembers_who_was_here() {
    guests "$@" book alice "first of all" && guests "$@" book bob && guests "$@" book alice &&
        guests "$@" book && printf 'alice 2 "first of all"\nbob 1\n' >expected && tr -d '\r' <out | diff expected -
}

it_copies_its_book() {
    mkdir copy && guests "$@" book --copy copy && find copy -type f -size +8k | grep -q 'guests\.edb$'
}

passed=0 failed=0
for case in it_remembers_who_was_here it_copies_its_book; do
    if $case "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done
echo "[  PASSED  ] $passed test(s)."
[ "$failed" -eq 0 ] || echo "[  FAILED  ] $failed test(s)."
[ "$failed" -eq 0 ]

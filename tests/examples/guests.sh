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

passed=0 failed=0
if it_remembers_who_was_here "$@"; then
    passed=1
else
    failed=1
fi
echo "[  PASSED  ] $passed test(s)."
[ "$failed" -eq 0 ] || echo "[  FAILED  ] $failed test(s)."
[ "$failed" -eq 0 ]

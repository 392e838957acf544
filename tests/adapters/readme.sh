#!/bin/sh
# SPDX-License-Identifier: MIT
# readme.sh - does the README name the calls that are not built? sh readme.sh README EXPORTS
#
# They are listed between "These are" and "Of these", without "Jet". Prints its cases as a unit test program does.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export LC_ALL=C
sed -n '/^A call that is not built yet/,/^Of these, /p' "$1" | sed '1,2d;$d' | sed 's/^- [^:]*: //' |
    tr -s ', \n' '\n' | grep . | sort >"$scratch/said"
awk '$1 ~ /^Jet/ && $4 == "nyi" { print substr($1, 4) }' "$2" | sort >"$scratch/true"
if [ -s "$scratch/true" ] && diff "$scratch/true" "$scratch/said"; then
    echo "[  PASSED  ] 1 test(s)."
else
    echo "# the README's list of calls that are not built differs from exports.list"
    echo "[  FAILED  ] 1 test(s)."
    exit 1
fi

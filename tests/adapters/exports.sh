#!/bin/sh
# SPDX-License-Identifier: MIT
# exports.sh - does the finished library export what core/jet/exports.list says, and a writer's functions, no more and no less?
#
#   sh exports.sh OBJDUMP NAMES LIBRARY      NAMES: one name a line, sorted (exports.cmake made it)
#
# Also: it must need nothing that a clean machine lacks. Prints its cases as a unit test program does.
set -eu
objdump=$1 names=$2 library=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export LC_ALL=C
passed=0 failed=0

verdict() {
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "# failed: $*"
    fi
}

case $library in
*.dll)
    "$objdump" -p "$library" >"$scratch/all"
    # The table of names at the end: "[ number] [ordinal] name", with decorations in between that differ by version.
    awk '/\[Ordinal\/Name Pointer\] Table/ { table = 1 } table && $1 ~ /^\[/ && $NF !~ /\]$/ && $NF != "Table" { print $NF }' \
        "$scratch/all" | sort >"$scratch/exported"
    sed -n 's/.*DLL Name: //p' "$scratch/all" | tr '[:upper:]' '[:lower:]' | sort -u >"$scratch/needed"
    may_need='^(kernel32|advapi32|msvcrt|bcrypt|ntdll|api-ms-win-core-synch-l1-2-0)\.dll$'
    ;;
*)
    "$objdump" -T "$library" | awk '$1 ~ /^[0-9a-f]+$/ && !/\*UND\*/ && $NF != "COLDSTREAM_1.0" { print $NF }' |
        sort >"$scratch/exported"
    "$objdump" -p "$library" | awk '$1 == "NEEDED" { print $2 }' | sort -u >"$scratch/needed"
    # libdbus: a writer (coldstream_writer.h) talks to the service; ICU: the order of text
    may_need='^(libc|libdbus-1|libicui18n|libicuuc|libicudata|libm|libpthread|libgcc_s|ld-linux-x86-64|libasan|libubsan|libtsan)\.so'
    ;;
esac

everything_in_the_list_is_exported_and_nothing_else() {
    [ -s "$scratch/exported" ] && sort "$names" | diff - "$scratch/exported"
}

it_needs_nothing_that_a_clean_machine_lacks() {
    ! grep -vE "$may_need" "$scratch/needed"
}

verdict everything_in_the_list_is_exported_and_nothing_else
verdict it_needs_nothing_that_a_clean_machine_lacks
echo "[  PASSED  ] $passed test(s)."
[ "$failed" -eq 0 ] || echo "[  FAILED  ] $failed test(s)."
[ "$failed" -eq 0 ]

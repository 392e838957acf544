#!/bin/sh
# SPDX-License-Identifier: MIT
# wine.sh PROGRAM ARGUMENT... - runs a test program under Wine.
#
# Now and then, on a busy machine, Wine ends with 1 before the program has begun, and without a word. A test program always
# says something, and never that little: then it is started again, twice at most.
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
for _ in 1 2 3; do
    {
        wine "$@"
        echo $? >"$folder/status"
    } 2>&1 | tee "$folder/output"
    status=$(cat "$folder/status")
    if [ "$status" -ne 1 ] || [ -s "$folder/output" ]; then
        break
    fi
done
exit "$status"

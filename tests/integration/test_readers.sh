#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR
# Databases that the live engine wrote, read by programs that are not ours: libesedb's esedbexport and impacket's reader.
. "$(dirname "$0")/lib.sh"

rows=400

# impacket fails on every database with large pages, Microsoft's included.
impacket_reads() {
    [ "$1" -le 8192 ]
}

# write_database PAGE_SIZE: leaves $1/rows.edb and $1.rows.
write_database() {
    mkdir "$1"
    "$WRITE_ROWS" "$PWD/$1/" "$1" "$(($1 + 17))" "$rows" >"$1.rows" 2>"$kept/stderr" || detail "write_rows failed"
}

compare() {
    if compared=$(/usr/bin/python3 "$TEST_FOLDER/compare_rows.py" "$@" 2>"$kept/stderr"); then
        case_sentence="$case_sentence ($compared)"
    else
        detail "$(cat "$kept/stderr")"
    fi
}

case_page_size() {
    case_begin "a database with pages of $1 bytes is written, closed cleanly, and sound"
    write_database "$1"
    run verify "$1/rows.edb" --deep
    want_status 0
    case_end

    case_begin "esedbexport finds every row in pages of $1 bytes"
    esedbexport -t "$1" "$1/rows.edb" >/dev/null 2>"$kept/stderr" || detail "esedbexport failed"
    compare esedbexport "$1.rows" "$1".export/kinds.*
    case_end

    impacket_reads "$1" || return 0
    case_begin "impacket finds every row in pages of $1 bytes"
    compare impacket "$1.rows" "$1/rows.edb"
    case_end
}

need_program esedbexport "databases are read by others" || finish
: "${WRITE_ROWS:?path of the program that writes them}"
WRITE_ROWS=$(realpath "$WRITE_ROWS")
for page_size in 4096 8192 16384 32768; do
    case_page_size "$page_size"
done
finish

#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2317 # called by name
# `coldstream compact`: the same rows in a new file, or no file and the name of what is wrong.
. "$(dirname "$0")/lib.sh"

case_rows() {
    case_begin "a database that is written anew has the same rows, and is sound"
    mkdir old
    "$WRITE_ROWS" "$PWD/old/" 4096 3 800 >old.rows 2>"$kept/stderr" || detail "write_rows failed"
    run compact old/rows.edb new.edb
    want_status 0
    run verify new.edb --deep
    want_status 0
    esedbexport -t export new.edb >/dev/null 2>"$kept/stderr" || detail "esedbexport failed"
    compared=$(/usr/bin/python3 "$TEST_FOLDER/compare_rows.py" esedbexport old.rows export.export/kinds.* 2>&1) ||
        detail "$compared"
    case_end
}

case_refusals() {
    case_begin "what cannot be written is named, and so is what cannot be read"
    run compact old/rows.edb new.edb
    want_status 1
    want_message '^coldstream: new\.edb: .*exists already'
    run compact absent.edb other.edb
    want_status 9
    want_message '^coldstream: absent\.edb: '
    run compact old/rows.edb nowhere/other.edb
    want_status 1
    want_message '^coldstream: nowhere/other\.edb: '
    run compact old/rows.edb
    want_status 2
    want_absent other.edb nowhere
    case_end

    case_begin "damage ends it, and leaves nothing behind"
    cp old/rows.edb damaged.edb
    /usr/bin/python3 -c 'import sys
with open("damaged.edb", "r+b") as file:
    for page in range(40, 200):
        file.seek((page + 1) * 4096 + 100)
        file.write(b"damage, damage, damage")'
    run compact damaged.edb other.edb
    want_status 7
    want_message '^coldstream: damaged\.edb: '
    want_absent other.edb
    case_end
}

# Windows' code page has hardly any of these letters.
case_letters() {
    case_begin "names may have letters of any language"
    rm -rf "$1"
    mkdir "$1"
    cp old/rows.edb "$1/Кассы.edb"
    run compact "$1/Кассы.edb" "$1/銀行.edb"
    want_status 0
    want_present "$1/銀行.edb"
    want 'the folder has these two files' [ "$(find "$1" -type f | wc -l)" -eq 2 ]
    run compact "$1/無.edb" other.edb
    want_status 9
    want_message "^coldstream: $1/無\.edb: "
    case_end
}

: "${WRITE_ROWS:?path of the program that writes them}"
WRITE_ROWS=$(realpath "$WRITE_ROWS")
case_rows
case_refusals
native_and_wine case_letters 'büro 会計'
finish

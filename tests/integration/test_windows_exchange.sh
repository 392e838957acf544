#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2317 # called by name
# Databases, backups and sets go from Windows, that is Wine, to Linux and back, and are the same bytes wherever they say no time.
. "$(dirname "$0")/lib.sh"

if [ -z "${COLDSTREAM_WINE:-}" ]; then
    case_skip 'databases and sets between Windows and Linux' 'COLDSTREAM_WINE is not set'
    finish
fi
wine_up
here=$(dirname "$COLDSTREAM")
there=$(dirname "$COLDSTREAM_WINE")
wine_stderr=$scratch/.wine.stderr

# on SYSTEM PROGRAM ARGUMENT...: an application of ours, on Linux ("native") or on Windows ("wine"); with its own library.
on() {
    on_program=$2
    case $1 in
    native) shift 2 && "$here/$on_program" "$@" ;;
    wine) shift 2 && WINEDLLOVERRIDES=esent=n timeout -k 5 "$run_limit" wine "$there/$on_program.exe" "$@" </dev/null |
        tr -d '\r' ;;
    esac 2>"$wine_stderr" || detail "$on_program failed: $(cat "$wine_stderr")"
}

other() {
    case $1 in native) echo wine ;; wine) echo native ;; esac
}

# both COMMAND...: with the program on both systems.
both() {
    for runner in native wine; do
        run "$@"
        want_status 0
    done
    runner=native
}

# A database without its two header pages of 4 KiB, which say when what was done to it.
pages() {
    tail -c +8193 "$1" >"$2"
}

# What `recover` makes of FOLDER is the same on both systems: sound, clean, and the same pages; it is in FOLDER.native.
recovers_alike() {
    for runner in native wine; do
        cp -r "$1" "$1.$runner"
        run recover "$1.$runner"
        want_status 0
    done
    for database in "$1.native"/*.edb; do
        pages "$database" pages.native
        pages "$1.wine/$(basename "$database")" pages.wine
        want_same pages.native pages.wine
        for runner in native wine; do
            run verify "$database" --deep
            want_sound
        done
        runner=native
    done
}

case_changes() {
    mkdir "book-$1"
    case_begin "a database made on $1 is changed on $2, and again on $1"
    on "$1" guests "book-$1" alice 'first of all'
    on "$2" guests "book-$1" bob
    on "$1" guests "book-$1" alice
    on "$2" guests "book-$1" >rows
    printf 'alice 2 "first of all"\nbob 1\n' >expected
    want_same rows expected
    both verify "book-$1/guests.edb" --deep
    case_end
}

case_crash() {
    case_begin "an instance that crashed on $1 is recovered on both systems, alike, and with every row"
    mkdir "crashed-$1"
    on "$1" write_rows "crashed-$1/" 4096 7 400 --crash >crashed.rows
    recovers_alike "crashed-$1"
    rm -rf export.export
    esedbexport -t export "crashed-$1.native/rows.edb" >/dev/null 2>"$kept/stderr" || detail 'esedbexport failed'
    compared=$(/usr/bin/python3 "$TEST_FOLDER/compare_rows.py" esedbexport crashed.rows export.export/kinds.* 2>&1) ||
        detail "$compared"
    case_end
}

case_local_backup() {
    case_begin "a backup by JetBackupInstance on $1 is recovered on both systems, alike"
    mkdir "local-$1"
    on "$1" guests "book-$1" --copy "local-$1"
    recovers_alike "local-$1/new"
    on "$2" guests "local-$1/new.native" >rows
    want_same rows expected
    case_end
}

# But for the manifest, which has a time in it, two sets of one folder are the same.
same_set() {
    diff -r --exclude coldstream-manifest.json "$1" "$2" >"$kept/stdout" 2>&1
}

case_sets() {
    case_begin "sets of one folder are alike on both systems, and each is verified and restored on the other"
    for runner in native wine; do
        run backup book-native -o "set-$runner"
        want_status 0
        run_into "$runner.tar" backup book-native --stdout
        want_status 0
    done
    runner=native
    want 'the sets differ' same_set set-native set-wine
    for maker in native wine; do
        runner=$(other $maker)
        run verify "set-$maker"
        want_status 0
        run restore "set-$maker" -o "restored-$maker"
        want_status 0
        run verify "$maker.tar"
        want_status 0
        run_from "$maker.tar" restore - -o "unpacked-$maker"
        want_status 0
        for folder in "restored-$maker" "unpacked-$maker"; do
            for file in "$folder"/*; do
                want_same "$file" "book-native/$(basename "$file")"
            done
            want_present "$folder/guests.edb"
        done
    done
    runner=native
    case_end
}

need_program esedbexport 'rows that were recovered elsewhere' || finish
case_changes native wine
case_changes wine native
case_crash native wine
case_crash wine native
case_local_backup native wine
case_local_backup wine native
case_sets
finish

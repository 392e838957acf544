#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2317 # programs for jq and other shells; cases are called by name
# The demonstration: runs the main job on data it makes itself, ends well, leaves nothing.
. "$(dirname "$0")/lib.sh"

case_runs() {
    case_begin "coldstream demo runs to the end, shows backup, stop and restore, and leaves nothing in TMPDIR"
    TMPDIR=$scratch/tmp
    export TMPDIR
    run demo
    want_status 0
    for word in backup verify stop restore; do
        want "the demonstration does not show $word" grep -q -i "$word" "$kept/stdout" "$kept/stderr"
    done
    want_empty_folder tmp
    want "something was left in the working folder" test "$(ls)" = tmp
    unset TMPDIR
    case_end
}

case_under_wine() {
    sentence="coldstream.exe demo runs to the end and leaves nothing in the working folder"
    if [ -z "${COLDSTREAM_WINE:-}" ]; then
        case_skip "$sentence" "COLDSTREAM_WINE is not set"
        return
    fi
    wine_up
    runner=wine
    case_begin "$sentence"
    run demo
    want_status 0
    want "something was left" test "$(ls)" = tmp
    case_end
    runner=native
}

case_interrupted() {
    for moment in 50 400 1500; do
        case_begin "Ctrl-C after $moment ms of the demonstration: it ends, and leaves nothing in TMPDIR"
        result=$(TMPDIR=$scratch/tmp python3 "$TEST_FOLDER/interrupt.py" --signal INT --after "$moment" \
            --stderr "$kept/stderr" -- "$COLDSTREAM" demo)
        : >"$kept/stdout"
        case $result in
        *status=130*) ;;
        *status=late* | *status=0*) case_sentence="$case_sentence (its work had ended before)" ;;
        *) detail "$result" ;;
        esac
        want_empty_folder tmp
        case_end
    done
}

case_make() {
    case_begin "demo --make writes a sound database of the size asked for, and does not overwrite"
    run demo --make made.edb --size 3M
    want_status 0
    want "wrong size: $(stat -c %s made.edb 2>/dev/null)" test "$(stat -c %s made.edb)" -ge 2900000 -a \
        "$(stat -c %s made.edb)" -le 3400000
    run verify made.edb
    want_status 0
    before=$(sha256sum made.edb)
    run demo --make made.edb --size 1M
    want_status 1
    want_message 'made\.edb'
    want "it was overwritten" test "$before" = "$(sha256sum made.edb)"
    case_end
    rm -f made.edb

    case_begin "esedbinfo, a reader by others, opens the database that demo makes"
    run demo --make made.edb --size 1M
    want "esedbinfo: $(esedbinfo made.edb 2>&1 | tail -n1)" esedbinfo made.edb
    case_end
    rm -f made.edb
}

mkdir tmp
case_runs
case_under_wine
case_interrupted
case_make
finish

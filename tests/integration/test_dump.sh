#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2317 # programs for jq and other shells; cases are called by name
# `coldstream dump`: shows what is in the file, also when that is damaged.
. "$(dirname "$0")/lib.sh"

# case_pages PATH STEP
case_pages() {
    case_begin "dump shows the header, the tags and the bytes of pages of $(basename "$1") as they are in the file"
    : >"$kept/stderr"
    # shellcheck disable=SC2046 # words
    python3 "$TEST_FOLDER/dump_pages.py" "$1" "$2" $(with_coldstream echo) >"$kept/stdout" 2>"$kept/stderr" ||
        detail "$(head -n 5 "$kept/stdout")"
    case_sentence="$case_sentence ($(tail -n 1 "$kept/stdout"))"
    case_end
}

case_damaged_page() {
    cp sample.edb damaged.edb
    printf 'XY' | dd of=damaged.edb bs=1 seek=$((6 * 4096 + 100)) conv=notrunc 2>/dev/null
    case_begin "dump of a damaged page says so, takes it apart all the same, exit 7"
    run dump damaged.edb --page 5
    want_status 7
    want_stdout 'damaged'
    want_stdout 'stored 0x[0-9a-f]*, computed 0x[0-9a-f]*'
    want_stdout 'objid'
    want_stdout '58 59'
    case_end

    case_begin "dump of the sound page beside it does not mind"
    run dump damaged.edb --page 4
    want_status 0
    case_end
}

cases() {
    case_pages sample.edb "$1"
    for file in $(corpus_files); do
        case_pages "$COLDSTREAM_CORPUS/$file" "$1"
    done
    case_damaged_page
}

make_sample sample.edb 1M
need_program python3 "dump" || finish
cases 7
if [ -n "${COLDSTREAM_ASAN:-}" ]; then
    runner=sanitized
    cases 29
fi
if [ -n "${COLDSTREAM_WINE:-}" ]; then
    wine_up
    runner=wine
    cases 61
fi
finish

#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2317 # programs for jq and other shells; cases are called by name
# `coldstream verify` on real databases: reads every page and finds no damage.
. "$(dirname "$0")/lib.sh"

# Pages behind the two header copies, from the file's size.
pages_of() {
    page_size=$(jq -r 'select(.type == "info") | .page_size' "$kept/info")
    echo $(($(stat -c %s "$1") / page_size - 2))
}

case_each_file() {
    for file in $(corpus_files); do
        path=$COLDSTREAM_CORPUS/$file
        case_begin "verify reads every page of $file and finds no damage"
        run info "$path" --json
        cp "$kept/stdout" "$kept/info"
        run verify "$path" --json
        want_status 0 3
        want_record "$kept/stdout" '.type == "file" and .pages_checked == $n' --argjson n "$(pages_of "$path")"
        want_record "$kept/stdout" '.type == "file" and .pages_damaged == 0 and .pages_correctable == 0'
        case_end
    done
}

case_jobs() {
    for jobs in 1 2 7; do
        case_begin "verify --jobs $jobs of all real databases in one run finds no damage"
        run verify --jobs "$jobs" --json "$COLDSTREAM_CORPUS"/*.edb "$COLDSTREAM_CORPUS"/srudb.dat
        want_status 0 3
        want "not one file record per file" test "$(jq -s 'map(select(.type == "file")) | length' "$kept/stdout")" -eq \
            "$(corpus_files | grep -c -e "\.edb$" -e "^srudb\.dat$")"
        case_end
    done
}

case_folder() {
    case_begin "verify of the folder that holds them checks each"
    run verify --json "$COLDSTREAM_CORPUS"
    want_status 0 3
    for file in $(corpus_files); do
        want_record "$kept/stdout" '.type == "file" and (.path | endswith($f))' --arg f "$file"
    done
    case_end
}

cases() {
    case_each_file
    case_jobs
    case_folder
}

need_corpus
native_and_wine cases
finish

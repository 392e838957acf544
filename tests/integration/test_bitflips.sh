#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2317 # programs for jq and other shells; cases are called by name
# Flipped bits at random places of real databases: always reported, never a crash. COLDSTREAM_SEED repeats a run,
# COLDSTREAM_FLIPS changes how many.
. "$(dirname "$0")/lib.sh"

seed=${COLDSTREAM_SEED:-20240229}
flips=${COLDSTREAM_FLIPS:-1000}

# case_flips SENTENCE MODE COUNT
case_flips() {
    case_begin "$1"
    : >"$kept/stderr"
    set -- "$2" "$3" "$seed" flips
    for file in $(corpus_files); do
        set -- "$@" "$COLDSTREAM_CORPUS/$file"
    done
    with_coldstream python3 "$TEST_FOLDER/bitflips.py" "$@" -- >"$kept/stdout" 2>"$kept/stderr" ||
        detail "$(tail -n1 "$kept/stdout")"
    case_sentence="$case_sentence ($(tail -n1 "$kept/stdout"))"
    case_end
}

cases() {
    case_flips "one flipped bit is always reported by verify, at its page" verify "$1"
    case_flips "two flipped bits of a page are always damage" double $(($1 / 4))
    case_flips "a backup mends a flipped bit and says so, or refuses the page" backup $(($1 / 4))
}

need_corpus
need_program python3 "flipped bits" || finish
cases "$flips"
if [ -n "${COLDSTREAM_ASAN:-}" ]; then
    runner=sanitized
    cases $((flips / 10))
fi
if [ -n "${COLDSTREAM_WINE:-}" ]; then
    wine_up
    runner=wine
    case_flips "flipped bits in all files are reported by one run of verify, each at its page" together "$flips"
    cases $((flips / 25))
fi
finish

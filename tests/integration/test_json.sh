#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2317 # programs for jq and other shells; cases are called by name
# What programs read: JSON lines, exit statuses, silence when asked for.
. "$(dirname "$0")/lib.sh"

# FILE holds JSON objects, one a line, each with a type and a time; the last is the summary, and its exit_code is the
# status of the run.
want_json_lines() {
    want "a line of $1 is not a JSON object with type" \
        jq -e -R -s 'split("\n") | map(select(. != "")) | map(fromjson | type == "object" and has("type")) | all' "$1"
    want "a record has no time" jq -e -s 'all(.[]; has("time"))' "$1"
    want "the summary is not the last record, or there are more" \
        jq -e -s '.[-1].type == "summary" and (map(select(.type == "summary")) | length == 1)' "$1"
    want "exit_code in the summary is not $status" jq -e -s --argjson s "$status" '.[-1].exit_code == $s' "$1"
}

case_json() {
    sentence=$1
    shift
    wanted=$1
    shift
    case_begin "$sentence: JSON lines on standard output, the summary last, its exit_code true"
    run "$@" --json
    want_status "$wanted"
    cp "$kept/stdout" "$kept/lines"
    want_json_lines "$kept/lines"
    want_no_stderr
    case_end
}

cases() {
    case_json "info" 0 info sample.edb
    case_json "verify" 0 verify sample.edb
    case_json "verify of several files" 0 verify sample.edb other.edb
    case_json "verify of a damaged file" 7 verify damaged.edb
    case_json "verify of a missing file" 9 verify missing.edb
    case_json "backup" 0 backup sample.edb -o set
    case_json "backup to a set that is there" 1 backup sample.edb -o set
    case_json "verify of a set" 0 verify set
    case_json "info of a set" 0 info set
    case_json "restore" 0 restore set -o back
    case_json "restore over files" 1 restore set -o back
    case_json "backup of a damaged file" 7 backup damaged.edb -o bad
    rm -rf set back bad

    case_begin "backup --stdout --json: the tar on standard output, JSON lines on standard error"
    run_into set.tar backup sample.edb --stdout --json
    want_status 0
    want_json_lines "$kept/stderr"
    want "standard output is not a tar" tar -tf set.tar
    case_end
    rm -f set.tar

    case_begin "the summary of a backup counts files and bytes and names the digest of the manifest"
    run backup sample.edb -o set --json
    want "files or bytes are wrong" jq -e -s --argjson b "$(stat -c %s sample.edb)" \
        '.[-1] | .files == 1 and .bytes == $b and (.seconds | type == "number")' "$kept/stdout"
    want "no digest" jq -e -s '.[-1] | [.. | strings | select(test("^[0-9a-f]{32}$"))] | length > 0' "$kept/stdout"
    case_end
    rm -rf set

    case_begin "damage in JSON: file, page, expected and found checksum"
    run verify damaged.edb --json
    want_record "$kept/stdout" '.page == 5 and (.path | endswith("damaged.edb")) and has("expected") and has("found")'
    case_end

    case_begin "damage in words: file:page, expected and found"
    run verify damaged.edb
    want_status 7
    want_message 'damaged\.edb.*\b5\b.*expected.*found'
    case_end

    case_begin "what verify finds is data, on standard output; why it could not look is talk, on standard error"
    run verify damaged.edb missing.edb
    want_stdout 'damaged\.edb'
    want_stderr 'missing\.edb'
    want_not "damage is on standard error" grep -q 'damaged' "$kept/stderr"
    case_end

    for options in "verify sample.edb" "backup sample.edb -o set" "verify set" "restore set -o back"; do
        case_begin "coldstream $options -q is silent when all is well"
        # shellcheck disable=SC2086 # the words are arguments
        run $options -q
        want_status 0
        want_no_stdout
        want_no_stderr
        case_end
    done
    rm -rf set back

    case_begin "-q still says why it failed"
    run verify missing.edb -q
    want_status 9
    want_message 'missing\.edb'
    run verify damaged.edb -q
    want_status 7
    want_message 'damaged\.edb'
    case_end

    case_begin "several files: the first failure does not hide the others, the status is the worst"
    run verify missing.edb damaged.edb sample.edb
    want_message 'missing\.edb'
    want_message 'damaged\.edb'
    want_status 7 9
    case_end
}

make_sample sample.edb 2M
cp sample.edb other.edb
cp sample.edb damaged.edb
# Page 5, two bytes that no checksum can mend.
page_size=$("$COLDSTREAM" info sample.edb --json 2>/dev/null | jq -r 'select(.type == "info") | .page_size')
printf 'XY' | dd of=damaged.edb bs=1 seek=$((6 * page_size + 100)) conv=notrunc 2>/dev/null

need_program jq "JSON output" || finish
native_and_wine cases
finish

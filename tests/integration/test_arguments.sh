#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2317 # programs for jq and other shells; cases are called by name
# The command line itself: help, version, and what is said to wrong arguments.
. "$(dirname "$0")/lib.sh"

case_usage_error() {
    case_begin "coldstream $*: exit 2 and a line that says how to go on"
    run "$@"
    want_status 2
    want_message 'usage|--help'
    want_no_stdout
    want_absent set set.partial back
    case_end
}

cases() {
    case_begin "--help names every command on standard output, exit 0"
    run --help
    want_status 0
    want_no_stderr
    for command in info verify dump backup restore recover list status stop freeze thaw snapshot demo; do
        want_stdout "coldstream $command|^ *$command"
    done
    case_end

    for command in info verify dump backup restore recover list status stop freeze thaw snapshot demo; do
        case_begin "coldstream $command --help is about $command"
        run "$command" --help
        want_status 0
        want_stdout "coldstream $command"
        case_end
    done

    case_begin "--version prints name and version on standard output"
    run --version
    want_status 0
    want_stdout '^coldstream [0-9]+\.[0-9]+\.[0-9]+'
    case_end

    case_usage_error
    case_usage_error nonsense
    case_usage_error --nonsense
    case_usage_error info
    case_usage_error verify
    case_usage_error verify --nonsense sample.edb
    case_usage_error verify --jobs
    case_usage_error verify --jobs 0 sample.edb
    case_usage_error verify --jobs -1 sample.edb
    case_usage_error verify --jobs many sample.edb
    case_usage_error verify --jobs 99999999999999999999 sample.edb
    case_usage_error dump sample.edb
    case_usage_error dump sample.edb --page
    case_usage_error dump sample.edb --page x
    case_usage_error dump sample.edb --page 1x
    case_usage_error dump sample.edb --page 99999999999999999999
    case_usage_error backup
    case_usage_error backup sample.edb
    case_usage_error backup sample.edb -o
    case_usage_error backup sample.edb -o set --stdout
    case_usage_error backup sample.edb other.edb -o set
    case_usage_error restore
    case_usage_error restore set
    case_usage_error restore set other -o back
    case_usage_error info sample.edb --keep-going
    case_usage_error verify sample.edb --progress=sometimes
    case_usage_error --json
    case_usage_error demo surplus
    case_usage_error list surplus
    case_usage_error stop
    case_usage_error stop mail --all
    case_usage_error freeze --timeout 0
    case_usage_error freeze --timeout 601
    case_usage_error snapshot mail
    case_usage_error backup sample.edb -o set --incremental
    case_usage_error backup sample.edb -o set --max-rate 0

    for command in list status thaw freeze 'stop mail' 'snapshot mail -o set' 'backup mail --live -o set'; do
        case_begin "coldstream $command without a service: exit 6"
        # shellcheck disable=SC2086
        run $command --bus-address unix:path=nowhere
        want_status 6
        want_absent set set.partial
        case_end
    done

    case_begin "options may stand before and after the operands, and end at --"
    run verify --jobs 2 sample.edb
    want_status 0
    run verify sample.edb --jobs 2
    want_status 0
    run verify --jobs=2 -- sample.edb
    want_status 0
    run -q verify sample.edb
    want_status 0
    case_end

    case_begin "dump shows header, tags and hex of a page; page numbers outside are refused by number"
    run dump sample.edb --page 4
    want_status 0
    want_stdout 'tag'
    want_stdout '[0-9a-f]{2} [0-9a-f]{2} [0-9a-f]{2}'
    run dump sample.edb --page 0
    want_status 0 2
    run dump sample.edb --page 4000000
    want_status 1 2 9
    want_message '4000000'
    case_end
}

make_sample sample.edb 1M
native_and_wine cases
finish

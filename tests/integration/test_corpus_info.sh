#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2317 # programs for jq and other shells; cases are called by name
# `coldstream info` on real databases: agrees with libesedb's esedbinfo where both report a fact, and with what is known
# of the files otherwise.
. "$(dirname "$0")/lib.sh"

# What esedbinfo does not say, or cannot open: file, page size, format update, state.
known_facts() {
    cat <<'FACTS'
basic.edb 4096 20 clean
binary.edb 4096 20 clean
current.mdb 4096 20 dirty
default.edb 4096 20 clean
index.edb 4096 20 clean
large.edb 32768 20 clean
multi.edb 4096 20 clean
qmgr.db 16384 300 dirty
srudb.dat 4096 110 clean
text.edb 4096 20 clean
FACTS
}

case_known_facts() {
    while read -r file page_size update state <&3; do
        [ -e "$COLDSTREAM_CORPUS/$file" ] || continue
        case_begin "info reports page size, format update and state of $file"
        run info "$COLDSTREAM_CORPUS/$file" --json
        want_status 0
        want_record "$kept/stdout" '.page_size == $v' --argjson v "$page_size"
        want_record "$kept/stdout" '.type == "info" and (.format_version | startswith($v))' --arg v "1568,$update,"
        want_record "$kept/stdout" '.type == "info" and (.state | ascii_downcase | startswith($v))' --arg v "$state"
        case_end
    done 3<<FACTS
$(known_facts)
FACTS
}

# For the 65,000 columns of one file esedbinfo needs minutes. What it (20181229) said of them is known by its digest; only
# who says something else is compared in full.
known_digest() {
    case $(sha256sum <"$COLDSTREAM_CORPUS/$1") in
    438e4a3f50dcdfb9714ea0943346264c10ea87e6ea0f320ed3895e131fc8795e*)
        echo b3e2d8675f9998cdb4f77e86f05caff6ebae863afc8ce03495cdd1e0f8cd8623
        ;;
    esac
}

says_what_is_known() {
    digest=$(known_digest "$1")
    [ -n "$digest" ] || return 1
    run info "$COLDSTREAM_CORPUS/$1" --json
    [ "$(python3 "$TEST_FOLDER/compare_info.py" --digest info "$kept/stdout")" = "$digest" ]
}

# What esedbinfo says of a file, once.
esedbinfo_once() {
    [ -e "$kept/$1.esedbinfo" ] || esedbinfo "$COLDSTREAM_CORPUS/$1" >"$kept/$1.esedbinfo" 2>/dev/null ||
        : >"$kept/$1.esedbinfo"
    [ -s "$kept/$1.esedbinfo" ]
}

case_as_esedbinfo() {
    for file in $(corpus_files); do
        sentence="info and esedbinfo say the same of $file"
        if says_what_is_known "$file"; then
            case_begin "$sentence (all of it, by its digest)"
            want_status 0
            case_end
            continue
        fi
        if ! esedbinfo_once "$file"; then
            case_skip "$sentence" "esedbinfo cannot open this file"
            continue
        fi
        case_begin "$sentence"
        run info "$COLDSTREAM_CORPUS/$file" --json
        want_status 0
        cp "$kept/stdout" "$kept/info"
        if compared=$(python3 "$TEST_FOLDER/compare_info.py" "$kept/info" "$kept/$file.esedbinfo" 2>&1); then
            case_sentence="$case_sentence ($compared)"
        else
            detail "$compared"
        fi
        case_end
    done
}

case_text_form() {
    for file in $(corpus_files); do
        case_begin "info of $file names it, its page size and the table MSysObjects in words"
        run info "$COLDSTREAM_CORPUS/$file"
        want_status 0
        want_stdout "$file"
        want_stdout 'page size'
        want_stdout 'MSysObjects'
        case_end
    done
}

cases() {
    case_known_facts
    need_program esedbinfo "info and esedbinfo say the same" && case_as_esedbinfo
    case_text_form
}

need_corpus
native_and_wine cases
finish

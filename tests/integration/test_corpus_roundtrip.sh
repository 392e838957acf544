#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2317 # programs for jq and other shells; cases are called by name
# Backup of real databases and back: every road gives the same bytes.
. "$(dirname "$0")/lib.sh"

# 0 for a clean database; a dirty one without its logs can be backed up, but not recovered: done, with warnings.
expected_status() {
    case $1 in
    current.mdb | qmgr.db) echo 3 ;;
    *) echo 0 ;;
    esac
}

want_warning_if_dirty() {
    [ "$(expected_status "$1")" -eq 0 ] || want_message "$1.*log"
}

case_folder_set() {
    case_begin "$1: backup to a set and restore from it give the same bytes"
    run backup "$COLDSTREAM_CORPUS/$1" -o set
    want_status "$(expected_status "$1")"
    want_warning_if_dirty "$1"
    want_present set/coldstream-manifest.json
    want_absent set.partial
    run verify set
    want_status "$(expected_status "$1")"
    run restore set -o back
    want_status "$(expected_status "$1")"
    want_warning_if_dirty "$1"
    want_same "$COLDSTREAM_CORPUS/$1" "back/$1"
    want "restore left more than the database in the folder" test "$(ls -A back)" = "$1"
    case_end
    rm -rf set back
}

case_tar() {
    case_begin "$1: backup to a tar and restore from the file give the same bytes"
    run_into set.tar backup "$COLDSTREAM_CORPUS/$1" --stdout
    want_status "$(expected_status "$1")"
    want_warning_if_dirty "$1"
    run verify set.tar
    want_status "$(expected_status "$1")"
    run restore set.tar -o back
    want_status "$(expected_status "$1")"
    want_same "$COLDSTREAM_CORPUS/$1" "back/$1"
    case_end
    rm -rf back

    case_begin "$1: restore of the tar from standard input gives the same bytes"
    run_from set.tar restore - -o back
    want_status "$(expected_status "$1")"
    want_same "$COLDSTREAM_CORPUS/$1" "back/$1"
    case_end
    rm -rf back

    case_begin "$1: backup piped into restore gives the same bytes"
    coldstream backup "$COLDSTREAM_CORPUS/$1" --stdout 2>"$kept/stderr" | coldstream restore - -o back 2>>"$kept/stderr"
    want_same "$COLDSTREAM_CORPUS/$1" "back/$1"
    case_end
    rm -rf back set.tar
}

case_together() {
    case_begin "a folder with several databases: one set, all restored with the same bytes"
    mkdir many
    cp "$COLDSTREAM_CORPUS/basic.edb" "$COLDSTREAM_CORPUS/text.edb" "$COLDSTREAM_CORPUS/large.edb" many
    run backup many -o set
    want_status 0
    run restore set -o back
    want_status 0
    for file in basic.edb text.edb large.edb; do
        want_same "many/$file" "back/$file"
    done
    case_end
    rm -rf many set back
}

case_source_untouched() {
    case_begin "backup and verify leave the source as it was, bytes and times"
    cp -p "$COLDSTREAM_CORPUS/basic.edb" source.edb
    chmod u+w source.edb
    before=$(stat -c '%s %Y %Z %y %z' source.edb; sha256sum source.edb)
    run backup source.edb -o set
    run verify source.edb
    run dump source.edb --page 4
    run info source.edb
    want "the source changed" test "$before" = "$(stat -c '%s %Y %Z %y %z' source.edb; sha256sum source.edb)"
    case_end
    rm -rf set source.edb
}

cases() {
    for file in $(corpus_files); do
        case_folder_set "$file"
        case_tar "$file"
    done
    case_together
    case_source_untouched
}

need_corpus
native_and_wine cases
finish

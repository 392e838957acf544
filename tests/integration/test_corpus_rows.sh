#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR
# Real databases through the JET API: every row and every index of copies is read, as esedbexport reads them; rows are changed
# by a process that is killed now and then, and are then as a model, the deep check and esedbexport say.
#
# COLDSTREAM_CORPUS_LONG=1: 10,000 rows instead of some hundreds, and esedbexport on the file for which it needs minutes.
. "$(dirname "$0")/lib.sh"

if [ -n "${COLDSTREAM_CORPUS_LONG:-}" ]; then
    rows=10000
    kills=12
else
    rows=600
    kills=3
fi

# copy FILE: into a folder of its own, with nothing else in it.
copy() {
    rm -rf rows
    mkdir rows
    cp "$COLDSTREAM_CORPUS/$1" rows/
    chmod u+w "rows/$1"
}

# Reads everything through the API, into rows.dump.
dump() {
    timeout -k 5 "$run_limit" "$corpus_rows" dump "$PWD/rows/" "$PWD/rows/$1" >rows.dump 2>"$kept/stderr"
}

# esedbexport into rows.export, with further arguments.
export_rows() {
    rm -rf rows.export
    export_file=$1
    shift
    esedbexport -t rows "$@" "rows/$export_file" >"$kept/stdout" 2>&1
}

# compare [TABLE ...]
compare() {
    if compared=$(python3 "$TEST_FOLDER/corpus_compare.py" rows.dump rows.export "$@" 2>"$kept/stderr"); then
        case_sentence="$case_sentence ($compared)"
    else
        detail "$(cat "$kept/stderr")"
    fi
}

# esedbexport needs minutes for a file with 65,000 columns, and cannot read the table that has them. What is said here of that file
# was compared once; only who says something else is compared again.
known_digest() {
    case $(sha256sum <"$COLDSTREAM_CORPUS/$1") in
    438e4a3f50dcdfb9714ea0943346264c10ea87e6ea0f320ed3895e131fc8795e*) echo 765835f25e9b611e51a3457c6c31556d81bc06bdab9376f04fabcd13ecd0a128 ;;
    esac
}

case_read() {
    case_begin "every row and every index of $1 is read through the API, and rows are those of esedbexport"
    copy "$1"
    if ! dump "$1"; then
        detail "corpus_rows: $(cat "$kept/stderr")"
    elif [ "$(known_digest "$1")" = "$(sha256sum <rows.dump | cut -d ' ' -f 1)" ] && [ -z "${COLDSTREAM_CORPUS_LONG:-}" ]; then
        case_sentence="$case_sentence (all of it, by its digest)"
    elif [ "$1" = large.edb ]; then
        export_rows "$1"
        compare MSysObjects MSysObjectsShadow MSysObjids MSysLocales
    elif export_rows "$1"; then
        compare
    else
        detail "esedbexport failed"
    fi
    case_end
}

# What a dump says of the tables of applications, whatever the numbers of their columns.
told() {
    awk -F '\t' '$1 == "table" { is_ours = $2 ~ /^MSys/ }
        is_ours { next }
        $1 == "column" { print $1, $2, $3, $5; next }
        { print }' "$1"
}

# After case_read.
case_compact() {
    sentence="$1 has the same rows and index entries when it was compacted, and is sound"
    if [ "$1" = large.edb ] && [ -z "${COLDSTREAM_CORPUS_LONG:-}" ]; then
        case_skip "$sentence" "it needs a minute; COLDSTREAM_CORPUS_LONG=1"
        return
    fi
    case_begin "$sentence"
    told rows.dump >rows.told
    copy "$1"
    run compact "$COLDSTREAM_CORPUS/$1" rows/new.edb
    want_status 0
    mv rows/new.edb "rows/$1"
    run verify --deep "rows/$1"
    want_status 0
    dump "$1" || detail "corpus_rows: $(cat "$kept/stderr")"
    told rows.dump >new.told
    cmp -s rows.told new.told || detail "$(diff rows.told new.told | head -5 | cut -c 1-300)"
    case_end
}

case_refuse() {
    case_begin "$1, which needs logs that are not there, is not attached"
    copy "$1"
    if dump "$1"; then
        detail "it was"
    fi
    grep -q -e 'JetAttachDatabase.*: -550$' "$kept/stderr" || detail "$(cat "$kept/stderr")"
    cmp -s "$COLDSTREAM_CORPUS/$1" "rows/$1" || detail "it was changed"
    case_end
}

# case_change SUBJECT FILE TABLE ...: esedbexport compares these tables.
case_change() {
    subject=$1
    file=$2
    shift 2
    case_begin "$rows rows of $file are changed by a process that is killed $kills times"
    copy "$file"
    if changed=$(python3 "$TEST_FOLDER/corpus_change.py" "$subject" "$PWD/rows/$file" "$corpus_rows" 7 "$rows" "$kills" 2>"$kept/stderr"); then
        case_sentence="$case_sentence ($changed)"
    else
        detail "$(cat "$kept/stderr")"
    fi
    case_end

    case_begin "$file is sound afterwards"
    run verify "rows/$file" --deep
    want_sound
    case_end

    sentence="esedbexport reads the same of $file afterwards"
    if [ "$subject" = large ] && [ -z "${COLDSTREAM_CORPUS_LONG:-}" ]; then
        case_skip "$sentence" "it needs minutes; COLDSTREAM_CORPUS_LONG=1"
        return
    fi
    case_begin "$sentence"
    cp "rows/$file.dump" rows.dump
    if [ "$subject" = large ]; then
        export_rows "$file" -T "$1"
    else
        export_rows "$file"
    fi
    compare "$@"
    case_end
}

need_corpus
need_program esedbexport "rows of real databases are read" || finish
: "${WRITE_ROWS:?path of a program of the tests}"
corpus_rows=$(dirname "$(realpath "$WRITE_ROWS")")/corpus_rows
for file in $(corpus_files); do
    case $file in
    qmgr.db | current.mdb) case_refuse "$file" ;;
    *)
        case_read "$file"
        case_compact "$file"
        ;;
    esac
done
[ ! -e "$COLDSTREAM_CORPUS/srudb.dat" ] ||
    case_change srudb srudb.dat '{D10CA2FE-6FCF-4F6D-848E-B2E99266FA89}' SruDbIdMapTable MSysObjects applied
[ ! -e "$COLDSTREAM_CORPUS/large.edb" ] || case_change large large.edb 'rows of our own'
finish

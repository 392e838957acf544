#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2317 # programs for jq and other shells; cases are called by name
# The tar stream: readable by everybody, the manifest last, the same bytes each time, and never taken for whole when cut.
. "$(dirname "$0")/lib.sh"

case_manifest_is_last() {
    case_begin "GNU tar lists the stream, and the manifest is its last member"
    run_into set.tar backup sample.edb --stdout
    want_status 0
    tar -tf set.tar >"$kept/list" 2>"$kept/stderr" || detail "tar -t: $(cat "$kept/stderr")"
    want "sample.edb is not a member" grep -qx -e '.*sample\.edb' "$kept/list"
    want "the last member is $(tail -n1 "$kept/list")" test "$(tail -n1 "$kept/list")" = coldstream-manifest.json
    case_end

    case_begin "GNU tar extracts it: the database byte for byte, a manifest that is JSON"
    mkdir plain
    tar -xf set.tar -C plain 2>"$kept/stderr" || detail "tar -x: $(cat "$kept/stderr")"
    want_same sample.edb "plain/$(grep 'sample\.edb$' "$kept/list")"
    want "the manifest is not JSON" jq -e . plain/coldstream-manifest.json
    case_end

    case_begin "what GNU tar extracted is a backup set: it verifies and restores"
    run verify plain
    want_status 0
    run restore plain -o back
    want_status 0
    want_same sample.edb back/sample.edb
    case_end
    rm -rf plain back
}

case_repacked() {
    case_begin "a set made as a folder and packed by GNU tar verifies and restores"
    run backup sample.edb -o set
    want_status 0
    tar -C set -cf packed.tar ./sample.edb ./coldstream-manifest.json
    run verify packed.tar
    want_status 0
    run restore packed.tar -o back
    want_status 0
    want_same sample.edb back/sample.edb
    case_end
    rm -rf set back packed.tar
}

case_deterministic() {
    case_begin "two backups of one source differ in nothing but the manifest's time of creation"
    run_into first.tar backup sample.edb --stdout
    sleep 1.1
    run_into second.tar backup sample.edb --stdout
    for which in first second; do
        mkdir "$which"
        tar -xf "$which.tar" -C "$which"
        tar --numeric-owner --full-time -tvf "$which.tar" | grep -v coldstream-manifest >"$which.members"
        jq -S 'del(.created, .created_unix_ms, .manifest_xxh3_128)' "$which/coldstream-manifest.json" >"$which.manifest"
    done
    want_same first.members second.members
    want_same first.manifest second.manifest
    want_same first/sample.edb second/sample.edb
    want "the streams have different sizes" test "$(stat -c %s first.tar)" -eq "$(stat -c %s second.tar)"
    # All of the stream up to the manifest, headers included.
    same=$(tar -tRf first.tar | sed -n 's/^block \([0-9]*\): coldstream-manifest.*/\1/p')
    same=$((${same:-0} * 512))
    want "the streams differ before the manifest" cmp -n "$same" first.tar second.tar
    want "nothing was compared" test "$same" -gt "$(stat -c %s sample.edb)"
    case_end
    rm -rf first* second*
}

# A cut at every place where something ends, one byte to either side of it, and at many others.
cut_places() {
    size=$(stat -c %s set.tar)
    tar -tRf set.tar | sed -n 's/^block \([0-9]*\):.*/\1/p' | while read -r block; do
        echo $((block * 512))
        echo $((block * 512 + 1))
        echo $((block * 512 + 511))
        echo $((block * 512 + 512))
    done
    i=0
    while [ "$i" -lt 40 ]; do
        echo $((size * i / 40))
        i=$((i + 1))
    done
    # The end-of-archive blocks and what pads them: the data is whole, the archive is not.
    data_end=$(python3 - "$size" <<'PYTHON'
import sys
data = open("set.tar", "rb").read()
print(len(data.rstrip(b"\0")))
PYTHON
)
    echo "$data_end"
    echo $((data_end - 1))
    echo $(((data_end + 511) / 512 * 512))
}

case_cut_anywhere() {
    case_begin "a tar cut anywhere is neither verified nor restored, from a file or a pipe"
    cuts=0
    for place in $(cut_places | sort -nu); do
        head -c "$place" set.tar >cut.tar
        run verify cut.tar
        [ "$status" -eq 1 ] || [ "$status" -eq 7 ] || detail "cut at $place: verify gives $status"
        run restore cut.tar -o back
        [ "$status" -eq 1 ] || [ "$status" -eq 7 ] || detail "cut at $place: restore gives $status"
        want_message 'cut\.tar'
        want_empty_folder back
        rm -rf back
        run_from cut.tar restore - -o back
        [ "$status" -eq 1 ] || [ "$status" -eq 7 ] || detail "cut at $place: restore from a pipe gives $status"
        want_empty_folder back
        rm -rf back
        cuts=$((cuts + 1))
        [ -z "$case_details" ] || break
    done
    case_sentence="$case_sentence ($cuts places)"
    want "too few places" test "$cuts" -gt 40
    case_end
    rm -f cut.tar
}

case_changed_bytes() {
    case_begin "a tar with one changed byte anywhere is found out by verify, or restores the right bytes"
    if ! python3 "$TEST_FOLDER/change_bytes.py" set.tar sample.edb "${CHANGES:-120}" "$COLDSTREAM" >"$kept/stdout" 2>&1; then
        detail "see the output"
    fi
    case_end
}

case_hostile_members() {
    case_begin "members with foreign names, absolute or climbing paths, links and doubles are refused, nothing is written"
    python3 "$TEST_FOLDER/hostile_tars.py" set.tar hostile
    for tar in hostile/*.tar; do
        mkdir back
        run verify "$tar"
        [ "$status" -eq 1 ] || [ "$status" -eq 7 ] || detail "$tar: verify gives $status"
        run restore "$tar" -o back/inner
        [ "$status" -eq 1 ] || [ "$status" -eq 7 ] || detail "$tar: restore gives $status"
        want_message "$(basename "$tar" .tar)"
        want_empty_folder back/inner
        [ ! -d back ] || [ "$(find back -type f | wc -l)" -eq 0 ] || detail "$tar: $(find back -type f)"
        want_absent escaped ../escaped
        rm -rf back
    done
    case_end
    rm -rf hostile
}

case_terminal() {
    sentence="a terminal as standard output is refused, and nothing is written to it"
    need_program script "$sentence" || return 0
    case_begin "$sentence"
    script -qec "'$COLDSTREAM' backup sample.edb --stdout 2>'$kept/stderr'" "$kept/typescript" </dev/null >"$kept/stdout" 2>&1
    status=$?
    want_status 2
    want_message 'terminal'
    want "bytes went to the terminal" test "$(stat -c %s "$kept/stdout")" -lt 400
    case_end
}

case_restore_pipes() {
    case_begin "a tar with bytes behind its end is not restored half-way: status 0 and right bytes, or refused"
    { cat set.tar && echo garbage; } >longer.tar
    run_from longer.tar restore - -o back
    if [ "$status" -eq 0 ] || [ "$status" -eq 3 ]; then
        want_same sample.edb back/sample.edb
    else
        want_empty_folder back
    fi
    case_end
    rm -rf back longer.tar

    case_begin "an empty standard input is refused with a message"
    run restore - -o back
    want_status 1 7
    want_message 'standard input|empty|archive'
    want_empty_folder back
    case_end
    rm -rf back
}

cases() {
    case_manifest_is_last
    case_repacked
    case_deterministic
    case_restore_pipes
}

make_sample sample.edb 2M
native_and_wine cases
run_into set.tar backup sample.edb --stdout
native_and_sanitized case_cut_anywhere
case_changed_bytes
native_and_sanitized case_hostile_members
case_terminal
finish

#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR
# `coldstream recover`: what a crash, a copy, a backup or a restore leaves becomes clean databases, with every row.
. "$(dirname "$0")/lib.sh"

rows=1500

# write FOLDER ENDING: leaves FOLDER/rows.edb and FOLDER.rows.
write() {
    mkdir "$1"
    "$WRITE_ROWS" "$PWD/$1/" 4096 5 "$rows" "$2" >"$1.rows" 2>"$kept/stderr" || detail "write_rows failed"
}

says() {
    want "it does not say: $1" grep -q "$1" "$kept/stdout" "$kept/stderr"
}

# The database FILE is clean and sound, and has the rows that were written into $2.
want_rows() {
    run verify "$1" --deep
    want_sound
    rm -rf export
    esedbexport -t export "$1" >/dev/null 2>"$kept/stderr" || detail "esedbexport failed"
    compared=$(/usr/bin/python3 "$TEST_FOLDER/compare_rows.py" esedbexport "$2.rows" export.export/kinds.* 2>"$kept/stderr") ||
        detail "$compared $(cat "$kept/stderr")"
    rm -rf export.export
}

case_crash() {
    case_begin "a crashed instance is recovered, with every committed row and no other"
    write crashed --crash
    cp -r crashed copy
    cp -r crashed elsewhere
    run recover crashed
    want_status 0
    says 'recovered 1 database'
    want_rows crashed/rows.edb crashed
    case_end

    case_begin "there is nothing to recover a second time, and nothing is changed"
    sums=$(cat crashed/* | cksum)
    run recover crashed
    want_status 0
    says 'nothing to recover'
    want "a file has changed" test "$sums" = "$(cat crashed/* | cksum)"
    case_end
}

case_copy() {
    case_begin "a copy is recovered where it is, with its database in another folder"
    mkdir apart
    mv copy/rows.edb apart
    sums=$(cat crashed/* | cksum)
    run recover copy --databases apart --base-name edb --json
    want_status 0
    want_record "$kept/stdout" '.type == "summary" and .was_needed == true and .exit_code == 0 and .files == 1'
    want_rows apart/rows.edb crashed
    want "the original was touched" test "$sums" = "$(cat crashed/* | cksum)"
    case_end
}

case_live_backup() {
    case_begin "what a running instance backed up into a folder is recovered there"
    mkdir backup
    write live "$PWD/backup"
    want_present backup/rows.pat
    cp -r backup untouched
    run recover backup
    want_status 0
    want_rows backup/rows.edb live
    case_end

    case_begin "a set made of such a folder is restored, and then recovered"
    run backup untouched -o set
    want_status 0
    run restore set -o restored
    want_status 0
    run recover restored
    want_status 0
    want_rows restored/rows.edb live
    case_end
}

# It fails before it has written any page: all that there is lies in the log.
case_young() {
    case_begin "a crash before the first page was written is no damage, and nothing is lost"
    mkdir young
    "$WRITE_ROWS" "$PWD/young/" 4096 5 3 --crash >young.rows 2>"$kept/stderr" || detail "write_rows failed"
    run verify young
    want_status 0
    run backup young -o young.set
    want_status 0
    run restore young.set -o young.again
    want_status 0
    run recover young.again
    want_status 0
    want_rows young.again/rows.edb young
    case_end

    case_begin "so is a backup of a running instance that has written no page yet"
    mkdir early early.backup
    "$WRITE_ROWS" "$PWD/early/" 4096 5 3 "$PWD/early.backup" >early.rows 2>"$kept/stderr" || detail "write_rows failed"
    run backup early.backup -o early.set
    want_status 0
    run restore early.set -o early.again
    want_status 0
    run recover early.again
    want_status 0
    want_rows early.again/rows.edb early
    case_end
}

case_double_write() {
    case_begin "a backup of what a crash left says that recovery knows more: pages of 8 KiB"
    mkdir large
    "$WRITE_ROWS" "$PWD/large/" 8192 5 "$rows" --crash-when large/edb.dwb >large.rows 2>"$kept/stderr" ||
        detail "write_rows failed"
    want_present large/edb.dwb
    run backup large -o large.set
    want_status 3
    says 'large/edb.dwb: .*pages that a crash tore are put back'
    run recover large
    want_status 0
    run backup large -o large.sound
    want_status 0
    want_absent large/edb.dwb
    case_end
}

case_missing() {
    case_begin "a database that is not there is named, and refused unless that is wanted"
    mkdir lacking
    cp elsewhere/edb* lacking
    run recover lacking
    want_status 1
    says 'lacking/rows.edb'
    run recover lacking --ignore-missing
    want_status 3
    case_end

    case_begin "without logs there is nothing to do it with"
    mkdir empty
    run recover empty
    want_status 9
    run recover absent
    want_status 9
    run recover
    want_status 2
    case_end

    case_begin "a log that is lost is an error; when it is found again, all is well"
    cp -r elsewhere gap
    mv gap/edb00000002.log found.log
    mv gap/edb.chk found.chk
    run recover gap
    want_status 1
    mv found.log gap/edb00000002.log
    mv found.chk gap/edb.chk
    run recover gap
    want_status 0
    want_rows gap/rows.edb crashed
    case_end
}

need_program esedbexport "databases are read by others" || finish
: "${WRITE_ROWS:?path of the program that writes them}"
WRITE_ROWS=$(realpath "$WRITE_ROWS")
case_crash
case_copy
case_live_backup
case_young
case_double_write
case_missing
finish

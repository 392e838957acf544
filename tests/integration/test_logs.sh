#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2317 # programs for jq and other shells; cases are called by name
# A dirty database with its logs and checkpoint beside it: the set is whole only with the logs that recovery needs.
. "$(dirname "$0")/lib.sh"

# Files of the folder that belong into a backup.
backed_up="mail.edb edb00001.log edb00002.log edb00003.log edb00004.log edb.log edb.chk"

fresh_folder() {
    rm -rf folder set back set.tar
    cp -r whole folder
}

want_restored() {
    for file in "$@"; do
        want_same "folder/$file" "back/$file"
    done
}

case_whole() {
    fresh_folder
    case_begin "a dirty database with all its logs is backed up, verified and restored without a warning"
    run backup folder -o set
    want_status 0
    run verify set
    want_status 0
    run restore set -o back
    want_status 0
    # shellcheck disable=SC2086 # names
    want_restored $backed_up
    case_end

    case_begin "the same as a tar: databases first, then logs by generation, the manifest last"
    rm -rf back
    run_into set.tar backup folder --stdout
    want_status 0
    tar -tf set.tar >"$kept/list" 2>/dev/null
    want "the database is not first: $(tr '\n' ' ' <"$kept/list")" test "$(sed -n 1p "$kept/list")" = mail.edb
    want "the logs are not in order: $(tr '\n' ' ' <"$kept/list")" test \
        "$(grep '\.log$' "$kept/list" | tr '\n' ' ')" = "edb00001.log edb00002.log edb00003.log edb00004.log edb.log "
    want "the manifest is not last" test "$(tail -n1 "$kept/list")" = coldstream-manifest.json
    run_from set.tar restore - -o back
    want_status 0
    # shellcheck disable=SC2086 # names
    want_restored $backed_up
    case_end

    case_begin "the summary and the manifest name the generations 1 to 5"
    run backup folder -o again --json
    want "the summary does not" jq -e -s '.[-1] | [.. | numbers] | index(5) != null and index(1) != null' "$kept/stdout"
    want "the manifest does not" jq -e '.first_generation == 1 and .last_generation == 5' \
        again/coldstream-manifest.json
    case_end
    rm -rf again

    case_begin "info shows that the database is dirty and needs generations 3 to 5"
    run info folder/mail.edb
    want_status 0
    want_stdout 'dirty'
    want_stdout '3.*5'
    case_end

    case_begin "info of a log file and of the checkpoint says what they are"
    run info folder/edb.log
    want_status 0
    want_stdout 'generation.*5'
    want_stdout 'Records'
    run info folder/edb.chk
    want_status 0
    want_stdout 'checkpoint'
    case_end

    case_begin "dump of a log file shows its records; padding is none"
    run dump folder/edb.log
    want_status 0
    run dump folder/edb.log --json
    want_status 0
    want_stdout '"type":"summary"'
    case_end

    case_begin "verify of the folder and of each of its files finds nothing wrong"
    run verify folder
    want_status 0
    for file in $backed_up; do
        run verify "folder/$file"
        want_status 0 3
    done
    case_end
}

case_needed_log_missing() {
    fresh_folder
    rm folder/edb00004.log
    case_begin "a log that recovery needs is missing: done with a warning that names the database, exit 3 all the way"
    run backup folder -o set
    want_status 3
    want_message 'mail\.edb'
    want_message '\b4\b|edb00004'
    run verify set
    want_status 3
    run restore set -o back
    want_status 3
    want_same folder/mail.edb back/mail.edb
    case_end
}

case_old_log_missing() {
    fresh_folder
    rm folder/edb00001.log
    case_begin "a log that recovery does not need is missing: nothing to warn of"
    run backup folder -o set
    want_status 0
    run restore set -o back
    want_status 0
    case_end
}

case_current_log_missing() {
    fresh_folder
    rm folder/edb.log
    case_begin "the current log is missing though recovery needs it: exit 3"
    run backup folder -o set
    want_status 3
    want_message 'mail\.edb'
    case_end
}

case_flipped_bit_in_log() {
    fresh_folder
    python3 -c 'f = open("folder/edb00004.log", "r+b"); f.seek(5 * 4096 + 1000); b = f.read(1)[0]; f.seek(-1, 1)
f.write(bytes([b ^ 4]))'
    case_begin "one flipped bit in a log: damage for verify; backup mends it and says so, the restored log is the sound one"
    run verify folder
    want_status 7
    want_message 'edb00004\.log.*\b5\b'
    run dump folder/edb00004.log
    want_status 3
    want_message 'edb00004\.log.*\b5\b'
    run backup folder -o set
    want_status 3
    want_message 'edb00004\.log.*\b5\b'
    run restore set -o back
    want_status 0 3
    want_same whole/edb00004.log back/edb00004.log
    case_end
}

case_damaged_log() {
    fresh_folder
    printf 'damage' | dd of=folder/edb00004.log bs=1 seek=21000 conv=notrunc 2>/dev/null
    case_begin "a damaged segment of a log ends backup and dump with 7, naming file and segment"
    run verify folder
    want_status 7
    want_message 'edb00004\.log.*\b5\b'
    run dump folder/edb00004.log
    want_status 7
    want_message 'edb00004\.log.*\b5\b'
    run backup folder -o set
    want_status 7
    want_message 'edb00004\.log.*\b5\b'
    want_absent set set.partial
    case_end

    case_begin "with --keep-going it is recorded in the manifest, and restore asks before it takes such a set"
    run backup folder -o set --keep-going
    want_status 3 7
    want "the manifest does not record segment 5 of edb00004.log" jq -e \
        '[.files[] | select(.name == "edb00004.log") | .findings[] | select(.place == "segment" and .first == 5)] | length > 0' set/coldstream-manifest.json
    run verify set
    want_status 7
    run restore set -o back
    want_status 1 7
    want_empty_folder back
    case_end
}

case_damaged_log_header() {
    fresh_folder
    printf 'damage' | dd of=folder/edb00003.log bs=1 seek=100 conv=notrunc 2>/dev/null
    case_begin "a log with a damaged header is named, and ends backup with a failure"
    run verify folder
    want_status 7
    want_message 'edb00003\.log'
    run backup folder -o set
    want_status 1 3 7
    want_message 'edb00003\.log'
    case_end
}

case_torn_current_log() {
    fresh_folder
    # The last write of segment 7 was cut; its shadow copy in segment 8 is whole.
    python3 - <<'PYTHON'
f = open("folder/edb.log", "r+b")
f.seek(7 * 4096)
whole = f.read(4096)
f.seek(8 * 4096)
f.write(whole)
f.seek(7 * 4096 + 512)
f.write(bytes(3584))
PYTHON
    case_begin "a last write that was cut short, with its shadow copy whole, is no damage"
    run verify folder
    want_status 0 3
    run backup folder -o set
    want_status 0 3
    run restore set -o back
    want_status 0 3
    want_same folder/mail.edb back/mail.edb
    case_end
}

case_foreign_log() {
    fresh_folder
    python3 - "$TEST_FOLDER" <<'PYTHON'
import struct, sys
sys.path.insert(0, sys.argv[1])
from hostile_files import xor_checksum
f = open("folder/edb00004.log", "r+b")
header = bytearray(f.read(4096))
header[44] ^= 0xFF
struct.pack_into("<I", header, 0, xor_checksum(header))
f.seek(0)
f.write(header)
PYTHON
    case_begin "a log of another log stream in the middle is noticed"
    run verify folder
    want_status 1 3 7
    want_message 'edb00004\.log'
    run backup folder -o set
    want_status 1 3 7
    want_message 'edb00004\.log'
    case_end
}

case_stray_files() {
    fresh_folder
    echo "not a log" >folder/edbnotes.log
    echo "not a database" >folder/readme.txt
    mkdir folder/edb00009.log
    case_begin "files that only look like logs, and strangers, do not disturb and are not backed up"
    run backup folder -o set
    want_status 0 3
    want_absent set/readme.txt set/edbnotes.log
    run restore set -o back
    want_status 0 3
    # shellcheck disable=SC2086 # names
    want_restored $backed_up
    case_end
}

cases() {
    case_whole
    case_needed_log_missing
    case_old_log_missing
    case_current_log_missing
    case_flipped_bit_in_log
    case_damaged_log
    case_damaged_log_header
    case_torn_current_log
    case_foreign_log
    case_stray_files
}

need_program python3 "databases with logs" || finish
make_sample sample.edb 1M
python3 "$TEST_FOLDER/log_folder.py" sample.edb whole || exit 1
native_and_wine cases
finish

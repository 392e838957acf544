#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2317 # programs for jq and other shells; cases are called by name
# No room: a full disk, a full device, a closed standard output. A clear message, and nothing under a final name.
. "$(dirname "$0")/lib.sh"

small_disk=
unmount_small_disk() {
    [ -z "$small_disk" ] || umount "$small_disk" 2>/dev/null
}
cleanup_hook=unmount_small_disk

# A disk of 4 MiB at ./small, for root.
mount_small_disk() {
    mkdir small
    mount -t tmpfs -o size=4m,mode=0777 coldstream-test small 2>/dev/null && small_disk=$scratch/small
}

case_backup_to_full_disk() {
    case_begin "backup to a full disk: a message with the set's name, exit 1, neither set nor partial set"
    run backup sample.edb -o small/set
    want_status 1
    want_message 'small/set'
    want_message 'space'
    want_empty_folder small
    case_end
}

case_restore_to_full_disk() {
    case_begin "restore to a full disk: a message, exit 1, no file under its name"
    run restore whole -o small/back
    want_status 1
    want_message 'sample\.edb|small/back'
    want_message 'space'
    want_empty_folder small/back
    rm -rf small/back
    case_end
}

case_stream_to_full_disk() {
    case_begin "backup --stdout to a file on a full disk: a message, exit 1, the file does not verify"
    run_into small/set.tar backup sample.edb --stdout
    want_status 1
    want_message 'space|standard output'
    run verify small/set.tar
    want_status 1 7
    case_end
    rm -f small/set.tar
}

case_space_comes_back() {
    case_begin "when there is room again the same backup works"
    run backup tiny.edb -o small/set
    want_status 0
    run verify small/set
    want_status 0
    case_end
    rm -rf small/set
}

# The same without a disk of our own: a limit on the size of files. The shell ignores SIGXFSZ, so the program gets EFBIG.
case_file_size_limit() {
    case_begin "a limit on the size of files ends backup and restore with a message, exit 1, and nothing is left"
    (
        trap '' XFSZ
        ulimit -f 2048
        "$COLDSTREAM" backup sample.edb -o limited/set </dev/null >"$kept/stdout" 2>"$kept/stderr"
    )
    status=$?
    want_status 1
    want_message 'limited/set'
    want_empty_folder limited
    (
        trap '' XFSZ
        ulimit -f 2048
        "$COLDSTREAM" restore whole -o limited/back </dev/null >"$kept/stdout" 2>"$kept/stderr"
    )
    status=$?
    want_status 1
    want_message 'sample\.edb|limited/back'
    want_empty_folder limited/back
    rm -rf limited/back
    case_end
}

case_full_device() {
    for what in "backup tiny.edb --stdout" "info tiny.edb" "dump tiny.edb --page 4" "verify tiny.edb --json" "--help"; do
        case_begin "coldstream $what >/dev/full: a message and exit 1"
        # shellcheck disable=SC2086 # the words are arguments
        run_into /dev/full $what
        want_status 1
        want_message 'space|standard output'
        case_end
    done
}

case_closed_output() {
    case_begin "backup --stdout with standard output closed: a message, exit 1 or 2, and no other file is written to"
    "$COLDSTREAM" backup tiny.edb --stdout </dev/null >&- 2>"$kept/stderr"
    status=$?
    : >"$kept/stdout"
    want_status 1 2
    want_message 'standard output|bad file'
    want_same tiny.edb tiny.copy
    case_end

    for closed in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
        case_begin "backup to a folder with $closed writes a sound set: no message goes into one of its files"
        sh -c "exec \"\$0\" backup damaged.edb -o set --keep-going -v $closed" "$COLDSTREAM" </dev/null >/dev/null 2>&1
        status=$?
        want_status 3 7
        run verify set
        want_status 7
        want_same damaged.edb set/damaged.edb
        case_end
        rm -rf set
    done

    case_begin "restore - with standard input closed is refused"
    timeout 60 "$COLDSTREAM" restore - -o back <&- >"$kept/stdout" 2>"$kept/stderr"
    status=$?
    want_status 1 2 7
    want_message '.'
    want_empty_folder back
    case_end
    rm -rf back
}

make_sample sample.edb 16M
make_sample tiny.edb 1M
cp tiny.edb tiny.copy
cp tiny.edb damaged.edb
printf 'XY' | dd of=damaged.edb bs=1 seek=100000 conv=notrunc 2>/dev/null
mkdir limited
"$COLDSTREAM" backup sample.edb -o whole >/dev/null 2>&1 </dev/null

if mount_small_disk; then
    case_backup_to_full_disk
    case_restore_to_full_disk
    case_stream_to_full_disk
    case_space_comes_back
else
    case_skip "backup and restore on a full disk" "no right to mount one"
fi
case_file_size_limit
case_full_device
case_closed_output
finish

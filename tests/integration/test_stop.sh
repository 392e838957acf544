#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2317 # programs for jq and other shells; cases are called by name
# Ctrl-C, SIGTERM and SIGKILL in the middle of a backup or restore: it ends within a second with the right status and
# leaves nothing that could be taken for a whole backup.
. "$(dirname "$0")/lib.sh"

# interrupted OPTIONS... -- ARGUMENTS...: sets status, took_ms, stuck_bytes.
interrupted() {
    rm -f "$kept/stderr" "$kept/stdout"
    : >"$kept/stdout"
    result=$(python3 "$TEST_FOLDER/interrupt.py" --stderr "$kept/stderr" "$@")
    read_result
}

# The line of interrupt.py in $result.
read_result() {
    status=${result#status=}
    status=${status%% *}
    took_ms=${result#*ms=}
    took_ms=${took_ms%% *}
    stuck_bytes=${result#*stuck_bytes=}
    case $status in
    late) detail "the command ended before the signal" && status=-1 ;;
    hang) detail "still running 10 s after the signal" && status=-1 ;;
    esac
}

want_within_a_second() {
    [ "$took_ms" -lt 1000 ] || detail "took $took_ms ms from signal to exit"
}

# exit status for a signal's name
status_of() {
    case $1 in
    INT) echo 130 ;;
    TERM | HUP) echo 143 ;;
    esac
}

# Two zero blocks, the end of a tar, are not at the end of FILE.
want_no_end_of_archive() {
    if [ "$(tail -c 1024 "$1" | tr -d '\0' | wc -c)" -eq 0 ] && [ "$(stat -c %s "$1")" -ge 1024 ] &&
        tar -tf "$1" >/dev/null 2>&1; then
        detail "GNU tar takes $1 for a whole archive"
    fi
    if tar -tf "$1" 2>/dev/null | grep -q coldstream-manifest; then
        detail "$1 has a manifest"
    fi
}

case_stop_to_folder() {
    case_begin "SIG$1 in the middle of a backup to a folder: exit $(status_of "$1"), no set, nothing partial"
    interrupted --signal "$1" --when-grown out 20000000 -- "$COLDSTREAM" backup big.edb -o out/set
    want_status "$(status_of "$1")"
    want_within_a_second
    want_absent out/set out/set.partial
    want_empty_folder out
    want_message 'stopped'
    case_end
    rm -rf out
    mkdir out
}

case_stop_to_pipe() {
    case_begin "SIG$1 while the reader of the pipe does not read: exit $(status_of "$1"), the tar has no end"
    interrupted --signal "$1" --stdout cut.tar -- "$COLDSTREAM" backup big.edb --stdout
    want_status "$(status_of "$1")"
    want_within_a_second
    want_no_end_of_archive cut.tar
    [ "$stuck_bytes" -ge 4096 ] || detail "nothing was in the pipe: the backup had not begun"
    run verify cut.tar
    want_status 1 7
    want_message 'cut\.tar'
    run restore cut.tar -o back
    want_status 1 7
    want_empty_folder back
    case_end
    rm -rf back cut.tar
}

case_stuck_messages() {
    case_begin "SIGINT while nobody reads standard error, full of messages: exit 130 within a second, nothing left"
    rm -f "$kept/stderr"
    result=$(python3 "$TEST_FOLDER/interrupt.py" --stuck-stderr "$kept/stderr" \
        -- "$COLDSTREAM" backup damaged.edb -o out/set --keep-going)
    read_result
    want_status 130
    want_within_a_second
    want_empty_folder out
    case_end
    rm -rf out
    mkdir out

    case_begin "SIGINT while nobody reads what verify finds: exit 130 within a second"
    result=$(python3 "$TEST_FOLDER/interrupt.py" --stdout "$kept/stdout" --stderr "$kept/stderr" \
        -- "$COLDSTREAM" verify damaged.edb --json)
    read_result
    want_status 130
    want_within_a_second
    case_end
}

case_next_backup_works() {
    case_begin "after a stopped backup the next one to the same name works"
    interrupted --signal INT --when-grown out 20000000 -- "$COLDSTREAM" backup big.edb -o out/set
    want_status 130
    run backup big.edb -o out/set
    want_status 0
    run verify out/set
    want_status 0
    case_end
    rm -rf out
    mkdir out
}

case_keep_partial() {
    case_begin "a stop with --keep-partial leaves SET.partial, which verify and restore refuse by name"
    interrupted --signal INT --when-grown out 20000000 -- "$COLDSTREAM" backup big.edb -o out/set --keep-partial
    want_status 130
    want_present out/set.partial
    want_absent out/set
    want_refused out/set.partial
    case_end
    rm -rf out
    mkdir out
}

# verify and restore say no, and name the set.
want_refused() {
    run verify "$1"
    want_status 1 7
    want_message "$(basename "$1")"
    run restore "$1" -o back
    want_status 1 7
    want_message "$(basename "$1")"
    want_empty_folder back
    rm -rf back
}

case_killed() {
    case_begin "SIGKILL in the middle of a backup leaves SET.partial alone, which verify and restore refuse"
    interrupted --signal KILL --when-grown out 20000000 -- "$COLDSTREAM" backup big.edb -o out/set
    want_status 137
    want_absent out/set
    want_present out/set.partial
    want_refused out/set.partial
    case_end

    case_begin "a set that was killed and then renamed by hand is refused all the same"
    mv out/set.partial out/renamed
    want_refused out/renamed
    case_end

    case_begin "what a killed backup left does not hinder the next one, or the message says what to do"
    mv out/renamed out/set.partial
    run backup big.edb -o out/set
    if [ "$status" -eq 0 ]; then
        run verify out/set
        want_status 0
    else
        want_message 'set\.partial'
        want_absent out/set
    fi
    case_end
    rm -rf out
    mkdir out
}

case_stop_restore() {
    case_begin "SIG$1 in the middle of a restore: exit $(status_of "$1"), no file under its name, nothing left"
    interrupted --signal "$1" --when-grown back 20000000 -- "$COLDSTREAM" restore whole.tar -o back
    want_status "$(status_of "$1")"
    want_within_a_second
    want_absent back/big.edb
    want_empty_folder back
    case_end
    rm -rf back

    case_begin "SIG$1 while a restore waits for standard input: exit $(status_of "$1"), nothing left"
    interrupted --signal "$1" --stdin-bytes whole.tar 30000000 --when-grown back 20000000 \
        -- "$COLDSTREAM" restore - -o back
    want_status "$(status_of "$1")"
    want_within_a_second
    want_absent back/big.edb
    want_empty_folder back
    case_end
    rm -rf back
}

case_killed_restore() {
    case_begin "SIGKILL in the middle of a restore leaves no file under its name; the next one says what to remove, and works"
    interrupted --signal KILL --when-grown back 20000000 -- "$COLDSTREAM" restore whole.tar -o back
    want_status 137
    want_absent back/big.edb
    run restore whole.tar -o back
    want_status 1
    want_stderr 'coldstream-restore\.partial.*remove'
    rm -rf back/coldstream-restore.partial
    run restore whole.tar -o back
    want_status 0
    want_same big.edb back/big.edb
    case_end
    rm -rf back
}

case_stop_verify() {
    case_begin "SIGINT in the middle of verify: exit 130 within a second"
    interrupted --signal INT --after 30 -- "$COLDSTREAM" verify big.edb big.edb big.edb big.edb big.edb big.edb \
        big.edb big.edb big.edb big.edb
    want_status 130
    want_within_a_second
    case_end
}

case_reader_goes_away() {
    case_begin "a reader that goes away ends the backup with a message, not with SIGPIPE"
    {
        "$COLDSTREAM" backup big.edb --stdout 2>"$kept/stderr"
        echo $? >"$kept/status"
    } | head -c 1000000 >/dev/null
    status=$(cat "$kept/status")
    want_status 1
    want_message '.'
    case_end
}

case_random_moments() {
    case_begin "stops at 40 moments of a backup to a folder: either whole with exit 0, or nothing with exit 130"
    whole=0 stopped=0 moment=0
    while [ "$moment" -lt 40 ]; do
        interrupted --signal INT --after $((moment * 2)) -- "$COLDSTREAM" backup small.edb -o out/set
        if [ "$status" = -1 ]; then
            # Ended before the signal: judged by what is there.
            case_details=
            status=0
        fi
        if [ "$status" -eq 0 ]; then
            whole=$((whole + 1))
            want_present out/set/coldstream-manifest.json
        else
            stopped=$((stopped + 1))
            want_status 130
            want_empty_folder out
        fi
        rm -rf out/set out/set.partial
        [ -z "$case_details" ] || break
        moment=$((moment + 1))
    done
    case_sentence="$case_sentence ($stopped stopped, $whole whole)"
    case_end
}

make_sample big.edb 256M
make_sample small.edb 8M
# Thousands of damaged pages.
cp big.edb damaged.edb
dd if=/dev/urandom of=damaged.edb bs=1M seek=1 count=60 conv=notrunc 2>/dev/null
mkdir out
"$COLDSTREAM" backup big.edb --stdout >whole.tar 2>/dev/null </dev/null

need_program python3 "stopping by signals" || finish
case_stop_to_folder INT
case_stop_to_folder TERM
case_stop_to_pipe INT
case_stop_to_pipe TERM
case_stop_to_pipe HUP
case_stuck_messages
case_next_backup_works
case_keep_partial
case_killed
case_stop_restore INT
case_stop_restore TERM
case_killed_restore
case_stop_verify
case_reader_goes_away
case_random_moments
finish

#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2317 # called by name
# The command line and the service: backup of a running instance, its stop from another terminal, Ctrl-C, a full disk, freezes,
# snapshots, and what is said when there is nobody to ask.
. "$(dirname "$0")/lib.sh"
# shellcheck source=private_bus.sh
. "$TEST_FOLDER/private_bus.sh"
# shellcheck source=service.sh
. "$TEST_FOLDER/service.sh"

# Until the other's backup has sent something.
wait_for_bytes() {
    tries=0
    until "$COLDSTREAM" status mail --json 2>/dev/null | grep -q '"bytes_done":[1-9]'; do
        tries=$((tries + 1))
        if [ $tries -gt 100 ]; then
            detail "no backup gets under way"
            return
        fi
        sleep 0.1
    done
}

# At most so fast that it is still under way when somebody does something about it.
start_slow_backup() {
    # A shell has its background ignore Ctrl-C, and who ignores it from the start goes on to.
    env --default-signal=INT "$COLDSTREAM" backup mail --max-rate 2M "$@" >slow.out 2>slow.err &
    slow=$!
    wait_for_bytes
}

want_slow_status() {
    wait "$slow"
    status=$?
    cp slow.err "$kept/stderr"
    want_status "$1"
}

want_no_backup() {
    "$COLDSTREAM" status mail --json >state 2>/dev/null
    ! grep -q '"backup"' state || detail "a backup is still there"
}

cases_of_backup() {
    case_begin "list and status know the instance"
    run list
    want_status 0
    want_stdout '^mail +running +configured +1 '
    run status --json
    want_status 0
    want_record "$kept/stdout" '.type == "service" and .state == "running"'
    want_record "$kept/stdout" '.type == "instance" and .label == "mail" and (.databases | length) == 1'
    want_record "$kept/stdout" '.type == "summary" and .exit_code == 0'
    case_end

    case_begin "status --watch says it again until Ctrl-C"
    env --default-signal=INT timeout --preserve-status -s INT 2.5 "$COLDSTREAM" status --watch --json \
        >"$kept/stdout" 2>"$kept/stderr"
    status=$?
    want_status 130
    [ "$(grep -c '"type":"service"' "$kept/stdout")" -ge 2 ] || detail "it was said once only"
    case_end

    case_begin "a running instance becomes a set that verifies, and is restored and recovered"
    run backup mail -o set
    want_status 0
    run verify set
    want_status 0
    run restore set -o back
    want_status 0
    run recover back
    want_status 0
    run verify --deep back
    want_sound
    run status mail --json
    want_record "$kept/stdout" '.type == "instance" and .last_full_backup.last_generation != null'
    case_end

    case_begin "the same as a tar archive"
    run_into set.tar backup mail --stdout
    want_status 0
    run verify set.tar
    want_status 0
    run restore set.tar -o back-tar
    want_status 0
    run recover back-tar
    want_status 0
    case_end

    case_begin "an incremental backup has logs alone, a copy is not recorded"
    run status mail --json
    grep -o '"last_full_backup":{[^}]*}' "$kept/stdout" >recorded
    run backup mail -o copy --copy
    want_status 0
    run status mail --json
    grep -o '"last_full_backup":{[^}]*}' "$kept/stdout" >recorded-after
    want_same recorded recorded-after
    run backup mail -o logs --incremental --json
    want_status 0
    want_record "$kept/stdout" '.type == "file" and .role == "log"'
    ! grep -q '"role":"database"' "$kept/stdout" || detail "there is a database in it"
    case_end

    case_begin "a file or folder of the name is meant, unless --live is given"
    mkdir mail.d && ln -s mail.d mail
    run backup mail -o path-set
    want_status 9
    want_absent path-set
    run backup mail --live -o live-set
    want_status 0
    rm mail
    case_end
}

cases_of_stops() {
    case_begin "stop from another terminal: exit status 4, the reason, nothing left behind, and the next works"
    start_slow_backup -o stopped
    run stop mail --reason 'a test'
    want_status 0
    want_stderr 'stopped: 1 backup'
    want_slow_status 4
    want_stderr 'a test'
    want_absent stopped stopped.partial
    want_no_backup
    run backup mail -o after-stop
    want_status 0
    case_end

    case_begin "a freeze stops it, too"
    start_slow_backup -o frozen
    run freeze --timeout 20
    want_status 0
    want_slow_status 4
    want_absent frozen frozen.partial
    run thaw
    want_status 0
    case_end

    case_begin "a stopped archive is none"
    start_slow_backup --stdout
    run stop --all
    want_status 0
    want_slow_status 4
    run verify slow.out
    want_status 1 7
    case_end

    case_begin "Ctrl-C ends the backup at once: 130, nothing left behind, the instance is free"
    start_slow_backup -o interrupted
    kill -INT "$slow"
    want_slow_status 130
    want_absent interrupted interrupted.partial
    want_no_backup
    case_end

    case_begin "a client that is killed leaves the instance free"
    start_slow_backup -o killed
    kill -KILL "$slow"
    wait "$slow" 2>/dev/null
    tries=0
    while [ $tries -lt 50 ] && "$COLDSTREAM" status mail --json | grep -q '"backup"'; do
        sleep 0.1
        tries=$((tries + 1))
    done
    want_no_backup
    run backup mail -o after-kill
    want_status 0
    case_end

    case_begin "only one at a time: the second is told to wait"
    start_slow_backup -o first
    run backup mail -o second
    want_status 8
    want_absent second second.partial
    run stop mail
    want_slow_status 4
    case_end
}

# As something does that the service's process has forked meanwhile.
hold_pipe() {
    holder=
    for fd in "/proc/$service_pid/fd"/*; do
        case $(readlink "$fd") in
        pipe:*)
            sleep 30 >>"$fd" &
            holder=$!
            return
            ;;
        esac
    done
    detail "the service has no pipe open"
}

case_of_a_held_pipe() {
    case_begin "a file is complete although somebody else holds its pipe open"
    "$COLDSTREAM" backup mail --max-rate 8M -o held >slow.out 2>slow.err &
    slow=$!
    wait_for_bytes
    hold_pipe
    want_slow_status 0
    kill "$holder" 2>/dev/null || detail "the backup waited for the end of the pipe"
    wait "$holder" 2>/dev/null
    run verify held
    want_status 0
    case_end
}

cases_of_freezes() {
    case_begin "freeze and thaw; thaw again; a freeze that ended by itself is exit status 10"
    run freeze mail --timeout 20
    want_status 0
    run status
    want_stdout 'frozen'
    run backup mail -o while-frozen
    want_status 8
    want_absent while-frozen while-frozen.partial
    run freeze mail
    want_status 8
    run snapshot mail -o while-frozen
    want_status 8
    want_absent while-frozen while-frozen.partial
    run thaw
    want_status 0
    run thaw
    want_status 0
    run freeze --timeout 1
    want_status 0
    sleep 1.5
    run thaw
    want_status 10
    case_end

    case_begin "a snapshot is recovered and sound, and the instance goes on"
    run snapshot mail -o snapshot
    want_status 0
    blocks_are_shared || want_message 'copied while it is frozen, in 60 seconds at most'
    want_absent snapshot.partial
    run recover snapshot
    want_status 0
    run verify --deep snapshot
    want_sound
    run status mail
    want_stdout 'state +running'
    run snapshot mail -o snapshot
    want_status 1
    case_end
}

# The scratch folder's file system makes a copy of a file without copying.
blocks_are_shared() {
    cp --reflink=always instance/a.edb shared.edb 2>/dev/null
}

# Halted in the middle of the first file for longer than the freeze lasts. It may be done before it is halted: then again.
case_of_a_slow_snapshot() {
    case_begin "a snapshot that takes longer than its freeze says so, copies nothing more, and leaves nothing"
    snapshot_tries=0
    status=0
    while [ "$status" -eq 0 ] && [ $snapshot_tries -lt 20 ]; do
        rm -rf slow-snapshot
        status=0
        python3 "$TEST_FOLDER/stop_copy.py" slow-snapshot.partial/a.edb 1.5 -- \
            "$COLDSTREAM" snapshot mail -o slow-snapshot --timeout 1 --json >"$kept/stdout" 2>"$kept/stderr" || status=$?
        snapshot_tries=$((snapshot_tries + 1))
    done
    want_status 10
    want_record "$kept/stdout" '.type == "error" and (.message | contains("--timeout"))'
    want_record "$kept/stdout" '.type == "summary" and .exit_code == 10 and .files == 1 and .cloned == 0'
    want_absent slow-snapshot slow-snapshot.partial
    run status mail
    want_stdout 'state +running'
    case_end
}

# `freeze mail` while the service sleeps, interrupted before it answers.
freeze_too_late() {
    kill -STOP "$service_pid"
    env --default-signal=INT "$COLDSTREAM" freeze mail --timeout 60 >"$kept/stdout" 2>"$kept/stderr" &
    freezer=$!
    sleep 0.5
    kill -INT $freezer
    sleep 0.2
    kill -CONT "$service_pid"
    wait $freezer
    status=$?
}

case_of_an_interrupted_freeze() {
    case_begin "a freeze that is interrupted is undone, and nobody else's is"
    freeze_too_late
    want_status 130
    run status mail
    want_stdout 'state +running'
    run freeze mail --timeout 60
    want_status 0
    freeze_too_late
    want_status 130
    run status mail
    want_stdout 'state +frozen'
    run thaw
    want_status 0
    case_end
}

cases_of_refusals() {
    case_begin "an unknown name is exit status 9, wherever it stands"
    run backup nobody -o nothing
    want_status 9
    want_stderr 'nor is there a file or folder named nobody'
    run stop nobody
    want_status 9
    run status nobody
    want_status 9
    run freeze nobody
    want_status 9
    run snapshot nobody -o nothing
    want_status 9
    want_absent nothing nothing.partial
    case_end

    case_begin "the bus may be named"
    address=$DBUS_SYSTEM_BUS_ADDRESS
    DBUS_SYSTEM_BUS_ADDRESS=unix:path=$scratch/nowhere
    run list --bus-address "$address"
    want_status 0
    run list
    want_status 6
    want_stderr 'bus cannot be reached'
    DBUS_SYSTEM_BUS_ADDRESS=$address
    case_end
}

# A small file system, where that can be had; else a limit for the size of a file.
case_of_a_full_disk() {
    mkdir -p small
    if ! mount -t tmpfs -o size=2m none small 2>/dev/null; then
        case_skip "a disk that becomes full leaves nothing behind" "no file system can be mounted"
        return
    fi
    case_begin "a disk that becomes full leaves nothing behind, and the instance free"
    run backup mail -o small/set
    want_status 1
    want_stderr 'space|full'
    want_empty_folder small
    want_no_backup
    run snapshot mail -o small/snapshot
    want_status 1
    want_stderr 'small/snapshot.partial/.*: No space left'
    want_empty_folder small
    run status mail
    want_stdout 'state +running'
    umount small
    case_end
}

cases_of_configuration() {
    case_begin "config check says what is wrong, and config unit-dropin what the unit needs"
    run config check --config coldstream.conf
    want_status 0
    want_stdout 'instance mail'
    sed 's/label/labl/' coldstream.conf >wrong.conf
    run config check --config wrong.conf
    want_status 2
    want_stdout 'wrong\.conf:2: .*labl'
    run config check --config wrong.conf --json
    want_status 2
    want_record "$kept/stdout" '.type == "note" and (.message | contains("labl"))'
    want_record "$kept/stdout" '.type == "summary" and .exit_code == 2'
    run config unit-dropin --config coldstream.conf
    want_status 0
    want_stdout '^\[Service\]'
    want_stdout "ReadWritePaths=.*/instance"
    run config frobnicate
    want_status 2
    case_end
}

cases_of_absence() {
    case_begin "a service that dies under a backup: exit status 6, nothing left behind"
    start_slow_backup -o orphaned
    kill -KILL "$service_pid"
    wait "$service_pid" 2>/dev/null
    service_pid=
    want_slow_status 6
    want_absent orphaned orphaned.partial
    case_end

    case_begin "when the service has gone: exit status 6 for every command"
    for command in list status thaw freeze 'stop mail' 'backup mail -o gone' 'snapshot mail -o gone'; do
        # shellcheck disable=SC2086
        run $command
        want_status 6
    done
    want_stderr 'service cannot be reached: coldstreamd does not run on this bus'
    want_absent gone gone.partial
    case_end
}

cli_cleanup() {
    umount small 2>/dev/null
    service_stop
}

need_service "the command line and the service" || finish
cleanup_hook=cli_cleanup
mkdir instance
make_sample instance/a.edb 8M
cat >coldstream.conf <<END
service: { runtime_path = "$scratch/run"; };
instance: { label = "mail"; system_path = "$scratch/instance"; databases = ( "$scratch/instance/a.edb" ); make_missing = true; };
END
case_begin "the service starts and opens its instance"
service_start && service_wait_running mail
case_end
cases_of_backup
cases_of_stops
case_of_a_held_pipe
cases_of_freezes
if blocks_are_shared; then
    case_skip "a snapshot that takes longer than its freeze" "nothing is copied here"
else
    case_of_a_slow_snapshot
fi
case_of_an_interrupted_freeze
cases_of_refusals
case_of_a_full_disk
cases_of_configuration
cases_of_absence
finish

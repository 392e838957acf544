#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2317 # called by name
# The program that guest agents run: what it asks of the service, and what it tells the agent, whatever the service does.
. "$(dirname "$0")/lib.sh"
# shellcheck source=private_bus.sh
. "$TEST_FOLDER/private_bus.sh"

hook=$(dirname "$COLDSTREAM")/freeze-hook
service=
service_name=org.coldstream.Backup1

service_stop() {
    [ -z "$service" ] || kill "$service" 2>/dev/null
    [ -z "$service" ] || wait "$service" 2>/dev/null
    service=
}

hook_cleanup() {
    service_stop
    bus_stop
}

# Starts the service in one of its ways.
service_start() {
    : >calls
    /usr/bin/python3 "$TEST_FOLDER/fake_manager.py" calls "$1" 2>service.log &
    service=$!
    bus_own $service_name $service || detail "the fake service does not come up: $(tail -n 1 service.log)"
}

# As an agent does: nothing to read, nothing in the environment but the way to the bus. What it says goes through a pipe.
run_hook() {
    : >"$kept/stdout"
    { env -i DBUS_SYSTEM_BUS_ADDRESS="$DBUS_SYSTEM_BUS_ADDRESS" timeout -k 5 60 "$hook" "$@" </dev/null 2>&1 >/dev/null
        echo $? >hook-status
    } | cat >"$kept/stderr"
    status=$(cat hook-status)
}

want_calls() {
    [ "$(cat calls)" = "$1" ] || detail "the service was called: $(cat calls)"
}

cases() {
    case_begin "freeze asks for a detached freeze of everything, with a deadline"
    service_start good
    run_hook freeze
    want_status 0
    want_calls 'Freeze instances=0 detached=1 timeout-ms=60000'
    want_no_stderr
    service_stop
    case_end

    for word in thaw freezeFail unfreeze; do
        case_begin "$word thaws, whether or not anything is frozen"
        service_start good
        run_hook $word 'a text from the host'
        want_status 0
        want_calls Thaw
        service_stop
        case_end
    done

    case_begin "a freeze that the service refuses is a failure, and no thaw is sent"
    service_start refuse
    run_hook freeze
    want_status 1
    want_stderr 'OSSnapshotNotAllowed'
    want_calls 'Freeze instances=0 detached=1 timeout-ms=60000'
    service_stop
    case_end

    case_begin "a thaw that comes after the deadline says so"
    service_start late
    run_hook thaw
    want_status 1
    want_stderr 'crash-consistent'
    service_stop
    case_end

    case_begin "a service that dies while it freezes is a failure"
    service_start silent
    (sleep 1 && kill -9 "$service") &
    run_hook freeze
    want_status 1
    service_stop
    case_end

    case_begin "other words, and none, are wrong usage"
    run_hook
    want_status 2
    run_hook melt
    want_status 2
    want_stderr 'usage: freeze-hook freeze'
    case_end
}

# Both have to do with what this machine's own /etc says.
cases_of_absence() {
    if [ -e /etc/coldstream ]; then
        case_skip "a package that lies around breaks nobody's snapshots" "/etc/coldstream is there"
        return
    fi
    case_begin "without the service, and with nothing configured, freeze and thaw succeed"
    run_hook freeze
    want_status 0
    run_hook thaw
    want_status 0
    want_no_stderr
    case_end

    case_begin "so they do without a bus"
    DBUS_SYSTEM_BUS_ADDRESS=unix:path=$scratch/nowhere
    run_hook freeze
    want_status 0
    run_hook thaw
    want_status 0
    case_end
}

case_of_silence() {
    case_begin "a freeze that is not answered in time fails, and is undone"
    hook=$(dirname "$COLDSTREAM")/freeze_hook_impatient
    service_start silent
    run_hook freeze
    want_status 1
    want_stderr 'not frozen'
    want_calls "$(printf 'Freeze instances=0 detached=1 timeout-ms=1000\nThaw')"
    service_stop
    hook=$(dirname "$COLDSTREAM")/freeze-hook
    case_end
}

if ! need_bus "the program that guest agents run"; then
    finish
fi
if ! /usr/bin/python3 -c 'import dbus.mainloop.glib, gi' 2>/dev/null; then
    case_skip "the program that guest agents run" "python3-dbus or python3-gi is missing"
    finish
fi
cleanup_hook=hook_cleanup
bus_start
cases
case_of_silence
cases_of_absence
finish

# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # lib.sh has them
# bus_service.sh - runs the cases of a Python file against coldstreamd on a bus of its own. Sourced behind lib.sh.

# The service lies beside the program.
: "${COLDSTREAMD:=$(dirname "$COLDSTREAM")/coldstreamd}"
export COLDSTREAM COLDSTREAMD

# The other implementation of the bus can be had, too; else it is skipped: its launcher wants a /run of its own (bus_broker.py).
bus_has_broker() {
    need_program dbus-broker-launch "$1" || return 1
    unshare --mount true 2>/dev/null && return
    case_skip "$1" "no mounts of its own here"
    return 1
}

# bus_cases FILE [also-sanitized]: the script's last command. On dbus-daemon, and on dbus-broker.
bus_cases() {
    need_program dbus-daemon "$1" || finish
    need_program python3 "$1" || finish
    [ -x "$COLDSTREAMD" ] || {
        case_skip "$1" "there is no $COLDSTREAMD"
        finish
    }
    python3 "$TEST_FOLDER/$1" 2>"$kept/stderr"
    bus_failed=$?
    if [ -n "${2:-}" ] && [ -x "$(dirname "${COLDSTREAM_ASAN:-/nowhere/x}")/coldstreamd" ]; then
        COLDSTREAMD=$(dirname "$COLDSTREAM_ASAN")/coldstreamd python3 "$TEST_FOLDER/$1" sanitized 2>>"$kept/stderr" || bus_failed=1
    fi
    if bus_has_broker "[dbus-broker] $1"; then
        mkdir broker # the first run has left its files here
        (cd broker && python3 "$TEST_FOLDER/$1" dbus-broker) 2>>"$kept/stderr" || bus_failed=1
    fi
    exit "$bus_failed"
}

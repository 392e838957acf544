# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # lib.sh has them
# service.sh - coldstreamd on a private bus. Sourced behind private_bus.sh.
#
#   need_service 'name of the script' || finish   skips where the program or the bus is missing
#   service_start                                 a bus, and the service with ./coldstream.conf on it
#   service_wait_running LABEL                    until the instance runs
#   service_stop                                  ends both
#
# The service's folder for its marker is ./run; its messages are in ./service.log.

service_pid=
service_program=$(dirname "$COLDSTREAM")/coldstreamd

need_service() {
    if [ ! -x "$service_program" ]; then
        case_skip "$1" "there is no coldstreamd beside coldstream"
        return 1
    fi
    need_bus "$1"
}

service_start() {
    mkdir -p run
    bus_start || return 1
    "$service_program" --config "$scratch/coldstream.conf" >service.log 2>&1 &
    service_pid=$!
    bus_own org.coldstream.Backup1 $service_pid && return 0
    detail "the service does not come up: $(tail -n 3 service.log)"
    return 1
}

service_wait_running() {
    service_tries=0
    until "$COLDSTREAM" status "$1" --json 2>/dev/null | grep -q '"type":"instance".*"state":"running"'; do
        service_tries=$((service_tries + 1))
        if [ $service_tries -gt 100 ]; then
            detail "$1 does not run: $(tail -n 3 service.log)"
            return 1
        fi
        sleep 0.1
    done
}

service_stop() {
    [ -z "$service_pid" ] || kill "$service_pid" 2>/dev/null
    [ -z "$service_pid" ] || wait "$service_pid" 2>/dev/null
    service_pid=
    bus_stop
}

# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034 # lib.sh has them
# in_chroot.sh - what scripts that run in a chroot (chroot.sh) have in common: a system bus, the service. Sourced behind lib.sh.

# The real configuration of a system bus; nobody else is on it.
system_bus_start() {
    mkdir -p /run/dbus
    dbus-daemon --system --nofork --nopidfile >/dev/null 2>"$scratch/.bus.log" &
    system_bus_wait 'test -S /run/dbus/system_bus_socket'
}

# COMMAND: until it succeeds, at most ten seconds.
system_bus_wait() {
    tries=0
    until sh -c "$1" >/dev/null 2>&1; do
        [ $tries -lt 200 ] || return 1
        sleep 0.05
        tries=$((tries + 1))
    done
}

# As its unit would start it.
service_start() {
    install -d -o coldstream -g coldstream /run/coldstream
    (cd / && STATE_DIRECTORY=/var/lib/coldstream RUNTIME_DIRECTORY=/run/coldstream exec setpriv --reuid coldstream \
        --regid coldstream --init-groups --bounding-set=-all --no-new-privs /usr/libexec/coldstream/coldstreamd) 2>"$scratch/.service.log" &
    service_pid=$!
    system_bus_wait 'dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner \
        string:org.coldstream.Backup1 | grep -q "boolean true"'
}

service_stop() {
    kill "$service_pid"
    wait "$service_pid"
}

# as USER COMMAND...: with the groups that the user has. In the background: as_exec, so that $! is the command.
as() {
    (as_exec "$@")
}

as_exec() {
    as_user=$1
    shift
    exec setpriv --reuid "$as_user" --regid "$(id -g "$as_user")" --init-groups "$@"
}

# USER DESTINATION PATH METHOD ARGUMENT...: what a program of that user is told, in stdout and stderr.
call_as() {
    call_user=$1 call_destination=$2
    shift 2
    status=0
    as "$call_user" dbus-send --system --print-reply --reply-timeout=5000 --dest="$call_destination" "$@" \
        >"$kept/stdout" 2>"$kept/stderr" || status=$?
}

# USER METHOD ARGUMENT...: of the manager.
manager_as() {
    manager_user=$1 manager_method=$2
    shift 2
    call_as "$manager_user" org.coldstream.Backup1 /org/coldstream/Backup1 "org.coldstream.Backup1.Manager.$manager_method" "$@"
}

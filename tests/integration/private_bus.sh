# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # lib.sh has them
# private_bus.sh - a bus of the script's own. Sourced behind lib.sh.
#
#   need_bus 'name of the script' || finish     skips where there is no dbus-daemon
#   bus_start                                   starts one; DBUS_SYSTEM_BUS_ADDRESS leads there, for all that follows
#   bus_own org.example.Name PID                waits until somebody owns the name, or PID has ended
#   bus_stop                                    ends it; done at the end of the script, too
#
# Everything may be sent and received on it: what is tested is not the policy.

bus_pid=

need_bus() {
    need_program dbus-daemon "$1" && need_program dbus-send "$1"
}

bus_start() {
    cat >"$scratch/.bus.conf" <<END
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>custom</type>
  <listen>unix:path=$scratch/.bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
END
    rm -f "$scratch/.bus" "$scratch/.bus.address"
    dbus-daemon --config-file="$scratch/.bus.conf" --nofork --print-address=3 3>"$scratch/.bus.address" \
        >/dev/null 2>"$scratch/.bus.log" &
    bus_pid=$!
    bus_tries=0
    while [ ! -s "$scratch/.bus.address" ] && [ $bus_tries -lt 100 ]; do
        sleep 0.05
        bus_tries=$((bus_tries + 1))
    done
    DBUS_SYSTEM_BUS_ADDRESS=$(cat "$scratch/.bus.address")
    export DBUS_SYSTEM_BUS_ADDRESS
    [ -n "$DBUS_SYSTEM_BUS_ADDRESS" ]
}

bus_has_owner() {
    dbus-send --bus="$DBUS_SYSTEM_BUS_ADDRESS" --print-reply --dest=org.freedesktop.DBus / \
        org.freedesktop.DBus.NameHasOwner string:"$1" 2>/dev/null | grep -q 'boolean true'
}

bus_own() {
    bus_tries=0
    while ! bus_has_owner "$1"; do
        if [ $bus_tries -ge 200 ] || ! kill -0 "$2" 2>/dev/null; then
            return 1
        fi
        sleep 0.05
        bus_tries=$((bus_tries + 1))
    done
}

bus_stop() {
    [ -z "$bus_pid" ] || kill "$bus_pid" 2>/dev/null
    [ -z "$bus_pid" ] || wait "$bus_pid" 2>/dev/null
    bus_pid=
}

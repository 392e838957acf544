#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2317 # called by name
# The example of a writer that is not an ESE engine (linux/examples/sqlite_writer.py): SQLite databases that are written to all the
# time are held for a snapshot, and let go by whatever ends it.
. "$(dirname "$0")/lib.sh"
# shellcheck source=private_bus.sh
. "$TEST_FOLDER/private_bus.sh"

python=/usr/bin/python3 # the one that Debian's modules are for
example=$TEST_FOLDER/../../linux/examples/sqlite_writer.py
service='' writer='' application=''

end() {
    [ -z "$1" ] || kill "$1" 2>/dev/null
    [ -z "$1" ] || wait "$1" 2>/dev/null
}

writer_cleanup() {
    end "$application"
    end "$writer"
    end "$service"
    bus_stop
}

service_up() {
    mkdir -p run
    RUNTIME_DIRECTORY=$scratch/run "$(dirname "$COLDSTREAM")/coldstreamd" --config "$scratch/service.conf" 2>>service.log &
    service=$!
    bus_own org.coldstream.Backup1 $service || detail "the service does not come up: $(tail -n 1 service.log)"
}

# COMMAND...: until it succeeds, at most ten seconds.
wait_until() {
    tries=0
    until "$@" >/dev/null 2>&1; do
        [ $tries -lt 200 ] || return 1
        sleep 0.05
        tries=$((tries + 1))
    done
}

registrations_are() {
    [ "$(grep -c '^registered as ' writer.out)" -eq "$1" ]
}

manager() {
    timeout 30 $python "$TEST_FOLDER/manager_call.py" "$@" >"$kept/stdout" 2>"$kept/stderr"
    status=$?
}

orders() {
    timeout 30 $python "$TEST_FOLDER/sqlite_orders.py" "$@"
}

# The application goes on writing.
want_writing() {
    writing_before=$(orders count orders.db)
    writing_more() {
        [ "$(orders count orders.db)" -gt "$writing_before" ]
    }
    wait_until writing_more || detail "nothing is written any more"
}

# As copied file by file, which takes a moment in which nothing may change.
want_image() {
    rows=$(orders count orders.db)
    mkdir image
    cp orders.db image/
    sleep 0.5
    [ ! -e orders.db-wal ] || cp orders.db-wal image/
    [ "$(orders count orders.db)" = "$rows" ] || detail "rows were added while it was frozen"
    [ "$(orders count image/orders.db 2>&1)" = "$rows" ] || detail "the image has not the $rows rows: $(orders count image/orders.db 2>&1)"
    rm -r image
}

cases() {
    case_begin "$1: the example registers with the service"
    rm -f orders.db* writer.out
    orders make orders.db "$1"
    $python "$TEST_FOLDER/sqlite_orders.py" write orders.db &
    application=$!
    service_up
    $python "$example" orders orders.db >writer.out 2>writer.err &
    writer=$!
    wait_until registrations_are 1 || detail "not registered: $(tail -n 1 writer.err)"
    want_writing
    case_end

    case_begin "$1: frozen, the database can be read and copied, and nobody changes it"
    manager freeze orders 20000
    want_status 0
    want_image
    manager thaw
    want_status 0
    want_writing
    case_end

    case_begin "$1: a freeze ends by itself; who thaws too late is told"
    manager freeze orders 1000
    want_status 0
    want_writing
    manager thaw
    want_stdout 'Error\.OSSnapshotTimeOut$'
    case_end

    case_begin "$1: nobody but the service may ask for a freeze"
    manager writer "$(writer_name)"
    want_stdout 'Error\.AccessDenied$'
    want_writing
    case_end

    case_begin "$1: a service that dies while it holds a freeze holds it no longer; the next one is registered with"
    manager freeze orders 20000
    want_status 0
    kill -9 "$service"
    wait "$service" 2>/dev/null
    want_writing
    service_up
    wait_until registrations_are 2 || detail "not registered again: $(tail -n 1 writer.err)"
    manager thaw
    want_stdout 'Error\.OSSnapshotTimeOut$'
    want_writing
    end "$service"
    service=
    case_end

    end "$writer"
    end "$application"
    writer='' application=''
}

# The unique name of the connection that the example has.
writer_name() {
    $python - "$writer" <<'PYTHON'
import sys
import dbus
bus = dbus.SystemBus()
for name in bus.list_names():
    if name.startswith(":") and bus.call_blocking("org.freedesktop.DBus", "/", "org.freedesktop.DBus",
                                                  "GetConnectionUnixProcessID", "s", (name,)) == int(sys.argv[1]):
        print(name)
PYTHON
}

name="the example of a writer for SQLite"
need_bus "$name" || finish
if ! $python -c 'import dbus.mainloop.glib, gi, sqlite3' 2>/dev/null; then
    case_skip "$name" "python3-dbus or python3-gi is missing"
    finish
fi
cleanup_hook=writer_cleanup
bus_start
echo 'service: { log_level = "debug"; };' >service.conf
cases wal
cases delete
finish

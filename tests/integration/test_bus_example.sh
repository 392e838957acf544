#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2317 # called by name
# The example of a client of the bus (linux/examples/whole_backup.py): a whole backup with python3-dbus alone, and one that is stopped
# from another terminal.
. "$(dirname "$0")/lib.sh"
# shellcheck source=private_bus.sh
. "$TEST_FOLDER/private_bus.sh"
# shellcheck source=service.sh
. "$TEST_FOLDER/service.sh"

python=/usr/bin/python3 # the one that Debian's modules are for
example=$TEST_FOLDER/../../linux/examples/whole_backup.py

case_whole() {
    case_begin "python3-dbus alone makes a whole backup, which recovers and verifies"
    $python "$example" mail saved >"$kept/stdout" 2>"$kept/stderr" || detail "exit status $?"
    want "it names no logs" grep -q '^log generations ' "$kept/stdout"
    run recover saved
    want_status 0
    run verify saved/mail.edb --deep
    want_status 0
    case_end
}

case_stopped() {
    case_begin "stopped from another terminal, it is told BackupAbortByServer and exits with 4; the next one works"
    $python "$example" mail stopped --max-rate 65536 >"$kept/stdout" 2>"$kept/stderr" &
    client=$!
    tries=0
    until [ -s stopped/mail.edb ] || [ $tries -gt 200 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
    run stop mail
    want_status 0
    wait $client
    status=$?
    [ $status -eq 4 ] || detail "exit status $status, expected 4"
    $python "$example" mail again >"$kept/stdout" 2>"$kept/stderr" || detail "the next one: exit status $?"
    case_end
}

need_service "a backup with python3-dbus" || finish
$python -c 'import dbus' 2>/dev/null || {
    case_skip "a backup with python3-dbus" "no python3-dbus"
    finish
}
cleanup_hook=service_stop
mkdir mail instances.d
run demo --make "$scratch/mail/mail.edb" --size 4M --page-size 4096
cat >coldstream.conf <<END
service: { page_size = 4096; };
END
cat >instances.d/mail.conf <<END
instance: { label = "mail"; system_path = "$scratch/mail"; databases = ( "$scratch/mail/mail.edb" ); log_file_kib = 128; };
END
case_begin "the service starts, and opens the database"
service_start
service_wait_running mail
case_end
case_whole
case_stopped
finish

#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2317 # called by name
# test_windows_service.sh - coldstreamd.exe under the service manager of Wine, and coldstream.exe against it.
#
# The service has a name of this script's own, and so have its pipe and its event source: others may use the same Wine.
. "$(dirname "$0")/lib.sh"

if [ -z "${COLDSTREAM_WINE:-}" ]; then
    case_skip 'the service on Windows' 'COLDSTREAM_WINE is not set'
    finish
fi
wine_up
runner=wine
service="cs test $$"
pipe="\\\\.\\pipe\\$service"
daemon=$(dirname "$COLDSTREAM_WINE")/coldstreamd.exe
folder=Z:$(printf '%s' "$scratch" | sed 's|/|\\|g')

# Every helper of the script that is left goes, and the service with it.
helpers=
cleanup() {
    # shellcheck disable=SC2086
    [ -z "$helpers" ] || kill $helpers 2>/dev/null
    timeout -k 5 60 wine "$daemon" remove --name "$service" </dev/null >/dev/null 2>&1
}
cleanup_hook=cleanup

# daemon ARGUMENT...: coldstreamd.exe, as `run`.
daemon() {
    timeout -k 5 "$run_limit" wine "$daemon" "$@" </dev/null >"$kept/stdout" 2>"$kept/stderr"
    status=$?
    run_judge "$@"
}

# net VERB: what an administrator types.
net() {
    timeout -k 5 "$run_limit" wine net "$1" "$service" </dev/null >"$kept/stdout" 2>"$kept/stderr"
    status=$?
}

ask() {
    ask_command=$1
    shift
    run "$ask_command" --bus-address "$pipe" "$@"
}

# until_true WORDS COMMAND...: waits for a condition, a minute at most: on an idle machine it takes one or two seconds.
until_true() {
    until_words=$1
    shift
    until_end=$(($(date +%s) + 60))
    while ! "$@" >/dev/null 2>&1; do
        if [ "$(date +%s)" -ge "$until_end" ]; then
            detail "never: $until_words"
            return
        fi
        sleep 0.1
    done
}

# configuration LINE...: what the service is to read.
configuration() {
    printf '%s\n' "$@" >c.conf
}

instance() {
    printf '{ label = "%s"; system_path = "%s"; databases = ( "%s" ); make_missing = true; }' "$1" \
        "$(printf '%s' "$folder\\$1" | sed 's/\\/\\\\/g')" "$(printf '%s' "$folder\\$1\\a b.edb" | sed 's/\\/\\\\/g')"
}

mkdir mail büro
good_lines() {
    configuration 'service: { freeze_timeout_ms = 60000; };' "instances: ( $(instance mail)," "$(instance büro) );"
}

# --- the configuration ---

case_begin 'a configuration is checked without a service'
good_lines
daemon --check-config c.conf
want_status 0
want_stdout '^instance mail \(c\.conf:2\)'
configuration 'service: { freeze_timeout_ms = 7; };'
daemon --check-config c.conf
want_status 2
want_stderr 'c\.conf:1: freeze_timeout_ms must be'
configuration "instances: ( $(instance mail), $(instance Mail) );"
daemon --check-config c.conf
want_status 2
want_stderr 'c\.conf:1: the label mail stands in c\.conf:1 already'
configuration "instances: ( $(instance 'a\\\\b') );"
daemon --check-config c.conf
want_status 2
want_stderr 'c\.conf:1: the label must have no backslash'
configuration 'writers: ( { label = "shop"; user = "shop"; } );'
daemon --check-config c.conf
want_status 2
want_stderr 'c\.conf:1: on this platform applications cannot lend instances'
case_end

case_begin 'a service whose configuration is wrong says so and ends with its own exit code'
configuration 'instance: { label = "mail"; system_path = "relative"; databases = ( "x" ); };'
daemon run --name "$service" --config c.conf
want_status 2
want_stderr 'its configuration is wrong: c\.conf:1: system_path must be an absolute path'
daemon install --name "$service" --config "$folder\\c.conf"
want_status 0
net start
wine sc query "$service" </dev/null >"$kept/stdout" 2>/dev/null
want_stdout 'SERVICE_EXIT_CODE *: 2 '
want_stdout 'STATE *: 1 '
case_end

# --- install, start ---

case_begin 'an installed service is registered with a quoted path, starts with the system and starts again after a failure'
good_lines
daemon install --name "$service" --config "$folder\\c.conf"
want_status 0
wine reg query "HKLM\\SYSTEM\\CurrentControlSet\\Services\\$service" </dev/null >"$kept/stdout" 2>/dev/null
want_stdout "ImagePath .* \"[A-Z]:.*coldstreamd\\.exe\" service --name \"$service\" --config \""
want_stdout 'Start .*0x2'
want_stdout 'Description .*Extensible Storage Engine'
wine reg query "HKLM\\SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\$service" </dev/null >"$kept/stdout" 2>/dev/null
want_stdout 'EventMessageFile .*coldstreamd\.exe'
case_end

case_begin 'without a service the commands say so'
ask list
want_status 6
want_stderr 'cannot be reached'
case_end

case_begin 'the service starts, and has recovered its instances when the manager says that it runs'
net start
want_status 0
runs() {
    wine sc query "$service" </dev/null 2>/dev/null | grep -q 'STATE *: 4 '
}
until_true 'the manager says that it runs' runs
ask list
want_status 0
want_stdout '^mail +running +configured +1 '
want_stdout '^büro +running +configured +1 '
case_end
[ "$cases_failed" -eq 0 ] || finish

# A backup at a rate at which it would last for many minutes: only a stop, or its own end, can end it.
begin_slow() {
    wine "$COLDSTREAM_WINE" backup --live büro -o slow --max-rate 10K --bus-address "$pipe" </dev/null >slow.out 2>slow.err &
    slow=$!
    helpers=$slow
    until_true 'the backup moves bytes' is_under_way
}

is_under_way() {
    ask status büro --json && jq -e -s 'any(.[]; .backup.bytes_done > 0)' "$kept/stdout"
}

# --- asking ---

case_begin 'status tells of one instance, by words and as JSON'
ask status mail
want_status 0
want_stdout 'a b\.edb'
ask status büro --json
want_status 0
want_record "$kept/stdout" '.type == "instance" and .label == "büro" and .state == "running"'
ask status nobody
want_status 9
case_end

case_begin 'a running instance is backed up, and the set is sound'
ask backup --live mail -o set
want_status 0
run verify set
want_status 0
ask status mail --json
want_record "$kept/stdout" '.type == "instance" and .last_full_backup.finished != "never"'
case_end

case_begin 'a backup that is under way is stopped from outside, exits with 4 and leaves nothing'
begin_slow
ask status büro
want_stdout '^ *phase '
want_not 'a user is named' grep 'of user' "$kept/stdout"
ask backup --live büro -o other
want_status 8
ask stop büro --reason 'maintenance'
want_status 0
want_message 'stopped: 1 backup'
wait "$slow"
status=$?
helpers=
want_status 4
cp slow.err "$kept/stderr"
want_stderr 'maintenance'
want_absent slow slow.partial other
ask stop büro
want_status 0
want_message 'no backup was under way'
ask backup --live büro -o again
want_status 0
case_end

case_begin 'the backup of a client that dies is over at once'
begin_slow
kill -9 "$slow"
wait "$slow" 2>/dev/null
helpers=
is_over() {
    ask status büro --json && jq -e -s 'all(.[]; .backup == null)' "$kept/stdout"
}
until_true 'the backup of the dead client is over' is_over
rm -rf slow slow.partial
case_end

# --- freezes ---

case_begin 'a freeze outlives the command, refuses backups, and ends by a thaw'
ask freeze --timeout 120
want_status 0
ask list
want_stdout '^mail +frozen '
ask freeze mail
want_status 8
ask backup --live mail -o frozen
want_status 8
ask thaw
want_status 0
want_message 'thawed: 2 instances'
ask list
want_stdout '^mail +running '
ask freeze nobody
want_status 9
case_end

case_begin 'a freeze that nobody thaws ends by its deadline, and the thaw says that it was too late'
ask freeze mail --timeout 1
want_status 0
is_running() {
    ask status mail --json && jq -e -s 'any(.[]; .type == "instance" and .state == "running")' "$kept/stdout"
}
until_true 'the instance thaws by itself' is_running
ask thaw
want_status 10
ask thaw
want_status 0
case_end

case_begin 'a freeze stops a backup whose client sleeps, and waits for nobody'
begin_slow
ask freeze büro --timeout 120
want_status 0
wait "$slow"
status=$?
helpers=
want_status 4
want_absent slow slow.partial
ask thaw
want_status 0
case_end

# --- the end ---

case_begin 'a stop during a freeze and a backup ends both, and the instances cleanly'
begin_slow
ask freeze mail --timeout 120
want_status 0
net stop
want_status 0
wait "$slow"
status=$?
helpers=
[ "$status" -ne 0 ] || detail 'the backup says that it is done'
want_absent slow slow.partial
for name in mail büro; do
    run info "$name/a b.edb"
    want_status 0
    want_stdout 'clean shutdown|CleanShutdown|state +clean'
done
wine sc query "$service" </dev/null >"$kept/stdout" 2>/dev/null
want_stdout 'STATE *: 1 '
want_stdout 'SERVICE_EXIT_CODE *: 0 '
case_end

case_begin 'a removed service is gone, with its event source, and its data are there'
net start
want_status 0
daemon remove --name "$service"
want_status 0
wine sc query "$service" </dev/null >"$kept/stdout" 2>/dev/null
want_not 'the service is still there' grep -q STATE "$kept/stdout"
want_not 'the event source is still there' wine reg query "HKLM\\SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\$service"
want_present 'mail/a b.edb'
daemon remove --name "$service"
want_status 0
case_end

finish

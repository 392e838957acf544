#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR
# The stranger's hour: on a clean Debian 12 the packages are installed, the service is started, an application at work is backed up,
# frozen by the guest agent, thawed, restored, recovered, verified. The cases are in in_chroot_strangers_hour.sh. Then the system is
# booted, and the service runs in its sandbox.
. "$(dirname "$0")/lib.sh"
# shellcheck source=chroot.sh
. "$TEST_FOLDER/chroot.sh"

chroot_with_packages "the stranger's hour" || finish
cp "$TEST_FOLDER/lib.sh" "$TEST_FOLDER/in_chroot.sh" "$TEST_FOLDER/in_chroot_strangers_hour.sh" "$(dirname "$COLDSTREAM")/guests" "$(dirname "$COLDSTREAM")/tills" root/test/
chroot_run root sh /test/in_chroot_strangers_hour.sh || cases_failed=1

nspawn=''

# Asked to end, the system shuts down.
boot_cleanup() {
    [ -n "$nspawn" ] || return
    kill "$nspawn" 2>/dev/null
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        kill -0 "$nspawn" 2>/dev/null || break
        sleep 1
    done
    kill -9 "$nspawn" 2>/dev/null
    wait "$nspawn" 2>/dev/null
    nspawn=
}

# COMMAND...: in the booted system. Its first process is a child of the program that boots it; another one goes before it.
booted() {
    leader=$(cut -d ' ' -f 1 "/proc/$nspawn/task/$nspawn/children")
    [ -n "$leader" ] || return
    nsenter --target "$leader" --all env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 timeout 60 "$@"
}

# COMMAND...: in the booted system, until it succeeds; half a minute at most.
booted_until() {
    tries=0
    until booted sh -c "$1" >/dev/null 2>&1; do
        [ $tries -lt 150 ] || return 1
        sleep 0.2
        tries=$((tries + 1))
    done
}

boot() {
    systemd-nspawn --quiet --register=no --keep-unit --boot --directory=root </dev/null >boot.log 2>&1 &
    nspawn=$!
    booted_until 'systemctl is-system-running | grep -qx -e running -e degraded'
}

run_booted() {
    booted "$@" >"$kept/stdout" 2>"$kept/stderr"
    status=$?
}

boot_cases() {
    case_begin "booted, the service runs, without capabilities and with a filter of system calls"
    want "it does not" booted_until 'coldstream list | grep -q "book.*running"'
    run_booted systemctl is-active coldstreamd
    want_status 0
    # shellcheck disable=SC2016 # for the shell in there
    run_booted sh -c 'cat "/proc/$(systemctl show --property=MainPID --value coldstreamd)/status"'
    want_stdout '^CapBnd:.0+$'
    want_stdout '^NoNewPrivs:.1$'
    want_stdout '^Seccomp:.2$'
    case_end

    case_begin "in there it backs up, freezes, and reads its configuration again"
    run_booted coldstream backup book -o /root/book
    want_status 0
    run_booted sh -c 'coldstream freeze --timeout 20 book && coldstream thaw'
    want_status 0
    run_booted systemctl reload coldstreamd
    want_status 0
    case_end

    case_begin "killed, it is started again; stopped, the first call starts it"
    run_booted systemctl kill --signal=KILL coldstreamd
    want_status 0
    # shellcheck disable=SC2016 # for the shell in there
    want "it does not come back" booted_until '[ "$(systemctl show --property=NRestarts --value coldstreamd)" = 1 ] &&
        coldstream list | grep -q "book.*running"'
    run_booted systemctl stop coldstreamd
    want_status 0
    run_booted coldstream list
    want_status 0
    case_end
}

need_program systemd-nspawn "the service in its sandbox" || finish
cleanup_hook=boot_cleanup
if boot; then
    boot_cases
else
    case_skip "the service in its sandbox" "the system does not boot here: $(tail -n 1 boot.log)"
fi
boot_cleanup
finish

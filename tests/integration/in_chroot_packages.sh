#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR
# in_chroot_packages.sh - the cases of test_packages_installed.sh; runs in the chroot.
export COLDSTREAM=/usr/bin/coldstream
# shellcheck source=lib.sh
. /test/lib.sh
# shellcheck source=in_chroot.sh
. /test/in_chroot.sh

conf=/etc/coldstream/coldstream.conf

want_nothing_half_done() {
    [ -z "$(dpkg --audit)" ] || detail "dpkg --audit: $(dpkg --audit)"
}

# What it says is for the reader of a failed case.
apt() {
    apt-get --yes --no-install-recommends -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" \
        </dev/null >"$kept/stdout" 2>"$kept/stderr" || detail "apt-get $1 ends with $?"
}

install_case() {
    case_begin "the packages install on a clean system, and the program works there"
    apt install /test/packages/*.deb
    want_nothing_half_done
    run --version
    want_status 0
    run verify /test/sample.edb
    want_status 9
    want "the hook" test -x /usr/libexec/coldstream/freeze-hook
    case_end
}

library_case() {
    case_begin "a program finds the library"
    mkdir book
    /test/guests book alice "was here first" >"$kept/stdout" 2>"$kept/stderr" || detail "it ends with $?"
    run info book/*.edb
    want_status 0
    case_end
}

account_case() {
    case_begin "the account and its folders are there, and the configuration is not for everybody"
    [ "$(stat -c '%U:%G %a' /var/lib/coldstream)" = 'coldstream:coldstream 750' ] || detail "$(stat /var/lib/coldstream)"
    [ "$(stat -c '%U:%G %a' $conf)" = 'root:coldstream 640' ] || detail "$(stat $conf)"
    want "the unit is not enabled" test -L /etc/systemd/system/multi-user.target.wants/coldstreamd.service
    case_end
}

link_case() {
    case_begin "guest agents find the hook"
    [ "$(readlink /etc/qemu/fsfreeze-hook.d/50-coldstream)" = /usr/libexec/coldstream/freeze-hook ] || detail "no link for QEMU"
    case_end
}

# Not even sent on: the service never sees it.
want_refused_by_the_bus() {
    [ "$status" -ne 0 ] || detail "allowed"
    want_stderr 'AccessDenied: (Rejected send message|Request to own name refused|Connection .* is not allowed to own)'
}

# An administrator lets somebody in who is no member: what that one may do is polkit's affair alone.
admit_games() {
    cat >/etc/dbus-1/system.d/games.conf <<END
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <policy user="games"><allow send_destination="org.coldstream.Backup1"/></policy>
</busconfig>
END
}

# The real one, with our actions and our rule as they are installed.
polkit_start() {
    /usr/lib/polkit-1/polkitd --no-debug >/dev/null 2>"$scratch/.polkit.log" &
    system_bus_wait 'dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner \
        string:org.freedesktop.PolicyKit1 | grep -q "boolean true"'
}

# USER, GRANTED..., in alphabetical order: polkit's answer for each of our actions, about a process of that user.
want_granted() {
    granted_user=$1
    shift
    as_exec "$granted_user" sleep 60 &
    granted_process=$!
    system_bus_wait "test $(id -u "$granted_user") -eq \$(stat -c %u /proc/$granted_process)" || detail "it does not change its user"
    granted=
    for action in admin backup freeze status stop truncate writer; do
        pkcheck --action-id org.coldstream.backup1.$action --process $granted_process >"$kept/stdout" 2>"$kept/stderr" && granted="$granted $action"
    done
    kill $granted_process
    wait $granted_process 2>/dev/null
    [ "$granted" = " $*" ] || detail "$granted_user: $granted"
}

want_refused_by_polkit() {
    [ "$status" -ne 0 ] || detail "allowed"
    want_stderr 'InteractiveAuthorizationRequired'
}

# Users: as above; games. None of them has an agent that could ask a person.
polkit_cases() {
    case_begin "polkit's rule gives members all but truncating and configuring, and others nothing but a look"
    want_granted backup backup freeze status stop writer
    want_granted games status
    want_granted nobody status
    case_end

    case_begin "the service does as polkit says"
    manager_as backup StopAllBackups string:test
    want_status 0
    manager_as backup Thaw
    want_status 0
    manager_as backup Reload
    want_refused_by_polkit
    manager_as games ListInstances
    want_status 0
    for call in 'StopAllBackups string:test' Thaw Reload; do
        # shellcheck disable=SC2086
        manager_as games $call
        want_refused_by_polkit
    done
    manager_as root Reload
    want_status 0
    case_end

    case_begin "without the rule, members are like others; with it again, they are members"
    rule=/usr/share/polkit-1/rules.d/org.coldstream.backup1.rules
    ask='pkcheck --action-id org.coldstream.backup1.stop --process'
    as_exec backup sleep 60 &
    member=$!
    mv $rule aside.rules
    want "still granted" system_bus_wait "! $ask $member"
    manager_as backup StopAllBackups string:test
    want_refused_by_polkit
    mv aside.rules $rule
    want "not granted any more" system_bus_wait "$ask $member"
    manager_as backup StopAllBackups string:test
    want_status 0
    kill $member
    wait $member 2>/dev/null
    case_end
}

# Users: root; backup, whom we put into the group; nobody, a stranger.
policy_cases() {
    usermod --append --groups coldstream backup
    admit_games
    system_bus_start || detail "no bus: $(tail -n 1 "$scratch/.bus.log")"
    polkit_start || detail "no polkitd: $(tail -n 1 "$scratch/.polkit.log")"
    service_start || detail "no service: $(tail -n 1 "$scratch/.service.log")"

    for user in root backup coldstream; do
        case_begin "$user may ask the service"
        manager_as $user ListInstances
        want_status 0
        case_end
    done

    case_begin "a stranger may not, but may look at what can be asked"
    manager_as nobody ListInstances
    want_refused_by_the_bus
    call_as nobody org.coldstream.Backup1 /org/coldstream/Backup1 org.freedesktop.DBus.Properties.GetAll \
        string:org.coldstream.Backup1.Manager
    want_refused_by_the_bus
    call_as nobody org.coldstream.Backup1 /org/coldstream/Backup1 org.freedesktop.DBus.Introspectable.Introspect
    want_stdout 'org\.coldstream\.Backup1\.Manager'
    call_as nobody org.coldstream.Backup1 /org/coldstream/Backup1 org.freedesktop.DBus.Peer.Ping
    want_status 0
    status=0
    as nobody coldstream list >"$kept/stdout" 2>"$kept/stderr" || status=$?
    want_status 5
    want_stderr 'only root and members of the group coldstream'
    case_end

    case_begin "nobody but the service's user takes its name"
    for user in root backup nobody; do
        call_as $user org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus.RequestName \
            string:org.coldstream.Backup1 uint32:0
        want_refused_by_the_bus
    done
    case_end
}

# An application of the user backup. Its object is reached by the service alone.
writer_case() {
    case_begin "an application registers, is frozen by the service, and cannot be reached by others"
    install -d -o backup -g backup /srv/shop
    as backup python3 -c 'import sqlite3; sqlite3.connect("/srv/shop/orders.db").execute("CREATE TABLE orders (n INTEGER)")'
    as_exec backup python3 /usr/share/doc/coldstream/examples/sqlite_writer.py orders /srv/shop/orders.db >writer.out 2>writer.err &
    writer=$!
    system_bus_wait "grep -q '^registered' $scratch/writer.out" || detail "not registered: $(tail -n 1 writer.err)"
    name=$(unique_name)
    [ -n "$name" ] || detail "it has no connection"
    for user in root backup nobody; do
        call_as $user "$name" /org/coldstream/Backup1/writer/1 org.coldstream.Backup1.Writer.Prepare uint32:1 uint32:0
        want_refused_by_the_bus
    done
    as backup python3 /test/manager_call.py freeze orders 20000 >"$kept/stdout" 2>"$kept/stderr" || detail "no freeze"
    want_not "not frozen" as backup python3 -c \
        'import sqlite3; sqlite3.connect("/srv/shop/orders.db", timeout=0.2, isolation_level=None).execute("INSERT INTO orders VALUES (1)")'
    as backup python3 /test/manager_call.py thaw >"$kept/stdout" 2>"$kept/stderr" || detail "no thaw"
    want "still frozen" as backup python3 -c \
        'import sqlite3; sqlite3.connect("/srv/shop/orders.db", timeout=5, isolation_level=None).execute("INSERT INTO orders VALUES (1)")'
    kill "$writer"
    wait "$writer" 2>/dev/null
    case_end
}

# Of the application's connection.
unique_name() {
    dbus-send --system --print-reply=literal --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames |
        tr -s ' ' '\n' | grep '^:' | while read -r unique; do
        dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetConnectionUnixProcessID \
            string:"$unique" 2>/dev/null | grep -q "uint32 $writer\$" && echo "$unique"
    done
}

upgrade_case() {
    case_begin "an upgrade keeps what the administrator edited and removed"
    echo '# edited' >>$conf
    rm -f /etc/qemu/fsfreeze-hook.d/50-coldstream
    systemctl disable coldstreamd.service >/dev/null 2>&1
    apt install /test/later/coldstream.deb
    want "the edit is gone" grep -q '^# edited' $conf
    want "the new default is not beside it" grep -q '^# new' $conf.dpkg-dist
    [ "$(stat -c '%U:%G %a' $conf)" = 'root:coldstream 640' ] || detail "mode of the configuration: $(stat -c '%U:%G %a' $conf)"
    want_absent /etc/qemu/fsfreeze-hook.d/50-coldstream /etc/systemd/system/multi-user.target.wants/coldstreamd.service
    want_nothing_half_done
    case_end
}

remove_case() {
    case_begin "removed, the configuration stays; installed again, it is as edited"
    apt remove coldstream
    want_absent /usr/bin/coldstream /etc/qemu/fsfreeze-hook.d/50-coldstream /usr/libexec/coldstream
    want "the edit is gone" grep -q '^# edited' $conf
    apt install /test/later/coldstream.deb
    want "the edit is gone after installing again" grep -q '^# edited' $conf
    want_nothing_half_done
    case_end
}

purge_case() {
    case_begin "a purge leaves no trace but databases"
    mkdir -p /var/lib/coldstream/mail /etc/coldstream/instances.d
    echo data >/var/lib/coldstream/mail/mail.edb
    echo mine >/etc/coldstream/instances.d/mail.conf
    apt purge coldstream libesent-dev libesent1
    want_present /var/lib/coldstream/mail/mail.edb /etc/coldstream/instances.d/mail.conf
    want_absent $conf /usr/bin/coldstream /usr/include/coldstream /usr/share/doc/coldstream
    rm -r /var/lib/coldstream /etc/coldstream
    left=$(find / -xdev -iname '*coldstream*' -not -path '/test/*' -not -path '/proc/*' -not -path "$scratch*")
    [ -z "$left" ] || detail "left: $left"
    want_nothing_half_done
    case_end
}

install_case
library_case
link_case
account_case
policy_cases
polkit_cases
writer_case
service_stop
upgrade_case
remove_case
purge_case
finish

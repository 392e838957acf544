#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR
# The files by which the service becomes part of a system: the unit and its sandbox, bus, polkit, accounts.
. "$(dirname "$0")/lib.sh"

system=$TEST_FOLDER/../../installer/linux/system

# As installed, but for the program, which is not on this machine.
plain_unit() {
    sed 's|^ExecStart=.*|ExecStart=/bin/true|' "$system/coldstreamd.service.in" >coldstreamd.service
}

# Its exit status says nothing about unknown keys; what it prints does.
verify_unit() {
    systemd-analyze verify --man=no ./"$1" >"$kept/stdout" 2>"$kept/stderr"
}

unit_cases() {
    plain_unit
    case_begin "systemd finds nothing to say about the unit"
    verify_unit coldstreamd.service || detail "exit status $?"
    [ ! -s "$kept/stderr" ] || detail "it says something"
    case_end

    case_begin "and would have, about a key that it does not know"
    sed 's/^ProtectClock=/ProtectClocks=/' coldstreamd.service >coldstreamd-wrong.service
    verify_unit coldstreamd-wrong.service
    grep -q 'ProtectClocks' "$kept/stderr" || detail "it does not"
    case_end

    case_begin "the exposure of the unit is at most 2.0"
    systemd-analyze --offline=true security --threshold=20 ./coldstreamd.service >"$kept/stdout" 2>"$kept/stderr" ||
        detail "$(tail -n 1 "$kept/stdout")"
    case_end

    case_begin "which is more than the unit has without its sandbox"
    sed '/^Protect/d; /^Private/d; /^Restrict[A-Z]/d; /^CapabilityBoundingSet/d' coldstreamd.service >coldstreamd-open.service
    want_not "no sandbox is good enough, too" \
        systemd-analyze --offline=true security --threshold=20 ./coldstreamd-open.service
    case_end

    case_begin "the activation file and the policy name what the unit names"
    name=$(sed -n 's/^BusName=//p' coldstreamd.service)
    want "activation file: name" grep -q "^Name=$name\$" "$system/$name.service"
    want "activation file: unit" grep -q '^SystemdService=coldstreamd.service$' "$system/$name.service"
    want "policy: own" grep -q "<allow own=\"$name\"/>" "$system/$name.conf"
    want "policy: user" grep -q "<policy user=\"$(sed -n 's/^User=//p' coldstreamd.service)\">" "$system/$name.conf"
    case_end
}

account_cases() {
    case_begin "the account and its folder can be made on an empty system"
    mkdir -p root/etc
    systemd-sysusers --root="$scratch/root" "$(realpath "$system/coldstream.sysusers")" >"$kept/stdout" 2>"$kept/stderr" ||
        detail "systemd-sysusers failed"
    want "no user" grep -q '^coldstream:.*:/var/lib/coldstream:' root/etc/passwd
    want "no group" grep -q '^coldstream:' root/etc/group
    systemd-tmpfiles --root="$scratch/root" --create "$(realpath "$system/coldstream.tmpfiles")" \
        >"$kept/stdout" 2>"$kept/stderr" || detail "systemd-tmpfiles failed"
    [ "$(stat -c %a root/var/lib/coldstream 2>/dev/null)" = 750 ] || detail "/var/lib/coldstream: mode"
    case_end
}

# The document types are named by address, but lie on the machine where they are needed.
xml_cases() {
    case_begin "the XML of bus, interfaces and polkit is well-formed, with one action for each class of calls"
    for interface in "$TEST_FOLDER"/../../linux/service/*.xml; do
        want "$interface" xmllint --noout --nonet "$interface"
    done
    want "bus policy" xmllint --noout --nonet "$system/org.coldstream.Backup1.conf"
    want "polkit actions" xmllint --noout --nonet "$system/org.coldstream.backup1.policy"
    actions=$(xmllint --nonet --xpath '//action/@id' "$system/org.coldstream.backup1.policy" |
        sed -n 's/.*"org\.coldstream\.backup1\.\(.*\)"/\1/p' | sort | tr '\n' ' ')
    [ "$actions" = 'admin backup freeze status stop truncate writer ' ] || detail "actions: $actions"
    case_end
}

if need_program systemd-analyze "the unit of the service"; then
    unit_cases
fi
if [ "$(id -u)" -ne 0 ]; then
    case_skip "the account of the service" "only root may make one"
elif need_program systemd-sysusers "the account of the service"; then
    account_cases
fi
if need_program xmllint "the XML of bus and polkit"; then
    xml_cases
fi
finish

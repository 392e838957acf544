#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2317,SC2086,SC2015 # called by name; our own names
# `coldstream hook`: on machines made of folders, never on this one.
. "$(dirname "$0")/lib.sh"

qemu_link=root/etc/qemu/fsfreeze-hook.d/50-coldstream
vmware_link=root/etc/vmware-tools/backupScripts.d/50-coldstream
drop_in=root/etc/systemd/system/qemu-guest-agent.service.d/50-coldstream.conf

program= # where the program says that freeze-hook is

put_program() {
    mkdir -p "$(dirname "$1")"
    printf '#!/bin/sh\n' >"$1"
    chmod 755 "$1"
}

# A machine with both agents and our program.
make_root() {
    rm -rf root
    mkdir root
    put_program "root$program"
    put_program root/usr/sbin/qemu-ga
    put_program root/etc/qemu/fsfreeze-hook
    put_program root/usr/bin/vmtoolsd
}

want_link() {
    [ "$(readlink "$1")" = "$program" ] || detail "$1 does not lead to $program"
}

cases() {
    case_begin "status says where the program is"
    program=$(coldstream hook status --root nowhere 2>/dev/null | sed -n 's/^all .* the program //p')
    want "it does not" test -n "$program"
    case_end
    [ -n "$program" ] || return

    case_begin "status names what is missing and how to get it"
    make_root
    run hook status --root root
    want_status 3
    want_stdout '^qemu +MISSING +the link'
    want_stdout '^qemu +MISSING +the agent is started'
    want_stdout '^vmware +MISSING +the link'
    want_stdout '> coldstream hook install --enable-agent'
    want_absent root/etc/qemu/fsfreeze-hook.d root/etc/vmware-tools
    case_end

    case_begin "install makes links, and tells that the QEMU agent is started without hooks"
    run hook install --root root
    want_status 0
    want_link $qemu_link
    want_link $vmware_link
    want_absent $drop_in
    want_stderr 'enable-agent'
    case_end

    case_begin "install again changes nothing"
    ls -lR --time-style=full-iso root >before
    run hook install --root root
    want_status 0
    ls -lR --time-style=full-iso root >after
    want_same before after
    case_end

    case_begin "--enable-agent writes the drop-in, and then nothing is missing"
    run hook install --enable-agent --root root
    want_status 0
    want_present $drop_in
    want "no dispatcher in the drop-in" grep -q -x 'ExecStart=-/usr/sbin/qemu-ga -F/etc/qemu/fsfreeze-hook' $drop_in
    run hook status --root root
    want_status 0
    case_end

    case_begin "the same as JSON"
    run hook status --root root --json
    want_status 0
    want_record "$kept/stdout" '.type == "hook" and .agent == "qemu" and .state == "ok"'
    want_record "$kept/stdout" '.type == "summary" and .exit_code == 0'
    case_end

    case_begin "remove takes away what is ours, and nothing else"
    : >root/etc/qemu/fsfreeze-hook.d/10-other
    run hook remove --root root
    want_status 0
    want_absent $qemu_link $vmware_link $drop_in
    want_present root/etc/qemu/fsfreeze-hook.d/10-other root/etc/qemu/fsfreeze-hook
    run hook remove --root root
    want_status 0
    case_end

    case_begin "what somebody else put there is neither replaced nor removed"
    make_root
    mkdir -p "$(dirname $qemu_link)" "$(dirname $vmware_link)" "$(dirname $drop_in)"
    echo theirs >$qemu_link
    ln -s /bin/true $vmware_link
    echo '# theirs' >$drop_in
    run hook install --enable-agent --root root
    want_status 1
    want_stderr 'File exists'
    run hook status --root root
    want_status 3
    want_stdout 'something else has this name'
    run hook remove --root root
    want_status 0
    want_stderr 'not ours'
    want_stderr 'was changed'
    [ "$(cat $qemu_link)" = theirs ] && [ "$(readlink $vmware_link)" = /bin/true ] && [ "$(cat $drop_in)" = '# theirs' ] ||
        detail "it was changed"
    case_end

    case_begin "an agent that is not installed is left alone"
    rm -rf root
    mkdir root
    put_program "root$program"
    run hook install --enable-agent --root root
    want_status 0
    want_stderr 'qemu: this agent is not installed'
    [ ! -e root/etc ] || detail "something was made in root/etc"
    run hook status --root root
    want_status 0
    case_end

    case_begin "a configuration that already names the hook needs no drop-in"
    make_root
    printf '[general]\nfsfreeze-hook=/etc/qemu/fsfreeze-hook\n' >root/etc/qemu/qemu-ga.conf
    run hook install --enable-agent --root root
    want_status 0
    want_absent $drop_in
    run hook status --root root
    want_status 0
    case_end

    case_begin "a folder that cannot be made is told"
    make_root
    : >root/etc/vmware-tools
    run hook install --root root
    want_status 1
    want_stderr 'vmware-tools'
    want_link $qemu_link
    case_end

    case_begin "other words are wrong usage"
    run hook
    want_status 2
    run hook frobnicate
    want_status 2
    run hook status --enable-agent
    want_status 2
    case_end
}

native_and_sanitized cases
finish

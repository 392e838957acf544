#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2317,SC2016 # called by name; for another shell
# The hook where it is used: by the real QEMU guest agent, around the freeze of a file system that holds the instance; and in the
# order in which open-vm-tools calls its scripts.
#
# The agent freezes the loop-mounted file system of this script and no other: it is told which one, and the command that
# freezes everything is disabled.
. "$(dirname "$0")/lib.sh"
# shellcheck source=private_bus.sh
. "$TEST_FOLDER/private_bus.sh"
# shellcheck source=service.sh
. "$TEST_FOLDER/service.sh"

programs=$(dirname "$COLDSTREAM")
hook=$programs/freeze-hook
agent_pid=

# --- the service ---

state_of() {
    "$COLDSTREAM" status mail --json 2>/dev/null | sed -n 's/.*"type":"instance".*"state":"\([a-z]*\)".*/\1/p'
}

want_state() {
    state_now=$(state_of)
    [ "$state_now" = "$1" ] || detail "the instance is $state_now, not $1"
}

# --- the agent ---

agent_start() {
    mkdir -p agent-state
    rm -f agent.sock
    # Not -d: it stays ours. What it logs goes to a file beside the file system, never onto it.
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DBUS_SYSTEM_BUS_ADDRESS="$DBUS_SYSTEM_BUS_ADDRESS" \
        qemu-ga -m unix-listen -p "$scratch/agent.sock" -f "$scratch/agent.pid" -t "$scratch/agent-state" "-F$1" \
        -b guest-fsfreeze-freeze,guest-shutdown,guest-exec -l "$scratch/agent.log" >/dev/null 2>&1 &
    agent_pid=$!
    tries=0
    while [ ! -S agent.sock ] && [ $tries -lt 100 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
}

# Sends one command; its answer is in ./answer.
agent() {
    echo "$1" | timeout 40 socat -t30 - "UNIX:$scratch/agent.sock" >answer 2>/dev/null
}

agent_freeze() {
    agent "{\"execute\":\"guest-fsfreeze-freeze-list\",\"arguments\":{\"mountpoints\":[\"$scratch/mount\"]}}"
}

agent_thaw() {
    agent '{"execute":"guest-fsfreeze-thaw"}'
}

want_answer() {
    grep -q -e "$1" answer || detail "the agent answers: $(cat answer)"
}

agent_stop() {
    [ -n "$agent_pid" ] || return 0
    kill -KILL "$agent_pid" 2>/dev/null
    wait "$agent_pid" 2>/dev/null
    agent_pid=
}

agents_cleanup() {
    agent_stop
    fsfreeze -u mount 2>/dev/null
    service_stop
    umount mount 2>/dev/null
}

# --- cases: the QEMU agent ---

cases_of_qemu() {
    case_begin "the agent freezes: the hook has the service freeze before, and thaw behind"
    agent_start "$hook"
    agent_freeze
    want_answer '"return": 1'
    want_state frozen
    run backup mail -o while-frozen
    want_status 8
    agent_thaw
    want_answer '"return": 1'
    want_state running
    run backup mail -o set
    want_status 0
    case_end

    case_begin "a thaw without a freeze is none of our business"
    agent_thaw
    want_answer '"return": 0'
    want_state running
    case_end

    case_begin "a freeze that froze no file system is thawed by the next thaw"
    agent "{\"execute\":\"guest-fsfreeze-freeze-list\",\"arguments\":{\"mountpoints\":[\"$scratch/no-such-mount\"]}}"
    want_answer '"return": 0'
    want_state frozen
    agent_thaw
    want_state running
    case_end

    case_begin "an instance that cannot be frozen keeps the agent from freezing anything"
    run freeze mail --timeout 30
    want_status 0
    agent_freeze
    want_answer 'hook has failed with status 1'
    run thaw
    want_status 0
    want_state running
    agent '{"execute":"guest-fsfreeze-status"}'
    want_answer thawed
    case_end

    case_begin "a backup that is under way is stopped, and its client told so"
    "$COLDSTREAM" backup mail --max-rate 1M -o slow-set >/dev/null 2>&1 &
    slow=$!
    tries=0
    until "$COLDSTREAM" status mail --json | grep -q '"bytes_done":[1-9]' || [ $tries -ge 100 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
    agent_freeze
    want_answer '"return": 1'
    wait "$slow"
    [ $? -eq 4 ] || detail "the client did not exit with 4"
    agent_thaw
    want_answer '"return": 1'
    case_end

    case_begin "the agent through its dispatcher"
    agent_stop
    mkdir -p dispatcher/fsfreeze-hook.d
    cat >dispatcher/fsfreeze-hook <<'END'
#!/bin/sh
for file in "$(dirname "$0")"/fsfreeze-hook.d/*; do
    [ ! -x "$file" ] || "$file" "$1"
done
exit 0
END
    chmod 755 dispatcher/fsfreeze-hook
    ln -s "$hook" dispatcher/fsfreeze-hook.d/50-coldstream
    agent_start "$scratch/dispatcher/fsfreeze-hook"
    agent_freeze
    want_answer '"return": 1'
    want_state frozen
    agent_thaw
    want_answer '"return": 1'
    want_state running
    agent_stop
    case_end

    case_begin "a host that is late: the service has thawed, answers while the disk is still, and the thaw says so"
    agent_start "$programs/freeze_hook_impatient"
    agent_freeze
    want_answer '"return": 1'
    sleep 1.5
    # Its file system is still frozen, so whatever writes there is stuck; who answers is not.
    run status mail --json
    want_status 0
    want_record "$kept/stdout" '.type == "service"'
    agent_thaw
    want_answer 'hook has failed with status 1'
    agent '{"execute":"guest-fsfreeze-status"}'
    want_answer thawed
    service_wait_running mail
    run backup mail -o set-after
    want_status 0
    run verify set-after
    want_status 0
    agent_stop
    case_end
}

# --- cases: open-vm-tools ---

# The contract of its backup scripts: in the order of their names with `freeze`; when one fails, those before it in reverse with
# `freezeFail`; else all in reverse with `thaw`. DURING runs between.
vmware_snapshot() {
    ran=
    for script in scripts/*; do
        if ! "$script" freeze 'text of the host' </dev/null >/dev/null 2>&1; then
            for before in $ran; do
                "$before" freezeFail </dev/null >/dev/null 2>&1
            done
            return 1
        fi
        ran="$script $ran"
    done
    "$@"
    vmware_status=0
    for script in $ran; do
        "$script" thaw </dev/null >/dev/null 2>&1 || vmware_status=2
    done
    return $vmware_status
}

put_script() {
    printf '#!/bin/sh\necho "%s $1" >>"%s"\n%s\n' "$1" "$scratch/order" "$2" >"scripts/$1"
    chmod 755 "scripts/$1"
}

make_scripts() {
    rm -rf scripts order
    mkdir scripts
    put_script 10-first 'exit 0'
    ln -s "$hook" scripts/50-coldstream
}

note_state() {
    state_of >state-between
}

cases_of_vmware() {
    case_begin "open-vm-tools: frozen between freeze and thaw"
    make_scripts
    put_script 90-last 'exit 0'
    vmware_snapshot note_state || detail "the snapshot fails"
    [ "$(cat state-between)" = frozen ] || detail "between: $(cat state-between)"
    [ "$(tr '\n' , <order)" = '10-first freeze,90-last freeze,90-last thaw,10-first thaw,' ] || detail "$(cat order)"
    want_state running
    case_end

    case_begin "open-vm-tools: a later script fails, and freezeFail thaws"
    make_scripts
    put_script 90-last 'exit 1'
    ! vmware_snapshot note_state || detail "the snapshot does not fail"
    want_state running
    run thaw
    want_status 0
    want_stderr 'nothing was frozen'
    case_end

    case_begin "open-vm-tools: our script fails, and nothing of ours stays frozen"
    make_scripts
    run freeze mail --timeout 30
    ! vmware_snapshot note_state || detail "the snapshot does not fail"
    [ "$(tr '\n' , <order)" = '10-first freeze,10-first freezeFail,' ] || detail "$(cat order)"
    run thaw
    want_status 0
    want_state running
    case_end

    case_begin "open-vm-tools: a thaw that comes too late is noted"
    make_scripts
    rm scripts/50-coldstream
    ln -s "$programs/freeze_hook_impatient" scripts/50-coldstream
    vmware_snapshot sleep 1.5
    [ $? -eq 2 ] || detail "no script failed at the thaw"
    want_state running
    case_end
}

# --- material ---

# The instance lies on a file system of its own, where that can be had.
mount_file_system() {
    [ "$(id -u)" -eq 0 ] || return 1
    mkdir -p mount
    truncate -s 256M file-system.img && mkfs.ext4 -q file-system.img 2>/dev/null && mount -o loop file-system.img mount 2>/dev/null
}

need_service "the hook where it is used" || finish
cleanup_hook=agents_cleanup
mkdir -p mount
has_file_system=
for tool in mkfs.ext4 socat qemu-ga fsfreeze; do
    command -v $tool >/dev/null 2>&1 || PATH=$PATH:/usr/sbin:/sbin
done
mount_file_system && has_file_system=yes
mkdir mount/instance
make_sample sample.edb 4M
cp sample.edb mount/instance/a.edb
cat >coldstream.conf <<END
service: { runtime_path = "$scratch/run"; };
instance: { label = "mail"; system_path = "$scratch/mount/instance"; databases = ( "$scratch/mount/instance/a.edb" ); make_missing = true; };
END
case_begin "the service starts and opens its instance"
service_start && service_wait_running mail
case_end
cases_of_vmware
if [ -z "$has_file_system" ]; then
    case_skip "the hook run by the QEMU guest agent" "no file system can be loop-mounted"
elif need_program qemu-ga "the hook run by the QEMU guest agent" && need_program socat "the hook run by the QEMU guest agent"; then
    cases_of_qemu
fi
finish

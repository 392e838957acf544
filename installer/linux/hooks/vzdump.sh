#!/bin/sh
# Proxmox, on the host: vzdump --script /path/to/this. For guests with an agent that is not started with its hooks: the hook is
# run through the agent. Arguments: PHASE MODE VMID; only the phases around the copy of the disks matter.
set -u
phase=$1
vmid=${3:-}
case $phase in
backup-start) exec qm guest exec "$vmid" --timeout 30 -- /usr/libexec/coldstream/freeze-hook freeze ;;
pre-restart | backup-end | backup-abort) qm guest exec "$vmid" --timeout 30 -- /usr/libexec/coldstream/freeze-hook thaw || exit 0 ;;
esac

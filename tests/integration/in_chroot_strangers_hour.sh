#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2317 # called by name
# in_chroot_strangers_hour.sh - the cases of test_strangers_hour.sh; runs in the chroot.
#
# Two users of the service: a guest book, whose instance the service opens itself, and a shop, a program that never pauses, on a file
# system of its own. Only that one is ever frozen.
export COLDSTREAM=/usr/bin/coldstream
# shellcheck source=lib.sh
. /test/lib.sh
# shellcheck source=in_chroot.sh
. /test/in_chroot.sh

shop=/srv/shop
shop_pid='' agent_pid=''

# What is frozen must be thawed before anything can end.
hour_cleanup() {
    fsfreeze --unfreeze "$shop" 2>/dev/null
    [ -z "$agent_pid" ] || kill -9 "$agent_pid" 2>/dev/null
    [ -z "$shop_pid" ] || kill -9 "$shop_pid" 2>/dev/null
    umount "$shop" 2>/dev/null
}

apt() {
    apt-get --yes --no-install-recommends "$@" </dev/null >"$kept/stdout" 2>"$kept/stderr" || detail "apt-get ends with $?"
}

# SALES FOLDER: every sale told of in SALES, "TILL NUMBER" in each line, is in the shop whose database is in FOLDER.
want_sales() {
    /test/tills "$2" >found 2>"$kept/stderr" || detail "tills $2 ends with $?"
    awk 'NR == FNR { found[$1] = $2; next } $2 > found[$1] { lost++ } { told++ }
        END { if (lost) print lost " of " told " are lost"; if (told == 0) print "none were told of" }' found "$1" >lost
    [ ! -s lost ] || detail "sales: $(cat lost)"
}

# The lines that are whole.
told_now() {
    sed -n '/^[0-9]* [0-9]*$/p' /srv/told >"$1"
}

want_selling() {
    selling_before=$(wc -l </srv/told)
    system_bus_wait "[ \$(wc -l </srv/told) -gt $((selling_before + 10)) ]" || detail "the shop sells nothing any more"
}

# A request to the agent, and what it answers.
agent() {
    echo "$1" | socat -t20 - UNIX:/run/agent.sock >"$kept/stdout" 2>"$kept/stderr"
}

install_case() {
    case_begin "the packages are installed, the service starts on the system's bus"
    apt install /test/packages/*.deb
    install -d -o coldstream -g coldstream -m 0750 /srv/book
    as coldstream /test/guests /srv/book alice "was here first" \
        >"$kept/stdout" 2>"$kept/stderr" || detail "the guest book ends with $?"
    cat >/etc/coldstream/instances.d/book.conf <<'CONF'
instance: {
    label = "book";
    system_path = "/srv/book";
    log_path = "/srv/book";
    databases = ( "/srv/book/guests.edb" );
    log_file_kib = 256;
};
CONF
    run config check
    want_status 0
    run config unit-dropin
    want_stdout '^ReadWritePaths=.*/srv/book'
    install -D -m 0644 "$kept/stdout" /etc/systemd/system/coldstreamd.service.d/folders.conf
    system_bus_start || detail "no bus: $(tail -n 1 "$scratch/.bus.log")"
    service_start || detail "no service: $(tail -n 1 "$scratch/.service.log")"
    system_bus_wait "coldstream list | grep -q 'book.*running'" || detail "the guest book is not running: $(tail -n 3 "$scratch/.service.log")"
    run list
    want_status 0
    want_stdout 'book'
    case_end
}

backup_case() {
    case_begin "the guest book is backed up through the bus, verified, restored, recovered, read"
    run backup book -o /srv/book-set
    want_status 0
    run verify /srv/book-set
    want_status 0
    run restore /srv/book-set -o /srv/book-restored
    want_status 0
    run recover /srv/book-restored
    want_status 0
    /test/guests /srv/book-restored >"$kept/stdout" 2>"$kept/stderr" || detail "the guest book ends with $?"
    want_stdout 'alice 1 "was here first"'
    case_end

    case_begin "a stranger gets no backup"
    status=0
    (cd /tmp && as nobody coldstream backup book -o /tmp/stolen) >"$kept/stdout" 2>"$kept/stderr" || status=$?
    want_status 5
    want_absent /tmp/stolen /tmp/stolen.partial
    case_end
}

open_shop_case() {
    case_begin "a shop that never pauses is opened, on a file system of its own, and registers itself"
    useradd --system --groups coldstream shop
    truncate -s 192M /srv/shop.img
    want "no file system" mkfs.ext4 -q /srv/shop.img
    mkdir $shop
    want "no mount" mount -o loop /srv/shop.img $shop
    chown shop:shop $shop
    as_exec shop /test/tills $shop 3 shop >/srv/told 2>shop.err &
    shop_pid=$!
    want_selling
    system_bus_wait "coldstream list | grep -q 'shop.*running'" || detail "the service does not know it"
    case_end
}

live_backup_case() {
    case_begin "the shop is backed up while it sells: restored and recovered, every sale that was told of before is there"
    told_now before
    run backup shop -o /srv/shop-set
    want_status 0
    run verify /srv/shop-set
    want_status 0
    run restore /srv/shop-set -o /srv/shop-restored
    want_status 0
    run recover /srv/shop-restored
    want_status 0
    run verify --deep /srv/shop-restored/shop.edb
    want_sound
    want_sales before /srv/shop-restored
    want_selling
    case_end
}

freeze_case() {
    case_begin "the guest agent finds the hook, and freezes; what was sold is in the image"
    run hook status
    printf '#!/bin/sh\nexec /usr/libexec/coldstream/freeze-hook "$@"\n' >/run/hook
    chmod 755 /run/hook
    # -b: the command that freezes everything is not to be had.
    env -i PATH=/usr/sbin:/usr/bin:/bin qemu-ga -m unix-listen -p /run/agent.sock -f /run/agent.pid -t /run -F/run/hook \
        -b guest-fsfreeze-freeze,guest-shutdown,guest-exec -l "$scratch/agent.log" &
    agent_pid=$!
    system_bus_wait 'test -S /run/agent.sock'
    told_now before
    agent '{"execute":"guest-fsfreeze-freeze-list","arguments":{"mountpoints":["'$shop'"]}}'
    want_stdout '"return": 1'
    cp --sparse=always /srv/shop.img /srv/image.img
    run list
    want_stdout '^book .*frozen'
    want_stdout '^shop .*frozen'
    agent '{"execute":"guest-fsfreeze-thaw"}'
    want_stdout '"return": [1-9]'
    want_selling
    run list
    want_stdout '^book .*running'
    want_stdout '^shop .*running'
    case_end

    case_begin "the image is recovered and verified, with every sale that was told of before"
    mkdir /srv/image /srv/recovered
    mount -o loop /srv/image.img /srv/image && cp /srv/image/* /srv/recovered/ 2>/dev/null
    umount /srv/image
    run recover /srv/recovered
    want_status 0
    run verify --deep /srv/recovered/shop.edb
    want_sound
    want_sales before /srv/recovered
    case_end
}

close_case() {
    case_begin "the shop closes, the service ends"
    kill "$shop_pid"
    wait "$shop_pid" || detail "the shop ends with $?: $(tail -n 1 shop.err)"
    shop_pid=
    told_now all
    want_sales all $shop
    service_stop || detail "the service ends with $?"
    case_end
}

cleanup_hook=hour_cleanup
install_case
backup_case
if ! losetup --find >/dev/null 2>&1; then
    case_skip "an application at work, frozen by the guest agent" "no loop device"
    finish
fi
open_shop_case
live_backup_case
freeze_case
close_case
finish

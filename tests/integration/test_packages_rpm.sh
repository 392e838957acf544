#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR
# The RPM packages: installed into a system, upgraded, erased. That system is a Debian, whose packages rpm does not know: what ours depend on
# is not looked at.
. "$(dirname "$0")/lib.sh"
# shellcheck source=chroot.sh
. "$TEST_FOLDER/chroot.sh"

conf=/etc/coldstream/coldstream.conf
link=/etc/qemu/fsfreeze-hook.d/50-coldstream
wants=/etc/systemd/system/multi-user.target.wants/coldstreamd.service

# rpm itself runs outside, with mounts of its own because the scripts of the packages want /proc.
rpm_in_root() {
    unshare --mount --pid --fork --kill-child sh -c 'mount -t proc proc root/proc && mount --bind /dev root/dev && exec "$@"' - \
        rpm --root "$scratch/root" --force-debian --nodeps "$@" >"$kept/stdout" 2>"$kept/stderr" || detail "rpm $1 ends with $?"
    want_not "a script has failed" grep -q -e scriptlet -e '^error' -e '^warning: %' "$kept/stderr"
}

in_root() {
    chroot_run root "$@" >"$kept/stdout" 2>"$kept/stderr"
}

want_as_packaged() {
    for package in libesent1 libesent-dev coldstream; do
        rpm --root "$scratch/root" --verify --nodeps $package >verified 2>&1 || [ "$(cat verified)" = "${1:-}" ] || detail "$package: $(cat verified)"
    done
}

script_cases() {
    case_begin "the scripts of the packages are scripts of the shell"
    for tag in PREIN POSTIN PREUN POSTUN; do
        rpm -qp --queryformat "%{$tag}" now/coldstream-[0-9]*.rpm >script 2>/dev/null
        want "$tag: there is none" grep -q . script
        want "$tag: its syntax" sh -n script
    done
    case_end
}

install_case() {
    case_begin "installed: the account, its folder, modes, the hook; the programs and the library work"
    rpm_in_root --install now/*.rpm
    want_as_packaged
    [ "$(stat -c %a root$conf)" = 640 ] || detail "mode of the configuration: $(stat -c %a root$conf)"
    in_root stat -c '%U:%G %a' $conf /var/lib/coldstream
    want_stdout '^root:coldstream 640$'
    want_stdout '^coldstream:coldstream 750$'
    want "no hook" in_root test -x $link
    want "the presets of this system enable it" test -L root$wants
    want "the program does not start" in_root coldstream --version
    want "the library is not found" in_root sh -c 'mkdir /book && /test/guests /book alice "was here"'
    case_end
}

upgrade_case() {
    case_begin "upgraded: what the administrator edited and removed is as it was"
    echo '# edited' >>root$conf
    rm root$link root$wants
    rpm_in_root --upgrade later/*-9.9.9-*.rpm
    want_as_packaged "S.5....T.  c $conf"
    want "the edit is gone" grep -qx '# edited' root$conf
    want_absent root$link root$wants
    want "still the old version" test "$(rpm --root "$scratch/root" -q --queryformat '%{VERSION}' coldstream)" = 9.9.9
    in_root stat -c '%U:%G %a' $conf
    want_stdout '^root:coldstream 640$'
    case_end
}

erase_case() {
    case_begin "erased: nothing is left but the account, what was edited, and databases"
    in_root coldstream hook install
    want "no hook" test -L root$link
    echo data >root/var/lib/coldstream/mail.edb
    rpm_in_root --erase coldstream libesent-dev libesent1
    want_present root$conf.rpmsave root/var/lib/coldstream/mail.edb
    rm -r root/etc/coldstream root/var/lib/coldstream
    left=$(find root -xdev \( -iname '*coldstream*' -o -iname '*libesent*' -o -lname '*coldstream*' \) -not -path 'root/test/*')
    [ -z "$left" ] || detail "left: $left"
    case_end
}

for program in cpack rpmbuild rpm; do
    need_program $program "the RPM packages" || finish
done
build=$(dirname "$(dirname "$COLDSTREAM")")
chroot_possible "the RPM packages" || finish
chroot_make root
mkdir root/test
cp "$(dirname "$COLDSTREAM")/guests" root/test/
case_begin "the packages are made, and those of a later version"
sh "$TEST_FOLDER/../../installer/linux/packages.sh" --rpm "$scratch/now" "$build" >"$kept/stdout" 2>"$kept/stderr" || detail "exit status $?"
cpack --config "$build/CPackConfig.cmake" -G RPM -D CPACK_PACKAGE_VERSION=9.9.9 -B "$scratch/later" >"$kept/stdout" 2>"$kept/stderr" ||
    detail "cpack ends with $?"
case_end
script_cases
install_case
upgrade_case
erase_case
finish

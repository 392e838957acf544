# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # lib.sh has them
# chroot.sh - a clean Debian 12 in a folder. Sourced behind lib.sh.
#
#   chroot_possible 'name of the script' || finish    skips where it cannot be had
#   chroot_make FOLDER                                a fresh one; the base is made once for all scripts of a build
#   chroot_with_packages 'name of the script' || finish
#                                                     one in ./root with our packages in /test/packages, from the build that is
#                                                     tested; skips likewise
#   chroot_run FOLDER COMMAND...                      in it, with mounts and processes of its own: whatever is left at
#                                                     the end, ends
#
# COLDSTREAM_CHROOT_BASE names the tarball of the base, where it is to outlive the build.

chroot_base=${COLDSTREAM_CHROOT_BASE:-$(dirname "$(dirname "$COLDSTREAM")")/chroot/bookworm.tar}

# What the packages depend on and what the cases use, so that installing asks no archive. Nothing else that is not essential.
chroot_packages=dbus,systemd,libarchive13,libjansson4,libconfig9,libicu72,python3-dbus,python3-gi,polkitd,qemu-guest-agent,socat,e2fsprogs

chroot_possible() {
    if [ "$(id -u)" -ne 0 ]; then
        case_skip "$1" "only root may have a chroot"
        return 1
    fi
    if ! unshare --mount --pid --fork true 2>/dev/null; then
        case_skip "$1" "no mounts of its own here"
        return 1
    fi
    need_program mmdebstrap "$1" || return 1
    chroot_base_make && return
    case_skip "$1" "no Debian 12 to be had: $(tail -n 1 "$chroot_base.log" 2>/dev/null)"
    return 1
}

# Under a lock: two scripts may want it at once. One that was made of other packages is made again.
chroot_base_make() {
    mkdir -p "$(dirname "$chroot_base")"
    (
        flock 9
        [ ! -s "$chroot_base" ] || [ "$(cat "$chroot_base.packages" 2>/dev/null)" != "$chroot_packages" ] || exit 0
        timeout 400 mmdebstrap --format=tar --variant=minbase --include="$chroot_packages" --aptopt='Acquire::Languages "none"' \
            --dpkgopt=force-unsafe-io bookworm "$chroot_base.new" >"$chroot_base.log" 2>&1 &&
            mv "$chroot_base.new" "$chroot_base" && echo "$chroot_packages" >"$chroot_base.packages"
    ) 9>"$chroot_base.lock"
}

chroot_make() {
    mkdir -p "$1"
    tar -x -C "$1" -f "$chroot_base"
}

chroot_with_packages() {
    for chroot_program in cpack dpkg-shlibdeps; do
        need_program $chroot_program "$1" || return 1
    done
    chroot_possible "$1" || return 1
    chroot_make root
    mkdir root/test
    case_begin "the packages are made"
    sh "$TEST_FOLDER/../../installer/linux/packages.sh" "$scratch/root/test/packages" "$(dirname "$(dirname "$COLDSTREAM")")" \
        >"$kept/stdout" 2>"$kept/stderr" || detail "exit status $?"
    case_end
}

chroot_run() {
    chroot_folder=$1
    shift
    # shellcheck disable=SC2016 # for the shell in there
    unshare --mount --pid --fork --kill-child sh -c '
        mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && mount -t tmpfs tmpfs "$1/run" || exit 1
        root=$1
        shift
        exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
            chroot "$root" "$@"' - "$chroot_folder" "$@"
}

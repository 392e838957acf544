# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034
# packages.sh - which Debian 12 packages are needed for what, and how they get onto the machine. Sourced, never run.

# To build and run coldstream.
packages_build='gcc libc6-dev cmake ninja-build pkgconf libarchive-dev libjansson-dev libxxhash-dev libdbus-1-dev
    libconfig-dev libicu-dev'

# To make packages of it (installer/linux/packages.sh).
packages_packaging='dpkg-dev file gzip'

# To build its libraries for Windows (windows/dependencies.sh): compilers, and what unpacks a source package.
packages_windows='gcc-mingw-w64-x86-64-win32 gcc-mingw-w64-i686-win32 cmake ninja-build dpkg-dev libxxhash-dev'

# To make installers of what was built for it (installer/windows/package.sh).
packages_windows_installers='nsis wixl msitools faketime llvm'

# To run the unit tests; and everything under tests/.
packages_tests_quick="$packages_build libcmocka-dev"
packages_tests="$packages_tests_quick $packages_windows wine wine64
    clang libclang-rt-14-dev llvm-14 llvm lld clang-format clang-tidy cppcheck shellcheck
    python3 python3-impacket libesedb-utils libsqlite3-dev jq restic borgbackup
    dbus dbus-broker python3-dbus python3-gi groff-base zsh fish qemu-guest-agent socat
    $packages_windows_installers osslsigncode openssl
    $packages_packaging rpm lintian systemd systemd-container libxml2-utils mmdebstrap"

# packages_missing NAME...: prints those that are not installed, each behind a space.
packages_missing() {
    for package in "$@"; do
        status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=
        [ "$status" = installed ] || printf ' %s' "$package"
    done
}

# packages_install LOG NAME...: installs what is missing, having said so; silent when nothing is.
packages_install() {
    packages_log=$1
    shift
    missing=$(packages_missing "$@")
    [ -n "$missing" ] || return 0
    echo "installing Debian packages:$missing"
    # shellcheck disable=SC2086
    quietly "$packages_log" packages_apt_get $missing
}

packages_apt_get() {
    as_root=
    [ "$(id -u)" -eq 0 ] || as_root=sudo
    $as_root apt-get update || echo 'not every list of packages could be fetched; this may not matter'
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
}

# attempt COMMAND...: runs it, leaves its exit status in attempt_status and succeeds. The command may be a function: unlike
# in a condition, it stops at its first failure.
attempt() {
    set +e
    (
        set -e
        "$@"
    )
    attempt_status=$?
    set -e
}

# quietly LOG COMMAND...: an attempt whose output goes to LOG; fails if it did, and shows the end of LOG.
quietly() {
    quietly_log=$1
    shift
    attempt "$@" >"$quietly_log" 2>&1
    [ "$attempt_status" -ne 0 ] || return 0
    tail -n 60 "$quietly_log" >&2
    echo "failed: $* (the whole output: $quietly_log)" >&2
    return 1
}

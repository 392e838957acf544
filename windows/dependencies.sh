#!/bin/sh
# SPDX-License-Identifier: MIT
# dependencies.sh - the libraries of core/dependencies.cmake for Windows: sh windows/dependencies.sh ARCH PREFIX
#
# ARCH is x86_64 or i686. Debian has no mingw-w64 packages of libarchive, jansson, libconfig and cmocka, so this builds static ones
# from Debian's source packages into the folder PREFIX (windows/libraries/CMakeLists.txt says how). xxhash is one header,
# taken from the installed package.
#
# The sources come from the mirrors that this machine's apt is set up for, and apt checks their signatures as always. Most
# machines have no source entries, so apt is given a private set of them, and private state, made from the machine's own;
# its configuration is read and not touched. Sources are kept beside PREFIX, in windows-sources, for the other
# architecture. A finished PREFIX has a stamp and is left alone until this script, what it builds with or the compiler
# changes.
set -eu
arch=$1
mkdir -p "$2"
prefix=$(cd "$2" && pwd)
cd "$(dirname "$0")/.."
. installer/packages.sh

# shellcheck disable=SC2086
packages_install "$prefix/packages.log" $packages_windows

recipe=$(cat windows/dependencies.sh windows/libraries/CMakeLists.txt windows/mingw-w64.cmake | cksum)
stamp="$recipe $("$arch-w64-mingw32-gcc-win32" --version | head -n 1)"
if [ "$stamp" = "$(cat "$prefix/stamp" 2>/dev/null)" ]; then
    exit 0
fi
echo "building libarchive, jansson, libconfig and cmocka for Windows, $arch"
sources=$(dirname "$prefix")/windows-sources
mkdir -p "$sources"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# apt-get with source entries only, its lists and its cache in $work. Its unprivileged user must get there.
private_apt_get() {
    apt-get -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/entries" \
        -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Get::List-Cleanup=false "$@"
}

fetch_sources() {
    chmod 755 "$work"
    mkdir -p "$work/entries" "$work/lists/partial" "$work/cache/archives/partial"
    sh windows/apt_source_entries.sh /etc/apt "$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)" "$work/entries"
    private_apt_get update
    for package in libarchive jansson libconfig cmocka; do
        rm -rf "${sources:?}/$package"
        (mkdir "$work/$package" && cd "$work/$package" && private_apt_get source --download-only "$package")
        # No check of its own: apt has verified the chain from the release's signature to these bytes.
        dpkg-source --no-check --extract "$work/$package"/*.dsc "$sources/$package"
    done
    rm -f "$sources"/*.orig.tar.*
    echo "$recipe" >"$sources/complete"
}

build_libraries() {
    cmake -S windows/libraries -B "$work/build" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$PWD/windows/mingw-w64.cmake" \
        -DCOLDSTREAM_WINDOWS_ARCH="$arch" -DWINE= -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_INSTALL_PREFIX="$prefix" -DSOURCES="$sources"
    cmake --build "$work/build" --target install
}

(
    flock 9 # two architectures may be built at once
    [ "$recipe" = "$(cat "$sources/complete" 2>/dev/null)" ] || quietly "$prefix/fetch.log" fetch_sources
) 9>"$sources/lock"
quietly "$prefix/build.log" build_libraries
cp /usr/include/xxhash.h "$prefix/include/"
echo "$stamp" >"$prefix/stamp"

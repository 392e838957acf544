#!/bin/sh
# SPDX-License-Identifier: MIT
# dependencies.sh - the libraries of core/dependencies.cmake for Windows: sh windows/dependencies.sh ARCH PREFIX
#
# ARCH is x86_64 or i686. Debian has no mingw-w64 packages of libarchive, jansson and cmocka, so this builds static ones
# from Debian's source packages into the folder PREFIX. libarchive is for uncompressed tar: every optional feature is
# off, most readers and all filters are left out. xxhash is one header, taken from the installed package.
#
# The sources come from the mirrors that this machine's apt is set up for, and apt checks their signatures as always. Most
# machines have no source entries, so apt is given a private set of them, and private state, made from the machine's own;
# its configuration is read and not touched. Sources are kept beside PREFIX, in windows-sources, for the other
# architecture. A finished PREFIX has a stamp and is left alone until this script, the toolchain file or the compiler
# changes.
set -eu
arch=$1
mkdir -p "$2"
prefix=$(cd "$2" && pwd)
cd "$(dirname "$0")/.."
. installer/packages.sh

# shellcheck disable=SC2086
packages_install "$prefix/packages.log" $packages_windows

recipe=$(cat windows/dependencies.sh windows/mingw-w64.cmake | cksum)
stamp="$recipe $("$arch-w64-mingw32-gcc-win32" --version | head -n 1)"
if [ "$stamp" = "$(cat "$prefix/stamp" 2>/dev/null)" ]; then
    exit 0
fi
echo "building libarchive, jansson and cmocka for Windows, $arch"
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
    for package in libarchive jansson cmocka; do
        rm -rf "${sources:?}/$package"
        (mkdir "$work/$package" && cd "$work/$package" && private_apt_get source --download-only "$package")
        # No check of its own: apt has verified the chain from the release's signature to these bytes.
        dpkg-source --no-check --extract "$work/$package"/*.dsc "$sources/$package"
    done
    # libarchive without the filters and without readers of anything but tar. (Its writers need each other.)
    sed -i -E '/^ *archive_(read_support|write_add)_(format|filter)/{/_(tar|none)\.c$/!d}' \
        "$sources/libarchive/libarchive/CMakeLists.txt"
    rm -f "$sources"/*.orig.tar.*
    echo "$recipe" >"$sources/complete"
}

# build LIBRARY TARGET OPTION...: configures one library and builds its target.
build() {
    package=$1
    target=$2
    shift 2
    cmake -S "$sources/$package" -B "$work/build-$package" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$PWD/windows/mingw-w64.cmake" \
        -DCOLDSTREAM_WINDOWS_ARCH="$arch" -DWINE= -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_SHARED_LIBS=OFF "$@"
    cmake --build "$work/build-$package" --target "$target"
}

build_libarchive() {
    # The lean <windows.h> halves the time of compiling; the rest is included by name.
    set -- -DPOSIX_REGEX_LIB=NONE -DCMAKE_C_FLAGS=-DWIN32_LEAN_AND_MEAN
    for feature in ACL BZip2 CAT CNG CPIO EXPAT ICONV LIBB2 LIBGCC LIBXML2 LZ4 LZMA LZO MBEDTLS NETTLE OPENSSL \
        PCREPOSIX TAR TEST XATTR ZLIB ZSTD WERROR; do
        set -- "$@" "-DENABLE_$feature=OFF"
    done
    build libarchive archive_static "$@"
    install -D -m 644 -t "$prefix/include" "$sources"/libarchive/libarchive/archive.h \
        "$sources"/libarchive/libarchive/archive_entry.h
    install -D -m 644 "$work/build-libarchive/libarchive/libarchive_static.a" "$prefix/lib/libarchive.a"
}

(
    flock 9 # two architectures may be built at once
    [ "$recipe" = "$(cat "$sources/complete" 2>/dev/null)" ] || quietly "$prefix/fetch.log" fetch_sources
) 9>"$sources/lock"
quietly "$prefix/libarchive.log" build_libarchive
quietly "$prefix/jansson.log" build jansson install -DJANSSON_BUILD_DOCS=OFF -DJANSSON_WITHOUT_TESTS=ON -DJANSSON_EXAMPLES=OFF
quietly "$prefix/cmocka.log" build cmocka install -DWITH_STATIC_LIB=ON -DWITH_EXAMPLES=OFF -DUNIT_TESTING=OFF
cp /usr/include/xxhash.h "$prefix/include/"
echo "$stamp" >"$prefix/stamp"

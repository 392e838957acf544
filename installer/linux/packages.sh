#!/bin/sh
# SPDX-License-Identifier: MIT
# packages.sh - makes the Debian packages: sh installer/linux/packages.sh [--rpm] [OUTPUT [BUILD]]
#
#   OUTPUT   where they go: build/packages
#   BUILD    a build that is there already, configured with -DCMAKE_INSTALL_PREFIX=/usr; else one is made in OUTPUT/tree
#   --rpm    makes .rpm, too. On systems whose packages those are, BUILD is configured with -DCMAKE_INSTALL_LIBDIR=lib64
#
# Installs what that needs. Prints the names of the packages.
set -eu
cd "$(dirname "$0")/../.."
. installer/packages.sh

generators=DEB
needed="$packages_build $packages_packaging"
if [ "${1:-}" = --rpm ]; then
    generators='DEB RPM'
    needed="$needed rpm"
    shift
fi
output=${1:-build/packages}
build=${2:-$output/tree}

mkdir -p "$output"
output=$(realpath "$output")
# shellcheck disable=SC2086
packages_install "$output/packages.log" $needed
if [ $# -lt 2 ]; then
    quietly "$output/configure.log" cmake -S . -B "$build" -G Ninja -DCMAKE_INSTALL_PREFIX=/usr
    quietly "$output/compile.log" cmake --build "$build"
fi
if ! grep -q '^CMAKE_INSTALL_PREFIX:PATH=/usr$' "$build/CMakeCache.txt"; then
    echo "$build is not configured with -DCMAKE_INSTALL_PREFIX=/usr" >&2
    exit 1
fi
rm -f "$output"/*.deb "$output"/*.rpm
for generator in $generators; do
    quietly "$output/cpack-$generator.log" cpack --config "$build/CPackConfig.cmake" -G "$generator" -B "$output"
done
rm -rf "$output/_CPack_Packages"
ls "$output"/*.deb "$output"/*.rpm 2>/dev/null || [ "$generators" = DEB ]

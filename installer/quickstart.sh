#!/bin/sh
# SPDX-License-Identifier: MIT
# quickstart.sh - from a fresh Debian 12 machine to a running demonstration: sh installer/quickstart.sh
#
# Installs the packages that the build needs and lacks, builds into build/, runs "coldstream demo". Nothing else is
# changed on the machine; run it again and only what changed is built.
set -eu
cd "$(dirname "$0")/.."
. installer/packages.sh

mkdir -p build
# shellcheck disable=SC2086
packages_install build/packages.log $packages_build
echo 'building coldstream in build/'
quietly build/configure.log cmake -S . -B build -G Ninja
quietly build/compile.log cmake --build build
exec build/bin/coldstream demo

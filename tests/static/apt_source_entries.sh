#!/bin/sh
# SPDX-License-Identifier: MIT
# Test of windows/apt_source_entries.sh on an invented machine that has every kind of entry.
set -eu
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/apt/sources.list.d" "$folder/made"

cat >"$folder/apt/sources.list.d/debian.sources" <<'END'
# the distribution
Types: deb deb-src
URIs: http://mirror.invalid/debian
Suites: bookworm bookworm-updates bookworm-backports
# a comment in a paragraph
Components: main contrib
Signed-By:
 -----BEGIN KEY-----
 .
 -----END KEY-----

Types: deb
URIs: http://mirror.invalid/off
Suites: bookworm
Components: main
Enabled: no
END
cat >"$folder/apt/sources.list.d/other.sources" <<'END'
Types: deb
URIs: http://other.invalid/
Suites: nodistro
Components: main

types: deb
uris: http://mirror.invalid/security
suites: bookworm-security
components: main
END
cat >"$folder/apt/sources.list" <<'END'
# deb http://mirror.invalid/commented bookworm main
deb http://mirror.invalid/debian bookworm main non-free
deb	[ arch=amd64 signed-by=/key.gpg ] http://mirror.invalid/security bookworm-security contrib main
deb http://mirror.invalid/debian bookworm contrib
deb http://mirror.invalid/debian bookworm-backports main
deb http://other.invalid/ stable main
deb-src http://mirror.invalid/debian bookworm main
END

cat >"$folder/wanted" <<'END'
Types: deb-src
Components: main
URIs: http://mirror.invalid/debian
Suites: bookworm bookworm-updates
Signed-By:
 -----BEGIN KEY-----
 .
 -----END KEY-----

Types: deb-src
Components: main
URIs: http://mirror.invalid/security
Suites: bookworm-security

deb-src http://mirror.invalid/debian bookworm main
deb-src	[ arch=amd64 signed-by=/key.gpg ] http://mirror.invalid/security bookworm-security main
END
sh windows/apt_source_entries.sh "$folder/apt" bookworm "$folder/made"
# The order of the files is find's.
sort "$folder/wanted" >"$folder/wanted.sorted"
sort "$folder/made/debian.sources" "$folder/made/debian.list" | diff "$folder/wanted.sorted" -

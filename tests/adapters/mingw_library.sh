#!/bin/sh
# SPDX-License-Identifier: MIT
# mingw_library.sh - does mingw-w64's own import library ask for nothing that esent.dll lacks?
#
#   sh mingw_library.sh NM LIBRARY NAMES      LIBRARY: its libesent.a; NAMES: as for exports.sh
#
# On x86 the library also says how many bytes of arguments each function takes (and says it twice where it means the
# decorated name). It is wrong for four names, which are listed
# below with what is right; and it has one name too many. Prints its cases as a unit test program does.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export LC_ALL=C

"$1" "$2" 2>/dev/null | awk '$2 == "T" { sub(/^_/, "", $3); print $3 }' | grep -vE '^esent(@|$)' |
    sed -e 's/@\([0-9]*\)@\1$/@\1/' -e 's/^\(JetGetDatabasePages\)@28$/\1@32/' -e 's/^\(JetOpenFileSectionInstance[AW]*\)@28$/\1@36/' \
        -e 's/^ese@20$/ese@8/' | sort -u >"$scratch/wanted"
# A bare name has no decorated form in the DLL; its bytes are those of the A form.
sort "$3" | sed -n 's/A@\([0-9]*\)$/@\1/p' | sort -u - "$3" >"$scratch/there"
if [ "$(wc -l <"$scratch/wanted")" -ge 300 ] && comm -23 "$scratch/wanted" "$scratch/there" | head -n 20 | (! grep .); then
    echo '[  PASSED  ] 1 test(s).'
else
    echo '[  FAILED  ] 1 test(s).'
    exit 1
fi

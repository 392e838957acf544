#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2317 # called by name
# A .NET program on Linux: linux/examples/stock.cs with the PersistentDictionary of ManagedEsent, as it is, on libesent.so. That is not
# ours, so whoever has it says where:
#
#   COLDSTREAM_MANAGED_ESENT   folder with Esent.Interop.dll, Esent.Isam.dll and Esent.Collections.dll
. "$(dirname "$0")/lib.sh"

examples=$TEST_FOLDER/../../linux/examples
assemblies='Esent.Interop Esent.Isam Esent.Collections'
program=''

dotnet_cleanup() {
    [ -z "$program" ] || kill -9 "$program" 2>/dev/null
}
cleanup_hook=dotnet_cleanup

if ! command -v mono >/dev/null || ! command -v mcs >/dev/null; then
    case_skip "a .NET program on libesent.so" "mono and mcs (Debian: mono-runtime, mono-mcs) are not installed"
    finish
fi
if [ -z "${COLDSTREAM_MANAGED_ESENT:-}" ]; then
    case_skip "a .NET program on libesent.so" "COLDSTREAM_MANAGED_ESENT does not name a folder with ManagedEsent"
    finish
fi

# As README.md says.
references=''
for assembly in $assemblies; do
    cp "$COLDSTREAM_MANAGED_ESENT/$assembly.dll" .
    cp "$examples/esent.config" "$assembly.dll.config"
    references="$references -r:$assembly.dll"
done
LD_LIBRARY_PATH=$(dirname "$COLDSTREAM")/../linux/lib
export LD_LIBRARY_PATH

stock() {
    timeout -k 5 60 mono stock.exe "$@" </dev/null >"$kept/stdout" 2>"$kept/stderr"
    status=$?
}

want_items() {
    printf '%s\n' "$@" | cmp -s - "$kept/stdout" || detail "lists $(tr '\n' ',' <"$kept/stdout"), expected $*"
}

case_begin "a program that uses a PersistentDictionary compiles"
# shellcheck disable=SC2086
mcs -out:stock.exe $references -r:System.Core.dll "$examples/stock.cs" >"$kept/stdout" 2>"$kept/stderr" || detail "mcs fails"
case_end

case_begin "what it has put into its dictionary is there the next time, by number"
for item in '17 bolts' '-3 spare' '5 nuts' '9 größer, 日本'; do
    stock shop set "${item%% *}" "${item#* }"
    want_status 0
done
stock shop list
want_status 0
want_items '-3 spare' '5 nuts' '9 größer, 日本' '17 bolts'
case_end

case_begin "a range is a range of the index"
stock shop list 5 16
want_items '5 nuts' '9 größer, 日本'
stock shop list 6 8
want_no_stdout
case_end

case_begin "what is removed is gone, and cannot be removed again"
stock shop remove 5
want_status 0
stock shop remove 5
want_status 1
stock shop list
want_items '-3 spare' '9 größer, 日本' '17 bolts'
case_end

case_begin "the dictionary is a database like any other"
run verify shop/PersistentDictionary.edb --deep
want_status 0
run backup shop -o set
want_status 0
run restore set -o restored
want_status 0
stock restored list
want_items '-3 spare' '9 größer, 日本' '17 bolts'
case_end

case_begin "what was flushed outlives the program's violent end"
mkfifo commands
mono stock.exe shop <commands >said 2>"$kept/stderr" &
program=$!
exec 3>commands
for number in 100 101 102; do
    echo "set $number new" >&3
done
tries=0
until [ "$(wc -l <said)" -ge 3 ] || [ "$tries" -ge 1200 ]; do
    sleep 0.05
    tries=$((tries + 1))
done
kill -9 "$program"
wait "$program" 2>/dev/null
program=''
exec 3>&-
stock shop list 100 200
want_status 0
want_items '100 new' '101 new' '102 new'
run verify shop/PersistentDictionary.edb --deep
want_sound
case_end

finish

#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2317 # called by name
# test_windows_installer.sh - the installers for Windows, under Wine: made twice, installed over each other, removed without a trace.
#
# The build is the one that COLDSTREAM_WINE lies in. Everything happens in a Wine prefix of the script's own.
. "$(dirname "$0")/lib.sh"

if [ -z "${COLDSTREAM_WINE:-}" ]; then
    case_skip 'the installers for Windows' 'COLDSTREAM_WINE is not set'
    finish
fi
for program in makensis wixl msibuild faketime osslsigncode openssl wine; do
    need_program $program 'the installers for Windows' || finish
done
source_tree=$(cd "$TEST_FOLDER/../.." && pwd)
build=$(dirname "$(dirname "$COLDSTREAM_WINE")")
version=$(sed -n 's/^CMAKE_PROJECT_VERSION:[A-Z]*=//p' "$build/CMakeCache.txt")
SOURCE_DATE_EPOCH=1700000000
export SOURCE_DATE_EPOCH

package() {
    sh "$source_tree/installer/windows/package.sh" "$@" >"$kept/stdout" 2>"$kept/stderr"
}

case_begin 'two runs on the same build make the same bytes'
want 'package.sh ends well' package "$scratch/once" "$build"
want 'package.sh ends well again' package "$scratch/twice" "$build"
for kind in exe msi; do
    want_present "once/coldstream-$version-x64.$kind"
    want_same "once/coldstream-$version-x64.$kind" "twice/coldstream-$version-x64.$kind"
done
case_end
[ "$cases_failed" -eq 0 ] || finish
rm -r twice

case_begin 'what Windows starts needs nothing that a clean Windows lacks'
for program in once/stage/program/*; do
    x86_64-w64-mingw32-objdump -p "$program" | sed -n 's/.*DLL Name: //p' | tr '[:upper:]' '[:lower:]' |
        grep -vE '^(kernel32|advapi32|msvcrt|bcrypt|ntdll|ole32|shell32|user32|api-ms-win-core-synch-l1-2-0)\.dll$' >"$kept/needed"
    [ ! -s "$kept/needed" ] || detail "$program needs $(tr '\n' ' ' <"$kept/needed")"
done
case_end

# --- a newer version, which is signed, and differs by that ---

newer=99.0.0
case_begin 'everything is signed by the command that is given'
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 -subj '/CN=test' \
    -addext extendedKeyUsage=codeSigning 2>"$kept/stderr"
export CERTIFICATE="$scratch/certificate.pem" KEY="$scratch/key.pem"
export COLDSTREAM_SIGN="sh $source_tree/installer/windows/sign.sh" COLDSTREAM_VERSION=$newer
want 'package.sh ends well' package "$scratch/newer" "$build"
unset COLDSTREAM_SIGN COLDSTREAM_VERSION
is_signed() {
    osslsigncode verify -CAfile certificate.pem -in "$1" 2>&1 | grep -q 'Signature verification: ok'
}
for file in newer/*.exe newer/*.msi newer/stage/program/*; do
    want "$file is signed" is_signed "$file"
done
want_not 'what was not signed is' is_signed once/stage/program/esent.dll
case_end

# --- Wine ---

unset WINEPREFIX # ours alone: services and the registry are the machine's
wine_up
runner=wine
drive=$WINEPREFIX/drive_c
programs="$drive/Program Files/Coldstream"
entry='HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\Coldstream'
service='HKLM\SYSTEM\CurrentControlSet\Services\coldstream'
limit=120 # seconds

# The low byte of Windows' status is what Unix sees: 1603, "failed", and 1638, "another version is there".
failed=67
elsewhere=102

windows() {
    for _ in 1 2 3; do
        timeout -k 5 "$limit" wine "$@" </dev/null >"$kept/stdout" 2>"$kept/stderr"
        status=$?
        never_began "$kept/stdout" || break
    done
}

# A question, whose answer is in "answer"; status and what was said before are left alone. True if it was found.
ask() {
    for _ in 1 2 3; do
        wine "$@" </dev/null >answer 2>&1 && return 0
        [ ! -s answer ] || break
    done
    return 1
}

# registry KEY VALUE: prints what is there.
registry() {
    ask reg query "$1" /v "$2" || return 0
    tr -d '\r' <answer | sed -n 's/^ .* REG_[A-Z_]* *//p'
}

# A start that lasts, on a machine that does much else, is waited for.
service_runs() {
    for _ in $(seq "$limit"); do
        ask sc query coldstream || return 1
        grep -q 'STATE.*START_PENDING' answer || break
        sleep 1
    done
    grep -q 'STATE.*RUNNING' answer
}

is_gone() {
    ! ask reg query "$1"
}

# The uninstaller ends at once, and works in a copy of its own; the entry goes last.
uninstall() {
    windows "$programs/uninstall.exe" /S
    for _ in $(seq "$limit"); do
        ! is_gone "$entry" || return 0
        sleep 1
    done
    return 1
}

# What there is on the machine: files, and the registry as far as programs write into it. Not ours: what Windows Installer keeps for
# itself once it was used; that the uninstaller's copy, and what Wine unpacked, go with the next start; services of Wine that somebody
# used for the first time.
machine() {
    (cd "$drive" && find . -not -path './users/*/Temp*' -not -path './windows/Installer*' -not -path './data*' | LC_ALL=C sort)
    for key in 'HKLM\Software' 'HKLM\SYSTEM\CurrentControlSet\Services'; do
        rm -f exported.reg
        ask reg export "$key" exported.reg /y
        iconv -f utf-16 -t utf-8 exported.reg | tr -d '\r' | awk '
            /^\[/ { skip = /\\Installer(\\|\])/ || /Services\\VSS\]$/ }
            !skip && NF'
    done
}

is_as_before() {
    machine >now
    diff before now >"$kept/stdout"
}

# --- an application with the library beside it, and its data ---

mkdir "$drive/data" "$drive/data/book" "$drive/data/live"
cp "$build/bin/guests.exe" "$build/bin/esent.dll" "$drive/data/"
case_begin 'a program finds the library that lies beside it, and makes a database'
windows "$drive/data/guests.exe" 'C:\data\book' alice 'first of all'
want_status 0
want_present "$drive/data/book/guests.edb"
windows "$drive/data/guests.exe" 'C:\data\live' bob 'in the service'
want_status 0
case_end
(cd "$drive/data/book" && sha256sum -- *) >data.sums
machine >before

data_is_untouched() {
    (cd "$drive/data/book" && sha256sum --quiet --check "$scratch/data.sums")
}

data_folder=$drive/ProgramData/Coldstream

# Under Wine what another Unix user owns is nobody's that we know.
if [ "$(id -u)" -eq 0 ]; then
    case_begin 'a configuration that another user has put there beforehand is not obeyed'
    mkdir -p "$data_folder/instances.d"
    echo 'service: {};' >"$data_folder/instances.d/trap.conf"
    chown 65534 "$data_folder/instances.d/trap.conf"
    windows "once/coldstream-$version-x64.exe" /S
    want_status $failed
    want_not 'there is a service' ask reg query "$service"
    want_absent "$programs"
    rm -r "$data_folder"
    want 'all is as before' is_as_before
    mkdir "$data_folder"
    chown 65534 "$data_folder"
    windows "once/coldstream-$version-x64.exe" /S
    want_status $failed
    want_absent "$programs" "$data_folder/instances.d"
    rm -rf "$data_folder"
    case_end
else
    case_skip 'a configuration of another user' 'only root can make one'
fi

case_begin 'a silent installation'
windows "once/coldstream-$version-x64.exe" /S
want_status 0
for program in coldstream.exe coldstreamd.exe esent.dll; do
    want_same "once/stage/program/$program" "$programs/$program"
done
want_present "$programs/doc/README.md" "$programs/doc/LICENSE.txt"
want_absent "$programs/sdk" "$programs/new"
want 'the service runs' service_runs
want 'its program is named in quotation marks' [ "$(registry "$service" ImagePath)" = \
    '"C:\Program Files\Coldstream\coldstreamd.exe" service --name "coldstream"' ]
want 'the entry has the version' [ "$(registry "$entry" DisplayVersion)" = "$version" ]
want 'it has the silent command' [ "$(registry "$entry" QuietUninstallString)" = '"C:\Program Files\Coldstream\uninstall.exe" /S' ]
want 'it has a size' [ $(($(registry "$entry" EstimatedSize))) -gt 500 ]
want 'events have a source' [ -n "$(registry 'HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\coldstream' EventMessageFile)" ]
want 'the configuration can be written by administrators only' [ -z "$(find "$drive/ProgramData/Coldstream" -perm /022)" ]
case_end

case_begin 'the installed program backs up what is closed, and what the service hosts'
COLDSTREAM_WINE="$programs/coldstream.exe"
config=$drive/ProgramData/Coldstream
cp "$programs/doc/coldstream.conf" "$config/"
cat >"$config/instances.d/live.conf" <<'EOF'
instance: {
    label = "live"; system_path = "C:/data/live"; databases = ( "C:/data/live/guests.edb" );
    circular_logging = true; log_file_kib = 256;
};
EOF
windows "$programs/coldstreamd.exe" --check-config
want_status 0
windows "$programs/coldstreamd.exe" stop
want_status 0
windows net start coldstream
want_status 0
run backup "$drive/data/book" -o set
want_status 0
run backup live -o live
want_status 0
run list
want_stdout '^live +running'
runner=native
run verify set
want_status 0
run verify live
want_status 0
run recover live
want_status 0
want_present set/guests.edb live/guests.edb
runner=wine
case_end

case_begin 'an upgrade that cannot replace the programs changes nothing'
mkdir "$programs/esent.dll.old"
windows "newer/coldstream-$newer-x64.exe" /S
want_status $failed
rmdir "$programs/esent.dll.old"
for program in coldstream.exe coldstreamd.exe esent.dll; do
    want_same "once/stage/program/$program" "$programs/$program"
done
want_absent "$programs/new"
want 'the service runs' service_runs
case_end

if [ "$(id -u)" -eq 0 ]; then
    case_begin 'an upgrade that cannot register the service changes nothing'
    echo 'somebody else is here' >"$config/instances.d/trap"
    chown 65534 "$config/instances.d/trap"
    windows "newer/coldstream-$newer-x64.exe" /S '/ACCOUNT=HERE\managed$'
    want_status $failed
    rm "$config/instances.d/trap"
    for program in coldstream.exe coldstreamd.exe esent.dll; do
        want_same "once/stage/program/$program" "$programs/$program"
        want_absent "$programs/$program.old"
    done
    want_absent "$programs/new"
    want 'the service runs' service_runs
    want 'the service has its account' [ "$(registry "$service" ObjectName)" = LocalSystem ]
    case_end
fi

case_begin 'an upgrade over the running service, with an account and the headers'
windows "newer/coldstream-$newer-x64.exe" /S /SDK '/ACCOUNT=HERE\managed$'
want_status 0
for program in coldstream.exe coldstreamd.exe esent.dll; do
    want_same "newer/stage/program/$program" "$programs/$program"
    want_absent "$programs/$program.old"
done
want_present "$programs/sdk/include/coldstream/esent.h" "$programs/sdk/lib/x64/esent.lib" "$programs/sdk/lib/x64/libesent.dll.a"
want 'the service runs' service_runs
run list
want_stdout '^live +running'
want 'the entry has the version' [ "$(registry "$entry" DisplayVersion)" = $newer ]
want 'the uninstaller is signed' is_signed "$programs/uninstall.exe"
want 'the service has the account' [ "$(registry "$service" ObjectName)" = 'HERE\managed$' ]
want 'the account may run a VSS writer' [ \
    "$(registry 'HKLM\SYSTEM\CurrentControlSet\Services\VSS\VssAccessControl' 'HERE\managed$')" = 0x1 ]
case_end

case_begin 'it is not installed twice'
windows "newer/coldstream-$newer-x64.exe" /S '/D=C:\elsewhere'
want_status $elsewhere
want_absent "$drive/elsewhere"
windows msiexec /i "newer\\coldstream-$newer-x64.msi" /qn
want_status $failed
case_end

case_begin 'a program linked with the installed import library'
printf '#include <stdio.h>\n#include <esent.h>\nint main(void) { JET_INSTANCE i; return JetCreateInstance(&i, "x") || JetTerm(i); }\n' >x.c
want 'it compiles' x86_64-w64-mingw32-gcc-win32 -I "$programs/sdk/include/coldstream" x.c -L "$programs/sdk/lib/x64" -lesent -o \
    "$drive/data/x.exe"
windows "$drive/data/x.exe"
want_status 0
case_end

case_begin 'a removal without the program of the service: as if there was nothing else'
windows "$programs/coldstreamd.exe" stop
mv "$programs/coldstreamd.exe" aside.exe
want 'it is removed' uninstall
want_not 'the service is there' ask reg query "$service"
want_absent "$programs"
windows "newer/coldstream-$newer-x64.exe" /S /SDK '/ACCOUNT=HERE\managed$'
want_status 0
case_end

case_begin 'removal leaves the machine as it was, and data alone'
want 'it is removed' uninstall
want_present "$config/coldstream.conf" "$config/instances.d/live.conf"
rm -r "$config"
windows "$drive/data/guests.exe" 'C:\data\live'
want_status 0
want_stdout 'bob 1 "in the service"'
want 'files and registry are as before' is_as_before
want 'data is untouched' data_is_untouched
want_not 'the service is there' service_runs
case_end

case_begin 'a folder in which somebody put a file outlives removal'
windows "once/coldstream-$version-x64.exe" /S '/D=C:\Coldstream.here'
want_status 0
want 'only administrators may write there' [ -z "$(find "$drive/Coldstream.here" -maxdepth 0 -perm /027)" ]
echo mine >"$drive/Coldstream.here/mine.txt"
programs="$drive/Coldstream.here"
want 'it is removed' uninstall
want 'there is only that file' [ "$(ls "$drive/Coldstream.here")" = mine.txt ]
rm -r "$drive/Coldstream.here"
programs="$drive/Program Files/Coldstream"
want 'all else is as before' is_as_before
case_end

# --- Windows Installer ---

case_begin 'the package for Windows Installer: installed, upgraded, removed'
windows msiexec /i "once\\coldstream-$version-x64.msi" /qn
want_status 0
want_same once/stage/program/coldstreamd.exe "$programs/coldstreamd.exe"
want 'the service runs' service_runs
windows "once/coldstream-$version-x64.exe" /S
want_status $elsewhere
windows msiexec /i "newer\\coldstream-$newer-x64.msi" /qn ADDLOCAL=ALL 'ACCOUNT=HERE\managed$'
want_status 0
want 'the service has the account' [ "$(registry "$service" ObjectName)" = 'HERE\managed$' ]
want 'the account may run a VSS writer' [ \
    "$(registry 'HKLM\SYSTEM\CurrentControlSet\Services\VSS\VssAccessControl' 'HERE\managed$')" = 0x1 ]
want_same newer/stage/program/coldstreamd.exe "$programs/coldstreamd.exe"
want_present "$programs/sdk/include/coldstream/esent.h"
want 'the service runs after the upgrade' service_runs
windows msiexec /x "newer\\coldstream-$newer-x64.msi" /qn
want_status 0
want 'files and registry are as before' is_as_before
want 'data is untouched' data_is_untouched
case_end

case_begin 'its removal without the program of the service'
windows msiexec /i "once\\coldstream-$version-x64.msi" /qn
want_status 0
windows "$programs/coldstreamd.exe" stop
rm "$programs/coldstreamd.exe"
windows msiexec /x "once\\coldstream-$version-x64.msi" /qn
want_status 0
want_absent "$programs"
want_not 'the service is there' ask reg query "$service"
windows msiexec /i "once\\coldstream-$version-x64.msi" /qn
want_status 0
want 'the service runs' service_runs
windows msiexec /x "once\\coldstream-$version-x64.msi" /qn
want_status 0
want 'files and registry are as before' is_as_before
case_end

finish

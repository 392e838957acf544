#!/bin/sh
# SPDX-License-Identifier: MIT
# package.sh - makes the installers for 64-bit Windows: sh installer/windows/package.sh [OUTPUT [BUILD [BUILD32]]]
#
#   OUTPUT    where they go: build/packages-windows
#   BUILD     a build for x86_64 that is there already (windows/mingw-w64.cmake); else one is made in OUTPUT/x86_64
#   BUILD32   the same for i686; without it, where BUILD is given, the headers come with libraries for x86_64 only
#
#   coldstream-VERSION-x64.exe    NSIS: coldstream.nsi, whose first lines are what an administrator wants to know
#   coldstream-VERSION-x64.msi    Windows Installer, for who rolls out by group policy: coldstream.wxs
#
# From the environment:
#
#   SOURCE_DATE_EPOCH     the time of everything inside, in seconds since 1970; else that of the last commit. Two runs on one
#                         build with the same time make the same bytes
#   COLDSTREAM_VERSION    what the installers say that they install, instead of the project's version
#   COLDSTREAM_SIGN       a command that is called with the name of one file after the other, and signs it where it lies: the
#                         programs, the library, the uninstaller, both installers. sign.sh is one; signatures carry
#                         times, so that signed installers differ. Paths in it are absolute
#
# Installs what that needs. Prints the names of the installers.
set -eu
cd "$(dirname "$0")/../.."
. installer/packages.sh

output=${1:-build/packages-windows}
build=${2:-}
build32=${3:-}
mkdir -p "$output"
output=$(realpath "$output")
stage=$output/stage

# shellcheck disable=SC2086
packages_install "$output/packages.log" $packages_windows $packages_windows_installers

# build_for ARCH: both libraries and all programs, in OUTPUT/ARCH.
build_for() {
    sh windows/dependencies.sh "$1" "build/windows-$1-deps"
    quietly "$output/configure-$1.log" cmake -S . -B "$output/$1" -G Ninja \
        -DCMAKE_TOOLCHAIN_FILE=windows/mingw-w64.cmake -DCOLDSTREAM_WINDOWS_ARCH="$1"
    quietly "$output/compile-$1.log" cmake --build "$output/$1"
}

# from_cache BUILD NAME: a variable of a build.
from_cache() {
    sed -n "s/^$2:[A-Z]*=//p" "$1/CMakeCache.txt"
}

sign() {
    # shellcheck disable=SC2086
    [ -z "${COLDSTREAM_SIGN:-}" ] || $COLDSTREAM_SIGN "$1"
}

# stage_libraries FOLDER FOLDER-OF-LIBRARIES: what was installed from one build, sorted into the stage.
stage_libraries() {
    mkdir -p "$stage/sdk/lib/$2"
    cp "$1"/lib/*esent* "$stage/sdk/lib/$2/"
}

stage_everything() {
    rm -rf "$stage" "$output/installed" "$output/installed32"
    mkdir -p "$stage/program" "$stage/doc" "$stage/sdk"
    cmake --install "$build" --prefix "$output/installed" --strip
    for program in coldstream.exe coldstreamd.exe esent.dll; do
        cp "$output/installed/bin/$program" "$stage/program/"
    done
    cp -r "$output/installed/include" "$stage/sdk/"
    stage_libraries "$output/installed" x64
    if [ -n "$build32" ]; then
        cmake --install "$build32" --prefix "$output/installed32" --strip
        stage_libraries "$output/installed32" x86
        mkdir -p "$stage/sdk/bin/x86"
        cp "$output/installed32/bin/esent.dll" "$stage/sdk/bin/x86/"
    fi
    cp LICENSE "$stage/doc/LICENSE.txt"
    cp README.md installer/CHANGES.md "$stage/doc/"
    cp installer/windows/coldstream.conf "$stage/doc/"
    rm -rf "$output/installed" "$output/installed32"
}

# Everything inside is as old as the source; who may write it does not matter on Windows.
set_times() {
    find "$stage" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" '{}' +
}

# --- NSIS ---

# nsis_macros NAME FOLDER: the macros InstallNAME and DeleteNAME, for what lies in a folder of the stage.
nsis_macros() {
    (cd "$stage" && find "$2" -depth -type f -printf 'f %h %p\n' -o -printf 'd - %p\n' | LC_ALL=C sort -rk 3) |
        awk -v name="$1" -v stage="$stage" '
        function there(path) { gsub("/", "\\", path); return "\"$INSTDIR\\" path "\"\n" }
        $1 == "f" { install = install "    SetOutPath " there($2) "    File \"" stage "/" $3 "\"\n"
                    remove = remove "    Delete /REBOOTOK " there($3) }
        $1 == "d" { remove = remove "    RMDir " there($3) }
        END { print "!macro Install" name "\n" install "    SetOutPath \"$INSTDIR\"\n!macroend"
              print "!macro Delete" name "\n" remove "!macroend" }'
}

make_nsis() {
    {
        nsis_macros Doc doc
        nsis_macros Sdk sdk
    } >"$output/files.nsh"
    set -- "-DVERSION=$version" "-DNUMBERS=$numbers" "-DSTAGE=$stage" "-DFILES=$output/files.nsh" \
        "-DOUTPUT=$output/$name.exe"
    [ -z "${COLDSTREAM_SIGN:-}" ] || set -- "$@" "-DSIGN=$COLDSTREAM_SIGN"
    makensis -V2 -WX "$@" "$source/coldstream.nsi"
}

# --- Windows Installer ---

# uuid WORD...: one that follows from what is given. RFC 4122 calls it version 5, with a digest that we choose.
uuid() {
    echo "$@" | sha1sum | sed -E 's/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/\1-\2-5\3-8\4-\5/' | tr '[:lower:]' '[:upper:]'
}

content() {
    (cd "$stage" && find . -type f | LC_ALL=C sort | xargs sha256sum) | sha256sum
}

# wixl-heat invents names for folders, others in each run.
number_folders() {
    awk -v prefix="$1" '
        /^<!--/ { next }
        match($0, /Directory Id="[^"]*"/) {
            $0 = substr($0, 1, RSTART - 1) "Directory Id=\"" prefix "_" ++count "\"" substr($0, RSTART + RLENGTH)
        }
        { print }'
}

# The service goes also if its own program is not there any more: an action of 34 (a program, from a folder), 64 (whatever it says), 1024 and
# 2048 (deferred, as the system).
add_second_removal() {
    msibuild "$1" -q "INSERT INTO CustomAction (Action, Type, Source, Target)
        VALUES ('DeleteService', 3170, 'System64Folder', '\"[System64Folder]sc.exe\" delete coldstream')"
    msibuild "$1" -q "INSERT INTO InstallExecuteSequence (Action, Condition, Sequence)
        VALUES ('DeleteService', 'REMOVE=\"ALL\" AND NOT UPGRADINGPRODUCTCODE', 1902)"
}

# wixl takes no absolute paths of files, has no conditions for the whole product, lets no property through that has no value, removes what an upgrade replaces too late, and
# invents the identity of the package, which has to differ where the content does and nowhere else.
make_msi() {
    cd "$output"
    for folder in doc sdk; do
        (cd stage && find "$folder" -type f | LC_ALL=C sort) |
            wixl-heat -p '' --var var.STAGE --directory-ref INSTALLDIR --component-group "$folder" --win64 |
            number_folders "$folder" >"$folder.wxs"
    done
    faketime -f "@$(date -u --date="@$SOURCE_DATE_EPOCH" '+%F %T')" \
        wixl -a x64 -o "$name.msi" -D VERSION="$version" -D STAGE=stage -D Win64=yes \
        -D PRODUCT="$(uuid product "$version")" "$source/coldstream.wxs" doc.wxs sdk.wxs
    msibuild "$name.msi" -s "Coldstream $version" Coldstream 'x64;1033' "{$(uuid package "$version" "$(content)")}"
    msibuild "$name.msi" -q "UPDATE InstallExecuteSequence SET Sequence=1510 WHERE Action='RemoveExistingProducts'"
    msibuild "$name.msi" -q "UPDATE Property SET Value='ACCOUNT;WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED'
        WHERE Property='SecureCustomProperties'"
    add_second_removal "$name.msi"
    msibuild "$name.msi" -q "INSERT INTO LaunchCondition (Condition, Description)
        VALUES ('Installed OR NOT OTHERINSTALLER', 'Coldstream is installed by its other installer: remove it first.')"
    sign "$output/$name.msi"
}

# ---

source=$PWD/installer/windows
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct)}"
export SOURCE_DATE_EPOCH
if [ -z "$build" ]; then
    build_for x86_64
    build_for i686
    build=$output/x86_64
    build32=$output/i686
fi
version=${COLDSTREAM_VERSION:-$(from_cache "$build" CMAKE_PROJECT_VERSION)}
numbers=$version.0
name=coldstream-$version-x64
quietly "$output/stage.log" stage_everything
for file in "$stage"/program/* "$stage"/sdk/bin/*/*.dll; do
    [ ! -e "$file" ] || sign "$file"
done
set_times
rm -f "$output/$name.exe" "$output/$name.msi"
quietly "$output/nsis.log" make_nsis
quietly "$output/msi.log" make_msi
ls "$output/$name.exe" "$output/$name.msi"

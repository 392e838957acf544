#!/bin/sh
# SPDX-License-Identifier: MIT
# msvc.sh - what is there for Microsoft's compiler: esent.h compiles for its ABI, in C and in C++, and programs can be linked
# with esent.lib.
#
#   sh msvc.sh SOURCES ARCH CORE ABI EXPORTS LIBRARY [EMULATOR... PROGRAM]
#
#   SOURCES   this folder              CORE, ABI, EXPORTS   where headers are, ours and the generated one
#   ARCH      x86_64 or i686           PROGRAM              is linked, beside esent.dll, and run by EMULATOR
#
# The compiler is clang, the linker LLVM's. Prints its cases as a unit test program does.
set -u
sources=$1 arch=$2 core=$3 abi=$4 exports=$5 library=$6
shift 6
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0 skipped=0

verdict() {
    if "$@" >"$scratch/output" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "# failed: $*"
        sed 's/^/# /' "$scratch/output"
    fi
}

compile() {
    clang -target "$arch-pc-windows-msvc" -ffreestanding -Wall -Wextra -Wpedantic -Werror -I "$core" -I "$abi" -I "$exports" "$@"
}

it_compiles_as_c() {
    for file in msvc_program names_declared; do
        compile -std=c11 -O1 -c "$sources/$file.c" -o "$scratch/$file.obj" || return
    done
}

# Structures without a name are no standard C++; every compiler takes them.
it_compiles_as_cxx() {
    printf '#include "jet/esent.h"\nJET_ERR f(WCHAR *t);\nJET_ERR f(WCHAR *t)\n{\n%s\n}\n' \
        '    return JetStopService() + JetAttachDatabaseW(0, t, 0) + JetAttachDatabaseW(0, L"x", 0);' >"$scratch/x.cpp"
    compile -Wno-pedantic -std=c++17 -x c++ -fsyntax-only "$scratch/x.cpp"
}

# <windows.h> is mingw-w64's. It, too, defines WCHAR.
it_goes_with_windows_h() {
    printf '#include <windows.h>\n' | cat - "$scratch/x.cpp" >"$scratch/w.cpp"
    clang -target "$arch-w64-mingw32" -I "$core" -I "$abi" -std=c++17 -fsyntax-only "$scratch/w.cpp"
}

machine=x64
linking=
[ "$arch" = x86_64 ] || machine=x86 linking=-safeseh:no

it_links() {
    lld-link -nologo -entry:start -subsystem:console -nodefaultlib -machine:$machine $linking -out:"$scratch/program.exe" \
        "$scratch/msvc_program.obj" "$scratch/names_declared.obj" "$library"
}

it_imports_nothing_but_esent() {
    [ "$(llvm-readobj --coff-imports "$scratch/program.exe" | sed -n 's/^  Name: //p')" = esent.dll ]
}

it_runs() {
    eval "program=\${$#}"
    # shellcheck disable=SC2154
    cp "$scratch/program.exe" "$program" && "$@"
    ran=$?
    rm -f "$program"
    return $ran
}

for tool in clang lld-link llvm-readobj; do
    if ! command -v $tool >/dev/null; then
        echo "# $tool is not installed"
        echo '[  PASSED  ] 0 test(s).'
        echo '[  SKIPPED ] 1 test(s).'
        exit 0
    fi
done
verdict it_compiles_as_c
verdict it_compiles_as_cxx
verdict it_goes_with_windows_h
verdict it_links
verdict it_imports_nothing_but_esent
if [ $# -gt 0 ]; then
    verdict it_runs "$@"
else
    skipped=1
fi
echo "[  PASSED  ] $passed test(s)."
[ "$skipped" -eq 0 ] || echo "[  SKIPPED ] $skipped test(s)."
[ "$failed" -eq 0 ] || echo "[  FAILED  ] $failed test(s)."
[ "$failed" -eq 0 ]

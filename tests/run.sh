#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh - installs what the tests need, builds everything in every way, runs everything: sh tests/run.sh
#
#   sh tests/run.sh                  all stages
#   sh tests/run.sh --quick          only the native build with gcc and its unit tests
#   sh tests/run.sh --stage NAME     only that stage (and the builds it needs); may be given again
#
#   static         formatting, layers, cppcheck, clang-tidy, shellcheck; beside the others
#   gcc            native release build, unit tests
#   asan           clang with address and undefined-behaviour sanitizers, unit tests
#   tsan           clang with the thread sanitizer, unit tests labelled "threads"
#   libraries      what the two Windows builds need (windows/dependencies.sh)
#   windows        mingw-w64 for x86_64, unit tests under Wine
#   windows32      mingw-w64 for i686; its DLL and import libraries are looked at, but Debian's 64-bit Wine cannot run it:
#                  the unit tests are where the package wine32 is installed
#   integration    tests/integration/test_*.sh with the programs of gcc, asan and windows
#   fuzz           every fuzz target for COLDSTREAM_FUZZ_SECONDS (10), from its seeds
#
# A stage prints one line; what it did is in build/tests/STAGE.log, whose end is shown if it failed. A failed stage does not
# keep the others from running. Inside the logs each case is a line "ok - name", "not ok - name" or "skip - name", and a
# unit test program one line "cases - N passed, N failed, N skipped"; the last line of the run adds them up. A build and a
# static check are one case each.
set -eu
cd "$(dirname "$0")/.."
. installer/packages.sh

# The sanitizers of this compiler need a certain layout of addresses, which the kernel's widest randomisation breaks.
# It is readable by root only; who cannot read it gets no randomisation either.
if [ -z "${COLDSTREAM_FIXED_ADDRESSES:-}" ] && [ "$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 32)" -gt 28 ] &&
    setarch --addr-no-randomize true 2>/dev/null; then
    export COLDSTREAM_FIXED_ADDRESSES=yes
    exec setarch --addr-no-randomize sh tests/run.sh "$@"
fi

build=$PWD/build/tests
export LC_ALL=C.UTF-8 WINEDEBUG=-all WINEPREFIX="$build/windows/wine" UBSAN_OPTIONS=print_stacktrace=1
export ASAN_OPTIONS=print_legend=0
export PYTHONDONTWRITEBYTECODE=1
# Real databases, where a checkout has them beside it; the tests that need them are skipped elsewhere.
if [ -z "${COLDSTREAM_CORPUS:-}" ] && [ -d ../shared/corpus ]; then
    COLDSTREAM_CORPUS=$(cd ../shared/corpus && pwd)
    export COLDSTREAM_CORPUS
fi

stages=
packages=$packages_tests
while [ $# -gt 0 ]; do
    case $1 in
    --quick)
        stages=gcc
        packages=$packages_tests_quick
        ;;
    --stage)
        stages="$stages $2"
        shift
        ;;
    *)
        sed -n '5,7s/^# *//p' tests/run.sh >&2
        exit 2
        ;;
    esac
    shift
done
: "${stages:=static gcc asan tsan libraries windows windows32 integration fuzz}"

# --- cases ---

# check NAME COMMAND...: one case. attempt_status is left behind.
check() {
    check_name=$1
    shift
    attempt "$@"
    if [ "$attempt_status" -eq 0 ]; then
        echo "ok - $check_name"
    else
        echo "not ok - $check_name"
    fi
}

# The cases of a log, as "passed failed skipped".
count_cases() {
    awk '/^ok - / { passed++ } /^not ok - / { failed++ } /^skip - / { skipped++ }
        /^cases - / { passed += $3; failed += $5; skipped += $7 }
        END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}

# What a log says about the cases that failed: their own lines, the output in front of each, and the details ("# ...")
# behind it. What stands in front of a case that passed goes unseen.
show_failures() {
    awk 'function show(   i) {
            for (i = count > 150 ? count - 150 : 0; i < count; i++)
                print kept[i]
            count = 0
        }
        /^\[[0-9]+\/[0-9]+\] |^-- |^[0-9]+ warnings? generated|^ *Start +[0-9]+: |^ *[0-9]+\/[0-9]+ Test .* Passed / { next }
        /^#/ && failed { print; next }
        { failed = /^not ok - / || /^cases - .* [1-9][0-9]* failed/ }
        failed { show(); print "    " $0; next }
        /^(ok|skip) - / { count = 0; next }
        !/^cases - / { kept[count++] = $0 }
        END { show() }' "$1"
    echo "(the whole log: $1)"
}

# --- building and unit tests ---

# configure FOLDER OPTION...
configure() {
    folder=$1
    shift
    cmake -S . -B "$build/$folder" -G Ninja -DCOLDSTREAM_WERROR=ON "$@"
}

configure_and_build() {
    configure "$@"
    cmake --build "$build/$1" -- -k 0
}

# Each may be asked for by several stages; where nothing changed it takes a second.
# With the prefix of packages, which are made from it.
build_gcc() {
    configure_and_build gcc -DCMAKE_C_COMPILER=gcc -DCOLDSTREAM_TESTS=ON -DCMAKE_INSTALL_PREFIX=/usr
}

# configure_clang FOLDER OPTION...: Debug, with assertions and the order of locks checked. Reports name lines; nobody
# looks at variables.
configure_clang() {
    configure "$@" -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG='-O1 -gline-tables-only'
}

build_asan() {
    configure_clang asan -DCOLDSTREAM_SANITIZE=address,undefined -DCOLDSTREAM_TESTS=ON
    cmake --build "$build/asan" -- -k 0
}

build_tsan() {
    configure_clang tsan -DCOLDSTREAM_SANITIZE=thread -DCOLDSTREAM_TESTS=ON
    cmake --build "$build/tsan" --target threads_tests -- -k 0
}

# build_windows FOLDER ARCH OPTION...
build_windows() {
    windows_folder=$1
    windows_arch=$2
    shift 2
    configure_and_build "$windows_folder" -DCMAKE_TOOLCHAIN_FILE=windows/mingw-w64.cmake \
        -DCOLDSTREAM_WINDOWS_ARCH="$windows_arch" -DCOLDSTREAM_TESTS=ON "$@"
}

# With assertions, which no other build for Windows compiles. Hardly anything of it is run: optimising would be for nothing.
build_windows_i686() {
    build_windows windows32 i686 -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG=
}

build_fuzz() {
    configure_clang fuzz -DCOLDSTREAM_FUZZ=ON
    cmake --build "$build/fuzz" -- -k 0
}

# Turns ctest's report into lines of cases: one for each program. What ran no case, or ended badly without a failed one
# (a crash, the time limit), is a failure; the fixtures around the tests are not cases.
unit_test_cases() {
    awk -v stage="$1" '
        function attribute(name,   at) {
            at = index($0, " " name "=\"")
            if (!at)
                return ""
            rest = substr($0, at + length(name) + 3)
            return substr(rest, 1, index(rest, "\"") - 1)
        }
        function summary(verdict) {
            return match($0, "\\[  " verdict " +\\] [0-9]+ test") ? substr($0, RSTART + 13, RLENGTH - 18) + 0 : 0
        }
        /<testcase / { name = attribute("name"); status = attribute("status"); passed = failed = skipped = 0 }
        { passed += summary("PASSED"); failed += summary("FAILED"); skipped += summary("SKIPPED") }
        /<\/testcase>/ {
            bad = status != "run" || (name ~ /^unit_/ && passed + failed + skipped == 0)
            if (bad && !failed) {
                failed++
                print "# " name " ended badly: " status
            }
            if (passed + failed + skipped)
                print "cases - " passed " passed, " failed " failed, " skipped " skipped: " stage " " name
        }' "$build/$1/ctest.xml"
}

# Is the folder in memory, with room for the scratch files of all tests?
memory_is_large() {
    [ -w "$1" ] && [ "$(df --output=fstype "$1" | tail -n 1)" = tmpfs ] &&
        [ "$(df --output=avail --block-size=1M "$1" | tail -n 1)" -ge 2048 ]
}

# run_unit_tests FOLDER OPTION...: ctest's verdict is in its report.
run_unit_tests() {
    folder=$1
    shift
    rm -f "$build/$folder/ctest.xml"
    (
        case $folder in windows*) COLDSTREAM_CORPUS=${COLDSTREAM_CORPUS:+Z:$COLDSTREAM_CORPUS} ;; esac
        # Sanitizers look for what no disk is needed for; with gcc, the same tests wait for one.
        if [ "$folder" != gcc ] && memory_is_large /dev/shm; then
            export TMPDIR=/dev/shm
        fi
        attempt ctest --test-dir "$build/$folder" -j 2 --output-on-failure --no-tests=error \
            --output-junit "$build/$folder/ctest.xml" \
            --test-output-size-passed 1000000 --test-output-size-failed 1000000 "$@"
    )
    unit_test_cases "$folder"
}

# build_and_test FOLDER NAME-OF-BUILD-FUNCTION CTEST-OPTION...
build_and_test() {
    tree=$1
    shift
    check "$tree builds" "$1"
    shift
    [ "$attempt_status" -ne 0 ] || run_unit_tests "$tree" "$@"
}

# --- stages ---

# Names of all files of these kinds that are ours.
sources() {
    find core linux windows tests installer -type f \( "$@" \) | sort
}

# Left out is what the analyzer of clang and the sanitizers see better: cppcheck takes "written on success" for "perhaps
# never written", a loop's condition for nothing, and memory that is stored through a compound literal for lost.
run_cppcheck() {
    nice -n 19 cppcheck --quiet --enable=warning,performance,portability --std=c11 --error-exitcode=1 -j 2 -I core --template=gcc \
        --suppress=uninitvar --suppress=legacyUninitvar --suppress=uninitStructMember --suppress=shiftTooManyBits \
        --suppress=memleak -D'json_array_foreach(array, i, value)=while ((value = json_array_get(array, i)))' \
        core linux windows
}

run_clang_tidy() {
    cmake -S . -B "$build/tidy" -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
    find core linux -name '*.c' | sort | nice -n 19 xargs -n 4 -P 2 clang-tidy --quiet -p "$build/tidy"
}

stage_static() {
    # shellcheck disable=SC2046
    check 'clang-format' clang-format --dry-run -Werror $(sources -name '*.[ch]')
    check 'the test of the layers finds violations' python3 tests/static/include_layering.py --self-test
    check 'layers' python3 tests/static/include_layering.py .
    # shellcheck disable=SC2046
    check 'shellcheck' shellcheck -x -P SCRIPTDIR -P . .ci/run installer/linux/debian/coldstream/p* $(sources -name '*.sh')
    check 'source entries for apt' sh tests/static/apt_source_entries.sh
    check 'cppcheck' run_cppcheck
    check 'clang-tidy' run_clang_tidy
}

stage_gcc() {
    build_and_test gcc build_gcc
}

stage_asan() {
    build_and_test asan build_asan
}

stage_tsan() {
    build_and_test tsan build_tsan -L threads
}

# Most of it is configuring, which is one thread each.
stage_libraries() {
    check 'libraries for i686' sh windows/dependencies.sh i686 build/windows-i686-deps &
    check 'libraries for x86_64' sh windows/dependencies.sh x86_64 build/windows-x86_64-deps
    wait
}

stage_windows() {
    check 'libraries for x86_64' sh windows/dependencies.sh x86_64 build/windows-x86_64-deps
    build_and_test windows build_windows_x86_64
}

build_windows_x86_64() {
    build_windows windows x86_64
}

stage_windows32() {
    check 'libraries for i686' sh windows/dependencies.sh i686 build/windows-i686-deps
    build_and_test windows32 build_windows_i686
    [ -e /usr/lib/wine/wine ] || echo 'skip - the unit tests of i686: no 32-bit Wine is installed'
}

# One script; if it fails without naming a case, it is one itself.
run_integration_test() {
    name=$(basename "$1" .sh)
    output=$build/integration/$name.log
    attempt sh "$1" >"$output" 2>&1
    cat "$output"
    if [ "$attempt_status" -ne 0 ] && ! grep -q '^not ok - ' "$output"; then
        echo "not ok - $name ended with status $attempt_status"
    fi
}

# Runs every script that nobody else has taken; most scripts keep one processor busy.
integration_lane() {
    for script in tests/integration/test_*.sh; do
        ! mkdir "$build/integration/taken/$(basename "$script")" 2>/dev/null || run_integration_test "$script"
    done
}

stage_integration() {
    rm -rf "$build/integration"
    mkdir -p "$build/integration/taken"
    for program in gcc asan windows_x86_64; do
        attempt "build_$program" >"$build/integration/build-$program.log" 2>&1
    done
    export TEST_TMP="$build/integration"
    export COLDSTREAM="$build/gcc/bin/coldstream"
    export COLDSTREAM_ASAN="$build/asan/bin/coldstream"
    export COLDSTREAM_WINE="$build/windows/bin/coldstream.exe"
    export WRITE_ROWS="$build/gcc/bin/write_rows"
    mkdir -p "$WINEPREFIX" # without it wineserver fails, and every program starts a server anew
    wineserver -p >/dev/null 2>&1
    wine wineboot </dev/null >/dev/null 2>&1
    integration_lane &
    integration_lane
    wait
}

# fuzz TARGET: finds are kept, and what was learned too.
fuzz() {
    mkdir -p "$build/fuzz/learned/$1" "$build/fuzz/finds"
    "$build/fuzz/bin/fuzz_$1" -max_total_time="${COLDSTREAM_FUZZ_SECONDS:-10}" -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="$build/fuzz/finds/$1-" "$build/fuzz/learned/$1" "tests/fuzz/seeds/$1"
}

fuzz_to_log() {
    check "fuzz $1" fuzz "$1" >"$build/fuzz/$1.log" 2>&1
}

stage_fuzz() {
    rm -f "$build"/fuzz/bin/fuzz_* # of targets that are no more
    check 'fuzz targets build' build_fuzz
    [ "$attempt_status" -eq 0 ] || return 0
    # shellcheck disable=SC2046
    set -- $(find "$build/fuzz/bin" -name 'fuzz_*' -printf '%f\n' | sed 's/^fuzz_//' | sort)
    [ $# -gt 0 ]
    while [ $# -gt 0 ]; do
        fuzz_to_log "$1" &
        [ $# -lt 2 ] || fuzz_to_log "$2"
        wait
        tail -n 30 "$build/fuzz/$1.log" ${2:+"$build/fuzz/$2.log"}
        shift
        [ $# -eq 0 ] || shift
    done
}

# --- the run ---

# Leaves the numbers of cases in STAGE.count. One line, and what failed, printed in one piece.
run_stage() {
    stage=$1
    log=$build/$stage.log
    begin=$(date +%s)
    attempt "stage_$stage" >"$log" 2>&1
    # shellcheck disable=SC2046
    set -- $(count_cases "$log")
    if [ "$attempt_status" -ne 0 ] && [ "$2" -eq 0 ]; then
        set -- "$1" 1 "$3"
    fi
    echo "$*" >"$build/$stage.count"
    verdict=ok
    [ "$2" -eq 0 ] || verdict=FAILED
    {
        echo "stage $stage $verdict ($(($(date +%s) - begin)) s): $1 passed, $2 failed, $3 skipped"
        [ "$verdict" = ok ] || show_failures "$log"
    } >"$build/$stage.report"
    cat "$build/$stage.report"
}

mkdir -p "$build"
rm -f "$build"/*.count
# shellcheck disable=SC2086
packages_install "$build/packages.log" $packages
trap 'wineserver -k >/dev/null 2>&1 || :' EXIT
for stage in $stages; do
    case $stage in
    static) run_stage static & ;; # takes what the others leave of the processors
    *) run_stage "$stage" ;;
    esac
done
wait
# A stage that left no numbers did not come to its end.
for stage in $stages; do
    cat "$build/$stage.count" 2>/dev/null || echo '0 1 0'
done | awk '{ passed += $1; failed += $2; skipped += $3 }
    END { print passed " passed, " failed " failed, " skipped " skipped"; exit (failed > 0) }'

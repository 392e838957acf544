# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# lib.sh - what the end-to-end tests have in common. Sourced first by each tests/integration/test_*.sh.
#
# A test script runs the program as its user would and prints one line per case: `ok - sentence`, `not ok - sentence`
# (then `# detail` lines), `skip - sentence: reason`. It exits non-zero when a case is not ok.
#
#   case_begin "a cut tar is refused"           the sentence says what must be true
#   run verify cut.tar                          runs coldstream; status, stdout and stderr are kept
#   want_status 7                               each want_... that does not hold is one detail line
#   want_stderr 'cut\.tar'
#   case_end                                    prints the line
#
# From the environment:
#   COLDSTREAM         the program
#   COLDSTREAM_WINE    coldstream.exe; unset: no case is repeated under Wine
#   COLDSTREAM_ASAN    the program with sanitizers; unset: no case is repeated with it
#   COLDSTREAM_CORPUS  folder with real databases; unset: cases that need it are skipped
#   TEST_TMP           where scratch folders go; unset: the system's
#
# The working directory is a scratch folder of the script's own, removed at the end. Names are given relative to it, so
# that the same case works under Wine.

set -u
: "${COLDSTREAM:?path of the program under test}"
COLDSTREAM=$(realpath "$COLDSTREAM")
[ -z "${COLDSTREAM_WINE:-}" ] || COLDSTREAM_WINE=$(realpath "$COLDSTREAM_WINE")
[ -z "${COLDSTREAM_ASAN:-}" ] || COLDSTREAM_ASAN=$(realpath "$COLDSTREAM_ASAN")
[ -z "${COLDSTREAM_CORPUS:-}" ] || COLDSTREAM_CORPUS=$(realpath "$COLDSTREAM_CORPUS")
# shellcheck disable=SC2034 # for helpers beside the scripts
TEST_FOLDER=$(cd "$(dirname "$0")" && pwd)
: "${LC_ALL:=C.UTF-8}"
export LC_ALL PYTHONDONTWRITEBYTECODE=1

scratch=$(mktemp -d "${TEST_TMP:-${TMPDIR:-/tmp}}/coldstream-test.XXXXXX") || exit 1
cases_failed=0
case_sentence=
case_details=
case_number=0
runner=native
run_limit_usual=180 # seconds; most runs take one, on an idle machine
run_limit=$run_limit_usual # after which a run counts as hanging
wine_of_our_own=
cleanup_hook=:

lib_cleanup() {
    $cleanup_hook
    [ -z "$wine_of_our_own" ] || wineserver -k >/dev/null 2>&1
    cd /
    chmod -R u+rwx "$scratch" 2>/dev/null
    rm -rf "$scratch"
}
trap lib_cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$scratch" || exit 1

# A command that may write to a folder of the script's own, but not where the cases look.
kept=$scratch/.kept
mkdir "$kept"

# --- cases ---

case_begin() {
    case_sentence=$1
    [ "$runner" = native ] || case_sentence="[$runner] $1"
    case_details=
    case_number=$((case_number + 1))
}

# Each line of the words becomes one of the case.
detail() {
    case_details="$case_details$(printf '%s\n' "$*" | sed 's/^/# /')
"
}

# The output of the last run, for the reader of a failed case.
case_show_output() {
    sed -n '1,12s/^/#   stdout: /p' "$kept/stdout" 2>/dev/null | cut -c1-400 | LC_ALL=C tr -cd '\11\12\40-\176'
    sed -n '1,12s/^/#   stderr: /p' "$kept/stderr" 2>/dev/null | cut -c1-400 | LC_ALL=C tr -cd '\11\12\40-\176'
}

case_end() {
    if [ -z "$case_details" ]; then
        printf 'ok - %s\n' "$case_sentence"
        return
    fi
    cases_failed=$((cases_failed + 1))
    printf 'not ok - %s\n%s' "$case_sentence" "$case_details"
    case_show_output
}

case_skip() {
    printf 'skip - %s: %s\n' "$1" "$2"
}

# Last line of every script.
finish() {
    [ "$cases_failed" -eq 0 ]
    exit
}

# --- running ---

# The program in its present form, in the foreground, with the caller's redirections.
coldstream() {
    case $runner in
    native) "$COLDSTREAM" "$@" ;;
    sanitized) "$COLDSTREAM_ASAN" "$@" ;;
    wine) wine "$COLDSTREAM_WINE" "$@" ;;
    esac
}

# The same as one word list for programs that start it themselves (timeout, helpers in Python): "$@" behind it.
with_coldstream() {
    case $runner in
    native) "$@" "$COLDSTREAM" ;;
    sanitized) "$@" "$COLDSTREAM_ASAN" ;;
    wine) "$@" wine "$COLDSTREAM_WINE" ;;
    esac
}

run_timed() {
    case $runner in
    native) timeout -k 5 "$run_limit" "$COLDSTREAM" "$@" ;;
    sanitized) timeout -k 5 "$run_limit" "$COLDSTREAM_ASAN" "$@" ;;
    wine) timeout -k 5 "$run_limit" wine "$COLDSTREAM_WINE" "$@" ;;
    esac
}

# What must hold after any run whatever: it ended by itself, and no sanitizer spoke.
run_judge() {
    if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
        detail "hangs: still running after $run_limit s: $*"
    fi
    if grep -q -a -e 'Sanitizer' -e 'runtime error:' "$kept/stderr"; then
        detail "sanitizer report: $(grep -a -m1 -e 'Sanitizer' -e 'runtime error:' "$kept/stderr")"
    fi
}

# Now and then, on a busy machine, Wine ends with 1 before the program has begun, and without a word. Ours never says nothing
# when it fails.
never_began() {
    [ "$runner" = wine ] && [ "$status" -eq 1 ] && [ ! -s "$1" ] && [ ! -s "$kept/stderr" ]
}

# run_through INPUT OUTPUT ARGUMENT...
run_through() {
    run_input=$1
    run_output=$2
    shift 2
    for _ in 1 2 3; do
        run_timed "$@" <"$run_input" >"$run_output" 2>"$kept/stderr"
        status=$?
        never_began "$run_output" || break
    done
    run_judge "$@"
}

# Runs `coldstream ARGUMENTS...` without standard input.
run() {
    run_through /dev/null "$kept/stdout" "$@"
}

# The same, with standard input from FILE.
run_from() {
    run_file=$1
    shift
    run_through "$run_file" "$kept/stdout" "$@"
}

# The same, with standard output to FILE.
run_into() {
    run_file=$1
    shift
    : >"$kept/stdout"
    run_through /dev/null "$run_file" "$@"
}

# Repeats FUNCTION as the native program and as coldstream.exe.
native_and_wine() {
    runner=native
    "$@"
    if [ -z "${COLDSTREAM_WINE:-}" ]; then
        case_skip "the cases of $(basename "$0") with coldstream.exe" "COLDSTREAM_WINE is not set"
        return
    fi
    wine_up
    runner=wine
    "$@"
    runner=native
}

# Repeats FUNCTION as the native program and with sanitizers.
native_and_sanitized() {
    runner=native
    "$@"
    if [ -z "${COLDSTREAM_ASAN:-}" ]; then
        case_skip "the cases of $(basename "$0") with sanitizers" "COLDSTREAM_ASAN is not set"
        return
    fi
    runner=sanitized
    "$@"
    runner=native
}

# A warm Wine: without a server that stays, every run starts one anew (seconds), and its helpers hold our pipes. A
# prefix named by the caller is the caller's to warm and to end.
wine_up() {
    WINEDEBUG=-all
    export WINEDEBUG
    if [ -z "${WINEPREFIX:-}" ]; then
        WINEPREFIX=$scratch/.wine
        mkdir "$WINEPREFIX" # wineserver -p fails without it, and every run starts a server anew
        export WINEPREFIX
        wine_of_our_own=yes
        wineserver -p >/dev/null 2>&1
        wine wineboot </dev/null >/dev/null 2>&1
    fi
}

# --- what a run must have done ---

# After `run verify --deep` of what a machine that failed, was frozen, or went on meanwhile has left: sound, but for a page that
# was between its tree and the account of free pages. It is lost to use, which is a warning, and nothing else is.
want_sound() {
    if [ "$status" -eq 3 ] && ! grep -h -e '^warning' -e '^damage' "$kept/stdout" "$kept/stderr" |
        grep -qv 'neither in use nor available'; then
        return 0
    fi
    want_status 0
}

want_status() {
    for want_one in "$@"; do
        [ "$status" -ne "$want_one" ] || return 0
    done
    detail "exit status $status, expected $*"
}

# Standard error has a line that matches the extended regular expression.
want_stderr() {
    LC_ALL=C grep -q -a -i -E -e "$1" "$kept/stderr" || detail "stderr has no line like: $1"
}

# The line that tells of progress does not count: it comes after two seconds, wherever a machine is after two seconds.
want_no_stderr() {
    ! LC_ALL=C grep -q -a -v -E -e '  [a-z]+ [0-9]+/[0-9]+ .*\[[#.]+\]' "$kept/stderr" || detail "something on stderr"
}

want_stdout() {
    LC_ALL=C grep -q -a -i -E -e "$1" "$kept/stdout" || detail "stdout has no line like: $1"
}

# Either has: findings are what verify is asked for, data, and go to standard output; errors are talk.
want_message() {
    LC_ALL=C grep -q -a -i -E -h -e "$1" "$kept/stdout" "$kept/stderr" || detail "no message like: $1"
}

want_no_stdout() {
    [ ! -s "$kept/stdout" ] || detail "something on stdout"
}

want_present() {
    for want_one in "$@"; do
        [ -e "$want_one" ] || detail "$want_one is not there"
    done
}

want_absent() {
    for want_one in "$@"; do
        if [ -e "$want_one" ] || [ -L "$want_one" ]; then
            detail "$want_one is there"
        fi
    done
}

# A folder without entries, hidden ones included; no folder at all is as good.
want_empty_folder() {
    [ ! -d "$1" ] || [ -z "$(ls -A "$1")" ] || detail "left in $1: $(find "$1" -mindepth 1 | head -n 5 | tr '\n' ' ')"
}

want_same() {
    cmp -s "$1" "$2" || detail "$1 and $2 differ: $(cmp "$1" "$2" 2>&1)"
}

# FILE holds JSON objects, one a line; FILTER is true for one of them. Arguments for jq may follow.
want_record() {
    want_file=$1
    want_filter=$2
    shift 2
    jq -e -s "any(.[]; $want_filter)" "$@" "$want_file" >/dev/null 2>&1 || detail "no record with $want_filter ($*)"
}

# Any condition: want "words of what does not hold" COMMAND...
want() {
    want_words=$1
    shift
    "$@" >/dev/null 2>&1 || detail "$want_words"
}

want_not() {
    want_words=$1
    shift
    ! "$@" >/dev/null 2>&1 || detail "$want_words"
}

# --- material ---

# A sound database of about SIZE (1M, 64M ...) made by the program itself.
make_sample() {
    "$COLDSTREAM" demo --make "$1" --size "$2" </dev/null >"$kept/stdout" 2>"$kept/stderr" && [ -s "$1" ] && return
    case_begin "coldstream demo --make $1 --size $2 makes a sample database"
    detail "exit status $?, no sample: the other cases cannot run"
    case_end
    exit 1
}

# Names of the corpus' databases, without their folder.
corpus_files() {
    [ -n "${COLDSTREAM_CORPUS:-}" ] || return 0
    (cd "$COLDSTREAM_CORPUS" && ls -- *.edb *.mdb *.db *.dat 2>/dev/null)
}

# Ends a script that has nothing to do without the corpus.
need_corpus() {
    [ -z "${COLDSTREAM_CORPUS:-}" ] || return 0
    case_skip "$(basename "$0" .sh)" "no real databases: COLDSTREAM_CORPUS is not set"
    finish
}

need_program() {
    command -v "$1" >/dev/null 2>&1 && return
    case_skip "$2" "$1 is not installed"
    return 1
}

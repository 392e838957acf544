#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # the commands are expanded by the shell that runs them
# bench_stream.sh - verify and streaming backup against cat, on one warm file and one core: sh tests/bench/bench_stream.sh
#
# Environment: COLDSTREAM (the program), BENCH_FOLDER (where the sample goes, TMPDIR or /tmp), BENCH_SIZE (1G),
# BENCH_PAGE_SIZE (the program's choice), BENCH_ROUNDS (9), BENCH_CORE (0). If perf works here, the functions that the time
# went to are listed behind the figures.
#
# Each round runs the four commands one after another, so that whatever else the machine does meets all of them; the
# figures are medians. Everything, both ends of a pipe too, is pinned to one core: a pipe to a second core would measure
# the cores' distance. Ratios mean something, rates are this machine's.
set -eu
: "${COLDSTREAM:?path of the program}"
COLDSTREAM=$(realpath "$COLDSTREAM")
: "${BENCH_SIZE:=1G}" "${BENCH_ROUNDS:=9}" "${BENCH_CORE:=0}"
: "${BENCH_FOLDER:=${TMPDIR:-/tmp}}"
folder=$(mktemp -d "$BENCH_FOLDER/coldstream-bench.XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
sample=$folder/sample.edb

"$COLDSTREAM" demo --make "$sample" --size "$BENCH_SIZE" ${BENCH_PAGE_SIZE:+--page-size "$BENCH_PAGE_SIZE"} >/dev/null 2>&1
bytes=$(stat -c %s "$sample")
export COLDSTREAM sample

# Milliseconds that a shell command takes, pinned to one core.
milliseconds() {
    begin=$(date +%s%N)
    taskset -c "$BENCH_CORE" sh -c "$1"
    end=$(date +%s%N)
    echo $(((end - begin) / 1000000))
}

# The commands. The shell that runs them is pinned, hence all they start, and expands the names.
verify='"$COLDSTREAM" verify --jobs 1 -q "$sample"'
cat_file='cat "$sample" >/dev/null'
stream='"$COLDSTREAM" backup "$sample" --stdout -q | cat >/dev/null'
cat_pipe='cat "$sample" | cat >/dev/null'

for command in "$cat_file" "$verify" "$stream" "$cat_pipe"; do
    milliseconds "$command" >/dev/null # warms file, program and cat
done
round=0
while [ "$round" -lt "$BENCH_ROUNDS" ]; do
    milliseconds "$verify" >>"$folder/verify"
    milliseconds "$cat_file" >>"$folder/cat_file"
    milliseconds "$stream" >>"$folder/stream"
    milliseconds "$cat_pipe" >>"$folder/cat_pipe"
    round=$((round + 1))
done

# The middle one, and the spread.
figures() {
    sort -n "$folder/$1" | awk -v bytes="$bytes" '{ t[NR] = $1 }
        END { m = t[int((NR + 1) / 2)]; printf "%d %.2f %d %d\n", m, bytes / m / 1e6, t[1], t[NR] }'
}

report() {
    # shellcheck disable=SC2046 # four words
    set -- "$1" "$2" $(figures "$1")
    printf '%-36s %6s ms  %6s GB/s   (%s to %s ms)\n' "$2" "$3" "$4" "$5" "$6"
}

ratio() {
    # shellcheck disable=SC2046 # words
    set -- "$1" $(figures "$2") $(figures "$3")
    printf '%-36s %6s of its rate (aim 0.8)\n' "$1" "$(awk -v a="$2" -v b="$6" 'BEGIN { printf "%.2f", b / a }')"
}

echo "$bytes bytes in $BENCH_FOLDER, core $BENCH_CORE of $(nproc), $BENCH_ROUNDS rounds, medians:"
report verify 'verify FILE'
report cat_file 'cat FILE >/dev/null'
report stream 'backup FILE --stdout | cat >/dev/null'
report cat_pipe 'cat FILE | cat >/dev/null'
ratio 'verify against cat' verify cat_file
ratio 'backup against cat through a pipe' stream cat_pipe

# Where the time of a command goes: the five functions on top, of kernel and programs.
profile() {
    perf record -q -o "$folder/perf" -- taskset -c "$BENCH_CORE" sh -c "$2" >/dev/null 2>&1 || return 0
    echo "$1 spends its time in:"
    perf report -i "$folder/perf" --stdio --sort comm,sym 2>/dev/null | grep -v -e '^#' -e '^$' | head -n 5
}

if command -v perf >/dev/null 2>&1; then
    profile 'verify' "$verify"
    profile 'backup and its reader' "$stream"
fi

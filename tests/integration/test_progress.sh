#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2317 # programs for jq and other shells; cases are called by name
# Progress: a line that moves on a terminal, few lines elsewhere, none where it was not wanted.
. "$(dirname "$0")/lib.sh"

# until_said PATTERN FILE: waits until the file has it; after half a minute it is for the checks to say that it never came.
until_said() {
    tries=600
    until grep -q "$1" "$2" 2>/dev/null || [ $((tries -= 1)) -eq 0 ]; do
        sleep 0.05
    done
}

# slow_backup WAITER OPTION...: into set.tar, by a reader that calls the waiter first.
slow_backup() {
    waiter=$1
    shift
    : >"$kept/stderr"
    {
        "$COLDSTREAM" backup big.edb --stdout "$@" 2>"$kept/stderr" </dev/null
        echo $? >"$kept/status"
    } | {
        $waiter
        cat >set.tar
    }
    status=$(cat "$kept/status")
    want_status 0
}

case_options() {
    case_begin "to a file: a line at the start and one at the end, nothing that moves"
    slow_backup 'sleep 0.5'
    want_stderr 'big\.edb'
    want_not "a carriage return is on standard error" grep -q "$(printf '\r')" "$kept/stderr"
    want "$(wc -l <"$kept/stderr") lines" test "$(wc -l <"$kept/stderr")" -le 4
    case_end

    case_begin "--progress=always shows progress on standard error while a reader is slow; =never does not"
    slow_backup "until_said % $kept/stderr" --progress=always
    want_stderr '%'
    run verify set.tar
    want_status 0
    slow_backup 'sleep 0.5' --progress=never
    want_not "progress is shown" grep -q '%' "$kept/stderr"
    case_end
    rm -f set.tar
}

case_sigusr1() {
    case_begin "SIGUSR1 prints a line of progress and the backup goes on"
    rm -f "$kept/stderr"
    mkfifo slow
    "$COLDSTREAM" backup big.edb --stdout >slow 2>"$kept/stderr" </dev/null &
    program=$!
    exec 9<slow
    until_said 'big\.edb' "$kept/stderr" # the first line: the signal finds it at work
    said=$(wc -l <"$kept/stderr")
    kill -USR1 "$program"
    tries=600
    until [ "$(wc -l <"$kept/stderr")" -gt "$said" ] || [ $((tries -= 1)) -eq 0 ]; do
        sleep 0.05
    done
    want "$(wc -l <"$kept/stderr") lines" test "$(wc -l <"$kept/stderr")" -gt "$said"
    cat <&9 >set.tar
    exec 9<&-
    wait "$program"
    status=$?
    want_status 0
    run verify set.tar
    want_status 0
    case_end
    rm -f slow set.tar
}

# on_terminal COMMAND: a shell command whose terminal is kept in typescript, 60 columns wide.
on_terminal() {
    : >"$kept/typescript"
    script -qefc "stty cols 60; $1" "$kept/typescript" </dev/null >/dev/null 2>&1
    status=$?
    : >"$kept/stdout"
    cp "$kept/typescript" "$kept/stderr"
}

# Longest piece between carriage returns, escape sequences and line ends, in characters, of what had a percentage.
longest_progress_line() {
    tr '\r' '\n' <"$kept/typescript" | sed 's/\x1b\[[0-9;?]*[a-zA-Z]//g' | grep '%' | awk '{ if (length > n) n = length } END { print n + 0 }'
}

case_terminal() {
    need_program script "progress on a terminal" || return 0
    case_begin "on a terminal the line has a percentage, fits its width, and is gone at the end"
    # In a file: the typescript names the command, and must have no percentage from there.
    echo "timeout 30 sh -c 'until grep -q [0-9]% $kept/typescript; do sleep 0.05; done'; cat >set.tar" >reader
    on_terminal "{ '$COLDSTREAM' backup big.edb --stdout; echo \$? >'$kept/status'; } | sh reader"
    want "exit status $(cat "$kept/status")" test "$(cat "$kept/status")" -eq 0
    want_stderr '[0-9]%'
    want "a line has $(longest_progress_line) characters" test "$(longest_progress_line)" -le 60
    want "a percentage is left on the screen" sh -c 'tail -n 2 "$0" | tr "\r" "\n" | tail -n 2 | grep -q -v "%"' \
        "$kept/typescript"
    case_end
    rm -f reader

    case_begin "-q and --json show no progress line on a terminal"
    on_terminal "'$COLDSTREAM' backup big.edb --stdout -q | { sleep 0.4; cat >set.tar; }"
    want_not "a percentage is shown with -q" grep -q '[0-9]%' "$kept/typescript"
    on_terminal "'$COLDSTREAM' backup big.edb --stdout --json | { sleep 0.4; cat >set.tar; }"
    want_not "a percentage is shown with --json" grep -q '[0-9]%' "$kept/typescript"
    case_end
    rm -f set.tar
}

case_json_progress() {
    case_begin "with --json progress is objects with bytes done and in all"
    {
        "$COLDSTREAM" backup big.edb --stdout --json 2>"$kept/stderr" </dev/null
    } | {
        until_said '"progress"' "$kept/stderr"
        cat >set.tar
    }
    : >"$kept/stdout"
    want_record "$kept/stderr" '.type == "progress" and .bytes_total == $n and .bytes_done < $n' \
        --argjson n "$(stat -c %s big.edb)"
    case_end
    rm -f set.tar
}

make_sample big.edb 32M
case_options
case_sigusr1
case_terminal
case_json_progress
finish

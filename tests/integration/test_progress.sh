#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2317 # programs for jq and other shells; cases are called by name
# Progress: a line that moves on a terminal, few lines elsewhere, none where it was not wanted.
. "$(dirname "$0")/lib.sh"

# slow_backup OPTION...: into set.tar, by a reader that waits half a second first.
slow_backup() {
    {
        "$COLDSTREAM" backup big.edb --stdout "$@" 2>"$kept/stderr" </dev/null
        echo $? >"$kept/status"
    } | {
        sleep 0.5
        cat >set.tar
    }
    status=$(cat "$kept/status")
    want_status 0
}

case_options() {
    case_begin "to a file: a line at the start and one at the end, nothing that moves"
    slow_backup
    want_stderr 'big\.edb'
    want_not "a carriage return is on standard error" grep -q "$(printf '\r')" "$kept/stderr"
    want "$(wc -l <"$kept/stderr") lines" test "$(wc -l <"$kept/stderr")" -le 4
    case_end

    case_begin "--progress=always shows progress on standard error while a reader is slow; =never does not"
    slow_backup --progress=always
    want_stderr '%'
    run verify set.tar
    want_status 0
    slow_backup --progress=never
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
    sleep 0.5
    kill -USR1 "$program"
    sleep 0.3
    want_message 'big\.edb|%|MiB'
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
    script -qec "stty cols 60; $1" "$kept/typescript" </dev/null >/dev/null 2>&1
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
    on_terminal "{ '$COLDSTREAM' backup big.edb --stdout; echo \$? >'$kept/status'; } | { sleep 0.7; cat >set.tar; }"
    want "exit status $(cat "$kept/status")" test "$(cat "$kept/status")" -eq 0
    want_stderr '[0-9]%'
    want "a line has $(longest_progress_line) characters" test "$(longest_progress_line)" -le 60
    want "a percentage is left on the screen" sh -c 'tail -n 2 "$0" | tr "\r" "\n" | tail -n 2 | grep -q -v "%"' \
        "$kept/typescript"
    case_end

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
        sleep 1.5
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

#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2317 # programs for jq and other shells; cases are called by name
# Whatever is given to it instead of a sound database: a clear message that names the file, the right exit status, no
# crash, nothing left behind.
. "$(dirname "$0")/lib.sh"

# Files that lie in a way the commands may live with; all others must be refused by verify.
# - info and dump may show what is there;
# - one lost header copy is mended from the other.
lives() {
    case $1 in
    first-header-lost | second-header-lost) true ;; # the other copy counts
    state-*) true ;;                                # a state is reported, not checked against the pages
    random-behind-the-end) true ;;                  # foreign bytes behind the database
    half-a-page-more | update-future) true ;;
    *) false ;;
    esac
}

# An exit status that says why: not 0, no usage error, no signal, no sanitizer.
want_honest_failure() {
    want_status 1 3 7 9
    want_message "$1"
}

case_files_that_lie() {
    for path in lies/*.edb; do
        name=$(basename "$path" .edb)
        case_begin "$name: verify names the file and does not call it sound"
        run verify "$path"
        want_honest_failure "$name"
        if ! lives "$name"; then
            want_status 1 7
        fi
        case_end

        case_begin "$name: info, dump and backup end by themselves and leave nothing half-made"
        run info "$path"
        want_status 0 1 3 7
        [ "$status" -eq 0 ] || want_message "$name"
        for page in header 1; do
            run dump "$path" --page "$page"
            want_status 0 1 3 7
            [ "$status" -eq 0 ] || want_message "$name"
        done
        run backup "$path" -o set
        if [ "$status" -eq 0 ] || [ "$status" -eq 3 ]; then
            lives "$name" || detail "backup calls it good: exit status $status"
        else
            want_honest_failure "$name"
            want_absent set
        fi
        want_absent set.partial
        rm -rf set
        run backup "$path" -o set --keep-going
        want_status 0 1 3 7
        rm -rf set
        case_end
    done
}

case_folder_of_lies() {
    case_begin "a folder full of them: verify reports each, and ends with 7"
    run verify lies
    want_status 7
    for path in lies/*.edb; do
        lives "$(basename "$path" .edb)" || want_message "$(basename "$path")"
    done
    case_end
}

want_refused_by_all() {
    for command in info verify; do
        run "$command" "$1"
        want_status "$2"
        want_message "$3"
    done
    run dump "$1" --page 1
    want_status "$2"
    want_message "$3"
    run backup "$1" -o set
    want_status "$2"
    want_message "$3"
    run restore "$1" -o back
    want_status "$2"
    want_message "$3"
    want_absent set set.partial
    want_empty_folder back
    rm -rf back
}

case_not_there() {
    case_begin "a file that is not there: exit 9, named"
    want_refused_by_all ./missing.edb 9 'missing\.edb'
    case_end

    case_begin "a file in a folder that is not there: exit 9, named"
    want_refused_by_all nowhere/missing.edb 9 'missing\.edb'
    case_end

    case_begin "an empty name is refused"
    for command in info verify; do
        run "$command" ""
        want_status 1 2 9
        want_message '.'
    done
    run backup "" -o set
    want_status 1 2 9
    want_absent set set.partial
    case_end
}

case_folder_instead_of_file() {
    case_begin "a folder where a file is wanted: info, dump and restore say so; backup finds no database in it"
    mkdir empty
    run dump empty --page 1
    want_status 1 2
    want_message 'empty'
    run restore empty -o back
    want_status 1 7 9
    want_message 'empty'
    run backup empty -o set
    want_status 1 9
    want_message 'empty'
    run verify empty
    want_status 1 9
    want_message 'empty'
    want_absent set set.partial
    want_empty_folder back
    case_end
    rm -rf empty back
}

case_special_files() {
    case_begin "a socket, a FIFO nobody writes to and devices are refused at once, by name"
    python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket.edb")'
    mkfifo fifo.edb
    run_limit=30
    for path in socket.edb fifo.edb /dev/zero /dev/null /dev/urandom; do
        want_refused_by_all "$path" 1 "$(basename "$path")"
    done
    run_limit=$run_limit_usual
    case_end
    rm -f socket.edb fifo.edb
}

case_links() {
    case_begin "a link to a database is as good as the file; a link to itself or to nothing is refused by name"
    ln -s sample.edb link.edb
    ln -s loop.edb loop.edb
    ln -s nothing dangling.edb
    run verify link.edb
    want_status 0
    run verify loop.edb
    want_status 1 9
    want_message 'loop\.edb'
    run verify dangling.edb
    want_status 9
    want_message 'dangling\.edb'
    case_end
    rm -f link.edb loop.edb dangling.edb
}

case_unreadable() {
    sentence="a file without permission to read is refused by name"
    chmod 644 sample.edb
    cp sample.edb secret.edb
    chmod 000 secret.edb
    if [ "$(id -u)" -eq 0 ]; then
        if ! setpriv --reuid=65534 --clear-groups true 2>/dev/null; then
            case_skip "$sentence" "root reads everything, and setpriv does not work here"
            return
        fi
        chmod 755 "$scratch"
        case_begin "$sentence"
        for command in info verify; do
            setpriv --reuid=65534 --clear-groups "$COLDSTREAM" "$command" secret.edb </dev/null >"$kept/stdout" \
                2>"$kept/stderr"
            status=$?
            want_status 1 5
            want_message 'secret\.edb'
        done
        setpriv --reuid=65534 --clear-groups "$COLDSTREAM" backup sample.edb -o set </dev/null >"$kept/stdout" \
            2>"$kept/stderr"
        status=$?
        want_status 1 5
        want_message 'set'
        want_absent set set.partial
        case_end
    else
        case_begin "$sentence"
        run verify secret.edb
        want_status 1 5
        want_message 'secret\.edb'
        case_end
    fi
    rm -f secret.edb
}

# The same database under a strange name: backup, verify, restore, by a folder and by a pipe.
round_trip_name() {
    cp sample.edb "$1"
    run backup "$1" -o set
    want_status 0
    run verify set
    want_status 0
    run restore set -o back
    want_status 0
    want_same sample.edb "back/$1"
    rm -rf set back
    run_into set.tar backup "$1" --stdout
    want_status 0
    run_from set.tar restore - -o back
    want_status 0
    want_same sample.edb "back/$1"
    rm -rf back set.tar "$1"
}

# Every file can be looked at, whatever its name; and the JSON stays JSON.
want_looked_at() {
    cp sample.edb "$1"
    for command in verify info; do
        run "$command" "$1" --json
        want_status 0
        want "the JSON is broken" jq . "$kept/stdout"
    done
    want_hex=$(printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n')
    if printf '%s' "$1" | iconv -f UTF-8 -t UTF-8 >/dev/null 2>&1; then
        want_record "$kept/stdout" '.path? == $n' --arg n "$1"
    else
        want_record "$kept/stdout" '.path_hex? == $h' --arg h "$want_hex"
    fi
    rm -f "$1"
}

case_strange_names() {
    long=$(printf '%0200d' 7).edb
    case_begin "names with spaces, quotes, umlauts, other scripts, format directives and 200 characters go the whole way"
    for name in 'two words.edb' "it's.edb" '%s%n.edb' 'Übergröße-日本語.edb' '{a,b}$(x);&.edb' "$long"; do
        round_trip_name "$name"
        want_looked_at "$name"
    done
    case_end

    case_begin "names that not every system can have: verify and info work, backup refuses by name and leaves nothing"
    for name in "$(printf 'line\nfeed.edb')" "$(printf 'es\033[31mcape.edb')" 'a:b.edb' 'a\b.edb' 'con.edb' \
        "$(printf 'caf\351.edb')"; do
        want_looked_at "$name"
        cp sample.edb "$name"
        run backup "$name" -o set
        want_status 1
        want_message '(feed|cape|b|con|caf.*)\.edb'
        want_message 'name'
        want_absent set set.partial
        run_into set.tar backup "$name" --stdout
        want_status 1
        rm -f "$name" set.tar
    done
    case_end

    case_begin "a name with a leading dash works behind -- and with a folder before it"
    cp sample.edb ./-dash.edb
    run verify -- -dash.edb
    want_status 0
    run verify ./-dash.edb
    want_status 0
    case_end
    rm -f ./-dash.edb

    case_begin "control characters of a name do not reach the terminal in messages"
    run verify "$(printf 'missing\033[31m\nred.edb')"
    want_status 9
    want_not "an escape character is on stderr" grep -q "$(printf '\033')" "$kept/stderr"
    want "more than one line on stderr" test "$(wc -l <"$kept/stderr")" -le 2
    case_end
}

case_targets() {
    case_begin "backup refuses a set that is there already, and does not touch it"
    run backup sample.edb -o set
    want_status 0
    before=$(find set -type f -exec sha256sum {} +)
    run backup sample.edb -o set
    want_status 1
    want_message 'set'
    want "the set was changed" test "$before" = "$(find set -type f -exec sha256sum {} +)"
    want_absent set.partial
    case_end

    case_begin "restore refuses to overwrite a file, and does not touch it"
    mkdir back
    echo mine >back/sample.edb
    run restore set -o back
    want_status 1
    want_message 'sample\.edb'
    want "the file was overwritten" test "$(cat back/sample.edb)" = mine
    want "something else was left" test "$(ls -A back)" = sample.edb
    case_end
    rm -rf back

    case_begin "restore to a name that is a file is refused"
    echo mine >back
    run restore set -o back
    want_status 1
    want_message 'back'
    want "the file was overwritten" test "$(cat back)" = mine
    case_end
    rm -rf set back

    case_begin "backup into a folder that is not there is refused by name, exit 1 or 9"
    run backup sample.edb -o nowhere/set
    want_status 1 9
    want_message 'nowhere'
    want_absent nowhere
    case_end
}

make_sample sample.edb 2M
python3 "$TEST_FOLDER/hostile_files.py" sample.edb lies || exit 1

cases() {
    case_files_that_lie
    case_folder_of_lies
    case_not_there
    case_folder_instead_of_file
    case_special_files
    case_links
    case_strange_names
    case_targets
}

native_and_sanitized cases
case_unreadable
cases_for_wine() {
    case_files_that_lie
    case_folder_of_lies
    case_not_there
    case_folder_instead_of_file
    case_targets
}
if [ -n "${COLDSTREAM_WINE:-}" ]; then
    wine_up
    runner=wine
    cases_for_wine
fi
finish

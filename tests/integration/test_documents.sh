#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR
# Completions and manual pages: every command and every option of --help is in all of them, and nothing else is; pages format
# without a warning.
. "$(dirname "$0")/lib.sh"

documents=$TEST_FOLDER/../../installer/linux
page=$documents/man/coldstream.1

commands() {
    coldstream --help | sed -n '/^Commands$/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

# The first long option of each line of help, whatever its text says of others.
options_of() {
    sed -n '/^Options$/,/^$/p' | sed -n 's/^  *\(-[a-z], \)\{0,1\}\(--[a-z-]*\).*/\2/p'
}

# Whether FILE has the word, as a word.
has_word() {
    LC_ALL=C grep -q -E -e "(^|[^a-z-])$2([^a-z-]|\$)" "$1"
}

cases() {
    coldstream --help | options_of | sed 's/^/all /' >options
    for command in $(commands); do
        coldstream "$command" --help | options_of | sed "s/^/$command /" >>options
    done
    # The manual writes a dash of an option as \-; fish writes no dashes at all.
    sed 's/\\-/-/g' "$page" >manual
    sed '/^complete/s/-l \([a-z-]*\)/--\1/g' "$documents/completions/coldstream.fish" >fish
    # zsh and bash as they are.

    case_begin "--help names commands and options"
    [ "$(commands | wc -l)" -ge 15 ] || detail "commands: $(commands | tr '\n' ' ')"
    [ "$(wc -l <options)" -ge 30 ] || detail "options: $(cat options)"
    case_end

    for file in manual fish "$documents/completions/coldstream.bash" "$documents/completions/_coldstream"; do
        case_begin "every command and option is in $(basename "$file")"
        for command in $(commands); do
            has_word "$file" "$command" || detail "the command $command is missing"
        done
        while read -r command option; do
            has_word "$file" "$option" || detail "$option (of $command) is missing"
        done <options
        case_end
    done

    case_begin "the completions and the page know no option that is not there"
    for file in manual fish "$documents/completions/coldstream.bash" "$documents/completions/_coldstream"; do
        # Options of other programs in them: borg's in an example, the shell's own words.
        LC_ALL=C grep -o -E -e '(^|[^a-z-])--[a-z][a-z-]*' "$file" | grep -o -e '--.*' | sort -u |
            while read -r option; do
                case $option in
                --stdin-name | --content-from-command) continue ;;
                esac
                grep -q -E -e " $option\$" options || echo "$(basename "$file"): $option"
            done
    done >strangers
    [ ! -s strangers ] || detail "$(cat strangers)"
    case_end
}

# bash completes in the test's own shell, which is bash then.
cases_of_bash() {
    need_program bash "bash completes commands and options" || return 0
    case_begin "bash completes commands, options of the command, and words of options"
    for line in 'ver|verify' 'backup --inc|--incremental' 'hook inst|install' '--progress al|always' 'config un|unit-dropin'; do
        bash -c '
            . "$1/completions/coldstream.bash"
            read -r -a COMP_WORDS <<<"coldstream ${2%%|*}"
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _coldstream
            printf "%s\n" "${COMPREPLY[@]}"
        ' - "$documents" "$line" 2>&1 | grep -q -x -e "${line#*|}" || detail "not completed: $line"
    done
    case_end
}

cases_of_shells() {
    for shell in 'bash coldstream.bash' 'zsh _coldstream' 'fish coldstream.fish'; do
        need_program "${shell% *}" "${shell% *} reads its completion" || continue
        case_begin "${shell% *} reads its completion"
        "${shell% *}" -n "$documents/completions/${shell#* }" 2>errors || detail "$(cat errors)"
        [ ! -s errors ] || detail "$(cat errors)"
        case_end
    done
}

cases_of_pages() {
    need_program groff "manual pages format without a warning" || return 0
    for manual in "$documents"/man/*.[0-9]; do
        case_begin "$(basename "$manual") formats without a warning"
        groff -t -man -ww -Tutf8 "$manual" >formatted 2>warnings || detail "groff fails"
        [ ! -s warnings ] || detail "$(head -n 5 warnings)"
        [ "$(wc -l <formatted)" -ge 20 ] || detail "it is short"
        case_end
    done
}

# What the service knows, by its own sources.
cases_of_the_service() {
    tree=$TEST_FOLDER/../..
    service=$tree/linux/service
    case_begin "coldstream.conf(5) has every key of the configuration"
    sed -n 's/^    {"\([a-z_]*\)", *KIND_.*/\1/p' "$tree/core/config/config.c" | sort -u >keys
    [ "$(wc -l <keys)" -ge 15 ] || detail "keys: $(tr '\n' ' ' <keys)"
    while read -r key; do
        grep -q -w -e "$key" "$documents/man/coldstream.conf.5" || detail "$key is missing"
    done <keys
    case_end

    case_begin "org.coldstream.Backup1(5) has every method, property and signal"
    cat "$service"/org.coldstream.Backup1.Manager.xml "$service"/org.coldstream.Backup1.Instance.xml \
        "$service"/org.coldstream.Backup1.Backup.xml "$service"/org.coldstream.Backup1.Snapshot.xml |
        sed -n 's/.*<\(method\|property\|signal\) name="\([A-Za-z]*\)".*/\2/p' | sort -u >members
    [ "$(wc -l <members)" -ge 40 ] || detail "members: $(tr '\n' ' ' <members)"
    while read -r member; do
        grep -q -w -e "$member" "$documents/man/org.coldstream.Backup1.5" || detail "$member is missing"
    done <members
    case_end

    case_begin "coldstreamd(8) has every option of coldstreamd"
    sed 's/\\-/-/g' "$documents/man/coldstreamd.8" >service-page
    "$(dirname "$COLDSTREAM")/coldstreamd" --help >service-help 2>&1
    grep -o -e '--[a-z-]*' service-help | sort -u >service-options
    [ "$(wc -l <service-options)" -ge 5 ] || detail "options: $(cat service-help)"
    while read -r option; do
        has_word service-page "$option" || detail "$option is missing"
    done <service-options
    case_end
}

cases_of_samples() {
    case_begin "the samples for other products are what they claim to be"
    want "azure.json is no JSON" jq -e '.preScriptParams == ["freeze"] and .postScriptParams == ["thaw"]' "$documents/hooks/azure.json"
    for sample in "$documents"/hooks/*.sh; do
        sh -n "$sample" || detail "$sample"
    done
    case_end
}

cases
cases_of_bash
cases_of_shells
cases_of_pages
if [ -x "$(dirname "$COLDSTREAM")/coldstreamd" ]; then
    cases_of_the_service
else
    case_skip "pages of the service say what it knows" "there is no coldstreamd beside coldstream"
fi
cases_of_samples
finish

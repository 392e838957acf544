# SPDX-License-Identifier: MIT
# Completion of coldstream for bash. tests/integration/test_documents.sh compares it with `coldstream --help`.

# Labels of the instances of the service, if it answers at once.
_coldstream_labels() {
    timeout 2 coldstream -q list 2>/dev/null | awk 'NR > 1 { print $1 }'
}

_coldstream_commands='info verify dump backup restore recover compact list status stop freeze thaw snapshot demo hook config'

# The options of a command.
_coldstream_options() {
    local all='--json --quiet -q --verbose -v --progress --no-color --version --help -h'
    case $1 in
    verify) echo "$all --jobs -j --deep" ;;
    dump) echo "$all --page -p" ;;
    backup) echo "$all --output -o --stdout --keep-partial --keep-going --live --incremental --copy --no-truncate --max-rate --bus-address" ;;
    restore) echo "$all --output -o --allow-damage" ;;
    recover) echo "$all --databases --base-name --ignore-missing" ;;
    list | thaw) echo "$all --bus-address" ;;
    status) echo "$all --watch -w --bus-address" ;;
    stop) echo "$all --all --reason --bus-address" ;;
    freeze) echo "$all --timeout --bus-address" ;;
    snapshot) echo "$all --output -o --timeout --bus-address" ;;
    demo) echo "$all --keep --size --make --page-size" ;;
    hook) echo "$all --enable-agent --root" ;;
    config) echo "$all --config" ;;
    *) echo "$all" ;;
    esac
}

# The command among the words in front of the cursor.
_coldstream_command() {
    local i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --progress) ((i++)) ;;
        -*) ;;
        *)
            echo "${COMP_WORDS[i]}"
            return
            ;;
        esac
    done
}

_coldstream_words() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "${COMP_WORDS[COMP_CWORD]}")
}

_coldstream() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command
    command=$(_coldstream_command)
    COMPREPLY=()
    case $previous in
    --progress)
        _coldstream_words 'auto always never'
        return
        ;;
    --page-size)
        _coldstream_words '4096 8192 16384 32768'
        return
        ;;
    --page | -p)
        _coldstream_words 'header shadow'
        return
        ;;
    --output | -o | --databases | --keep | --root)
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
        return
        ;;
    --make | --config)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    --jobs | -j | --size | --max-rate | --timeout | --reason | --base-name | --bus-address) return ;;
    esac
    if [[ $current == -* ]]; then
        _coldstream_words "$(_coldstream_options "$command")"
        return
    fi
    case $command in
    '') _coldstream_words "$_coldstream_commands" ;;
    hook) _coldstream_words 'status install remove' ;;
    config) _coldstream_words 'check unit-dropin' ;;
    status | stop | freeze | snapshot) _coldstream_words "$(_coldstream_labels)" ;;
    backup)
        _coldstream_words "$(_coldstream_labels)"
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current")
        ;;
    list | thaw | demo) ;;
    *) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    esac
}

complete -o filenames -F _coldstream coldstream

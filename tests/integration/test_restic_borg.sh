#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2317 # programs for jq and other shells; cases are called by name
# Streaming into restic and borg, by the recipes of the README: what goes in comes back, and a backup that was stopped
# or failed leaves nothing there that could be taken for a good one.
. "$(dirname "$0")/lib.sh"

# The recipes call `coldstream`: this folder is first in PATH. ./stop_at holds the byte to press Ctrl-C at, if any.
mkdir bin
cat >bin/coldstream <<SH
#!/bin/sh
if [ -s "$scratch/stop_at" ] && [ "\$1" = backup ]; then
    exec python3 "$TEST_FOLDER/stop_after.py" "\$(cat "$scratch/stop_at")" "$COLDSTREAM" "\$@"
fi
exec "$COLDSTREAM" "\$@"
SH
chmod +x bin/coldstream
PATH=$scratch/bin:$PATH
export PATH

# The recipes are what README.md says, with an argument for the path that it names. restic 0.14 stores whatever came
# through the pipe and calls it good; borg 1.2 makes no archive when the command fails.
readme=$TEST_FOLDER/../../README.md

# The fenced block of README.md that has a line like PATTERN.
readme_block() {
    awk -v pattern="$1" '/^```/ { if (inside && found) exit; inside = !inside; text = ""; found = 0; next }
        inside { text = text $0 "\n"; if ($0 ~ pattern) found = 1 }
        END { if (found) printf "%s", text }' "$readme"
}

# make_recipe NAME: from standard input; $1 takes the place of the paths.
make_recipe() {
    {
        echo '#!/bin/bash'
        echo 'set -o pipefail'
        sed 's,/srv/[a-z]*,"$1",g; s,::NAME,"::$(borg list --last 1 --short)",'
    } >"$1"
    [ "$(wc -l <"$1")" -gt 2 ] || {
        case_begin "README.md has the recipe for $1"
        detail "it is not there, or looks different"
        case_end
        finish
    }
}

readme_block 'restic backup --stdin' | make_recipe restic-backup
grep -o '`restic dump[^`]*`' "$readme" | tr -d '`' | make_recipe restic-restore
readme_block '^borg create' | grep '^borg create' | make_recipe borg-backup
readme_block '^borg extract' | grep '^borg extract' | make_recipe borg-restore
chmod +x restic-backup restic-restore borg-backup borg-restore

recipe() {
    recipe_name=$1
    shift
    timeout -k 5 300 "./$recipe_name" "$@" </dev/null >"$kept/stdout" 2>"$kept/stderr"
    status=$?
}

snapshots() {
    restic snapshots --json 2>/dev/null | jq length
}

case_restic() {
    RESTIC_REPOSITORY=$scratch/restic RESTIC_PASSWORD=test RESTIC_CACHE_DIR=$scratch/cache
    export RESTIC_REPOSITORY RESTIC_PASSWORD RESTIC_CACHE_DIR
    restic init >/dev/null 2>&1 || {
        case_skip "restic" "restic init failed"
        return
    }
    case_begin "restic: a stopped backup leaves no snapshot, not even the first one"
    echo 8000000 >stop_at
    recipe restic-backup sample.edb
    want_status 1
    want "a snapshot was left" test "$(snapshots)" -eq 0
    case_end

    case_begin "restic: backup through a pipe and back gives the same bytes"
    : >stop_at
    recipe restic-backup sample.edb
    want_status 0
    recipe restic-restore back
    want_status 0
    want_same sample.edb back/sample.edb
    case_end
    rm -rf back

    case_begin "restic: a stopped backup does not hide the good one before it"
    echo 8000000 >stop_at
    recipe restic-backup sample.edb
    want_status 1
    want "not one snapshot is there, but $(snapshots)" test "$(snapshots)" -eq 1
    recipe restic-restore back
    want_status 0
    want_same sample.edb back/sample.edb
    case_end
    rm -rf back

    case_begin "restic: a backup that fails on a damaged page leaves no snapshot"
    : >stop_at
    recipe restic-backup damaged.edb
    want_status 1
    want "not one snapshot is there, but $(snapshots)" test "$(snapshots)" -eq 1
    case_end

    case_begin "restic: what it stores of a stopped backup without the recipe is refused by restore"
    echo 8000000 >stop_at
    bin/coldstream backup sample.edb --stdout 2>/dev/null </dev/null |
        restic backup --stdin --stdin-filename mail.tar >"$kept/stdout" 2>&1
    : >stop_at
    restic dump latest mail.tar 2>/dev/null >cut.tar
    want "restic stored nothing, so nothing was shown" test -s cut.tar
    run_from cut.tar restore - -o back
    want_status 1 7
    want_empty_folder back
    case_end
    rm -rf back cut.tar
}

archives() {
    borg list --short | wc -l
}

case_borg() {
    BORG_REPO=$scratch/borg BORG_BASE_DIR=$scratch/borg-base BORG_PASSPHRASE=
    export BORG_REPO BORG_BASE_DIR BORG_PASSPHRASE
    borg init -e none >/dev/null 2>&1 || {
        case_skip "borg" "borg init failed"
        return
    }
    case_begin "borg: a stopped backup leaves no archive"
    echo 8000000 >stop_at
    recipe borg-backup sample.edb
    want_status 2
    want "an archive was left" test "$(archives)" -eq 0
    case_end

    case_begin "borg: backup from a command and back gives the same bytes"
    : >stop_at
    recipe borg-backup sample.edb
    want_status 0
    recipe borg-restore back
    want_status 0
    want_same sample.edb back/sample.edb
    case_end
    rm -rf back

    case_begin "borg: a backup that fails on a damaged page leaves no archive"
    recipe borg-backup damaged.edb
    want_status 2
    want "not one archive is there, but $(archives)" test "$(archives)" -eq 1
    case_end

    case_begin "borg: import-tar stores the members as files, export-tar gives back what restore takes"
    "$COLDSTREAM" backup sample.edb --stdout 2>/dev/null </dev/null | borg import-tar ::imported - 2>"$kept/stderr"
    borg export-tar ::imported exported.tar 2>>"$kept/stderr"
    run restore exported.tar -o back
    want_status 0
    want_same sample.edb back/sample.edb
    case_end
    rm -rf back exported.tar

    case_begin "borg: import-tar of a stopped backup fails, or what it stores is refused by restore"
    echo 8000000 >stop_at
    bin/coldstream backup sample.edb --stdout 2>/dev/null </dev/null | borg import-tar ::cut - >"$kept/stdout" 2>&1
    : >stop_at
    if borg export-tar ::cut cut.tar 2>/dev/null; then
        run restore cut.tar -o back
        want_status 1 7
        want_empty_folder back
    fi
    case_end
    rm -rf back cut.tar
}

case_folder_into_both() {
    case_begin "a set made as a folder survives restic and borg"
    run backup sample.edb -o set
    want_status 0
    if command -v restic >/dev/null 2>&1; then
        restic backup set --tag folder >/dev/null 2>&1
        restic restore --tag folder latest --target from-restic >/dev/null 2>&1
        run restore "$(find from-restic -name set)" -o back
        want_status 0
        want_same sample.edb back/sample.edb
        rm -rf back
    fi
    if command -v borg >/dev/null 2>&1; then
        borg create ::folder set
        mkdir from-borg
        (cd from-borg && borg extract ::folder)
        run restore from-borg/set -o back
        want_status 0
        want_same sample.edb back/sample.edb
    fi
    case_end
}

make_sample sample.edb 16M
cp sample.edb damaged.edb
dd if=/dev/urandom of=damaged.edb bs=1000 seek=10000 count=1 conv=notrunc 2>/dev/null

need_program jq "restic and borg" || finish
need_program restic "restic" && case_restic
need_program borg "borg" && case_borg
case_folder_into_both
finish

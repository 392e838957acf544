#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2317 # programs for jq and other shells; cases are called by name
# `coldstream verify --deep`: nothing in sound databases, and what verify alone cannot see.
. "$(dirname "$0")/lib.sh"

case_real() {
    for file in $(corpus_files); do
        case_begin "verify --deep finds nothing in $file"
        run verify --deep --json "$COLDSTREAM_CORPUS/$file"
        want_status 0
        want_record "$kept/stdout" '.type == "file" and .trees >= 8 and .records > 100 and .index_entries > 50'
        want_not "there is a finding" jq -e 'select(has("kind"))' "$kept/stdout"
        case_end
    done
}

case_samples() {
    for page_size in 4096 8192 16384 32768; do
        case_begin "verify --deep finds nothing in a sample database of $page_size-byte pages"
        "$COLDSTREAM" demo --make "sample-$page_size.edb" --size 12M --page-size "$page_size" </dev/null >"$kept/stdout" 2>&1
        run verify --deep "sample-$page_size.edb"
        want_status 0
        want_stdout 'looked into 10 trees'
        want_no_stderr
        case_end
        rm -f "sample-$page_size.edb"
    done
}

# DEFECT, the kind of finding, the code, the page (or null)
defect() {
    cp "$original" damaged.edb
    chmod u+w damaged.edb
    case_begin "a defect '$1' is not seen by verify, and by verify --deep as '$2'"
    want "the defect cannot be planted" python3 "$TEST_FOLDER/plant_defect.py" damaged.edb "$1"
    run verify damaged.edb
    want_status 0
    run verify --deep --json damaged.edb
    want_status 7
    want_record "$kept/stdout" '.type == "damage" and .kind == $k and .code == $e and ($p == null or .page == $p)' \
        --arg k "$2" --argjson e "$3" --argjson p "$4"
    run verify --deep damaged.edb
    want_status 7
    want_stdout "damaged\.edb"
    case_end
}

# A crash of the engine can leave pages like that.
lost_pages() {
    cp sample.edb damaged.edb
    python3 "$TEST_FOLDER/plant_defect.py" damaged.edb leak
    case_begin "pages that are neither used nor free are a warning of verify --deep"
    run verify damaged.edb
    want_status 0
    run verify --deep --json damaged.edb
    want_status 3
    want_record "$kept/stdout" '.type == "warning" and .kind == "space" and .code == -341'
    case_end
}

case_defects() {
    make_sample sample.edb 1M
    original=sample.edb
    defect link tree -327 37
    defect objid tree -338 37
    defect dbtime tree -344 37
    defect separator tree -338 null
    defect owner space -343 33
    lost_pages
    defect null record -1206 31
    defect key index -1413 31
    defect entry index -1414 32
    if [ ! -e "${COLDSTREAM_CORPUS:-/nowhere}/text.edb" ]; then
        case_skip "a defect of a long value" "no real database: COLDSTREAM_CORPUS is not set"
        return
    fi
    original=$COLDSTREAM_CORPUS/text.edb
    defect references long-value -1526 null
}

case_sets() {
    mkdir data
    cp sample.edb data/good.edb
    cp sample.edb data/bad.edb
    python3 "$TEST_FOLDER/plant_defect.py" data/bad.edb entry
    case_begin "verify --deep of a folder looks into each database"
    run verify --deep --json data
    want_status 7
    want_record "$kept/stdout" '.type == "file" and (.path | endswith("good.edb")) and .trees == 10'
    want_record "$kept/stdout" '.type == "damage" and (.path | endswith("bad.edb")) and .kind == "index"'
    case_end

    case_begin "verify --deep of a backup set in a folder looks into its databases"
    run backup data -o set
    run verify set
    want_status 0
    run verify --deep set
    want_status 7
    want_stdout 'bad\.edb.*index'
    case_end

    case_begin "verify --deep of a tar says that it does not look into databases"
    run_into set.tar backup data --stdout
    run verify --deep set.tar
    want_status 3
    want_message 'restore them and check those'
    case_end
    rm -rf data set set.tar
}

cases() {
    case_samples
    case_defects
    case_sets
    rm -f ./*.edb
}

native_and_wine cases
case_real
finish

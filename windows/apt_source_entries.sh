#!/bin/sh
# SPDX-License-Identifier: MIT
# apt_source_entries.sh APT_FOLDER CODENAME OUTPUT - the source entries that belong to a machine's package entries.
#
# Reads sources.list and sources.list.d of APT_FOLDER (/etc/apt) and writes debian.sources and debian.list into OUTPUT: for
# every entry of the component main of the release CODENAME, its updates and its security fixes, the same with deb-src.
# Mirror and key stay what they are; everything else that the machine knows is left out.
set -eu
apt=$1
suites="$2|$2-updates|$2-security"
output=$3

# Paragraphs of fields. A value may go on in lines that begin with a blank: a key can be written there in full.
: >"$output/debian.sources"
find "$apt/sources.list.d" -name '*.sources' -exec awk -v suites="^($suites)\$" '
    function words(field, wanted,   n, i, list, found) {
        n = split(value[field], list, /[ \t\n]+/)
        for (i = 1; i <= n; i++)
            if (list[i] ~ wanted)
                found = found " " list[i]
        return found
    }
    function end_paragraph() {
        if (words("types", "^deb$") && words("components", "^main$") && words("suites", suites) && !words("enabled", "^no$")) {
            print "Types: deb-src\nComponents: main\nURIs:" value["uris"] "\nSuites:" words("suites", suites)
            if ("signed-by" in value)
                print "Signed-By:" value["signed-by"]
            print ""
        }
        split("", value)
    }
    FNR == 1 { end_paragraph() }
    /^#/ { next }
    /^[ \t]*$/ { end_paragraph(); next }
    /^[ \t]/ { value[field] = value[field] "\n" $0; next }
    { field = tolower(substr($0, 1, index($0, ":") - 1)); value[field] = substr($0, index($0, ":") + 1) }
    END { end_paragraph() }' '{}' + >>"$output/debian.sources"

# One entry a line: deb [options] mirror suite component ...
blank='[[:space:]]+'
word='[^[:space:]]+'
find "$apt" \( -path "$apt/sources.list" -o -path "$apt/sources.list.d/*.list" \) -exec sed -n -E \
    "s/^deb($blank(\[[^]]*\]$blank)?$word$blank($suites)$blank)($word$blank)*main([[:space:]].*)?\$/deb-src\1main/p" \
    '{}' + >"$output/debian.list"

#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck source-path=SCRIPTDIR
# The packages: made from the build that is tested, checked by Debian's own checker, unpacked and used.
. "$(dirname "$0")/lib.sh"

source=$(cd "$TEST_FOLDER/../.." && pwd)
build=$(dirname "$(dirname "$COLDSTREAM")")

# deb NAME: the file of that package.
deb() {
    echo packages/"$1"_*.deb
}

make_cases() {
    case_begin "one command makes the packages of Debian and of RPM"
    timeout 300 sh "$source/installer/linux/packages.sh" --rpm "$scratch/packages" "$build" >"$kept/stdout" 2>"$kept/stderr" ||
        detail "exit status $?"
    for package in libesent1 libesent-dev coldstream; do
        want "$package: no .deb" test -f "$(deb $package)"
        want "$package: no .rpm" test -f "$(echo packages/$package-[0-9]*.rpm)"
    done
    case_end
    [ -z "$case_details" ]
}

lintian_cases() {
    case_begin "lintian finds no error and no warning"
    run_as=
    [ "$(id -u)" -ne 0 ] || run_as=--allow-root
    # shellcheck disable=SC2086
    lintian $run_as --fail-on error,warning --tag-display-limit 0 packages/*.deb >"$kept/stdout" 2>"$kept/stderr" ||
        detail "exit status $?"
    case_end
}

content_cases() {
    for package in libesent1 libesent-dev coldstream; do
        dpkg-deb --extract "$(deb $package)" $package
        dpkg-deb --control "$(deb $package)" $package-control
    done

    case_begin "each package has its changelogs and the licence; the versions are one"
    for package in libesent1 libesent-dev coldstream; do
        want_present $package/usr/share/doc/$package/copyright $package/usr/share/doc/$package/changelog.gz \
            $package/usr/share/doc/$package/changelog.Debian.gz
    done
    version=$(dpkg-deb --field "$(deb coldstream)" Version)
    [ "$(zcat coldstream/usr/share/doc/coldstream/changelog.Debian.gz | sed -n '1s/.*(\(.*\)).*/\1/p')" = "$version" ] ||
        detail "the newest entry of the changelog is not of $version"
    [ "$(dpkg-deb --field "$(deb libesent-dev)" Depends)" = "libesent1 (= $version)" ] || detail "libesent-dev depends on another library"
    case_end

    case_begin "everything in /etc is a file whose edits outlive an upgrade"
    (cd coldstream && find etc -type f | sed 's|^|/|' | sort) >files
    sort coldstream-control/conffiles >conffiles
    want_same files conffiles
    case_end

    case_begin "no program carries the way to a library of this build"
    find coldstream libesent1 -type f -exec sh -c 'objdump -p "$1" 2>/dev/null | grep -E "RUNPATH|RPATH" | sed "s|^|$1: |"' - {} \; >ways
    [ ! -s ways ] || detail "$(cat ways)"
    want_not "the folder of the build is in a file" grep -r -q -F "$build" coldstream libesent1 libesent-dev
    case_end

    case_begin "programs and the library are resolved when they start, and lie anywhere in memory"
    for file in coldstream/usr/bin/coldstream coldstream/usr/libexec/coldstream/* libesent1/usr/lib/*/libesent.so.1; do
        readelf --wide --dynamic --file-header --program-headers "$file" >headers
        want "$file: not at the start" grep -q -e BIND_NOW -e 'FLAGS_1.*NOW' headers
        want "$file: at a fixed place" grep -q 'Type: *DYN' headers
        want "$file: its tables can be written to" grep -q GNU_RELRO headers
    done
    case_end

    case_begin "the library's package tells others of its soname, and needs little"
    soname=$(objdump -p libesent1/usr/lib/*/libesent.so.1 | sed -n 's/^ *SONAME *//p')
    [ "$soname" = libesent.so.1 ] || detail "soname $soname"
    want "shlibs" grep -q '^libesent 1 libesent1' libesent1-control/shlibs
    dpkg-deb --field "$(deb libesent1)" Depends | sed 's/, */\n/g; s/ *([^)]*)//g' >needs
    want "does not depend on libc6" grep -qx libc6 needs
    want_not "depends on $(tr '\n' ' ' <needs)" grep -qvx -e libc6 -e libdbus-1-3 -e libicu72 needs
    case_end
}

use_case() {
    case_begin "a program is compiled with the development package, and runs with the library's"
    mkdir root book
    cp -a libesent1/. libesent-dev/. root/
    modules=$(echo root/usr/lib/*/pkgconfig)
    # shellcheck disable=SC2046
    ${CC:-cc} "$source/tests/examples/guests.c" -o book/guests \
        $(PKG_CONFIG_SYSROOT_DIR=$scratch/root PKG_CONFIG_LIBDIR=$modules pkg-config --cflags --libs esent) \
        >"$kept/stdout" 2>"$kept/stderr" || detail "the compiler ends with $?"
    LD_LIBRARY_PATH=$(dirname "$modules") book/guests book alice "was here" >"$kept/stdout" 2>"$kept/stderr" ||
        detail "the program ends with $?"
    case_end
}

rpm_cases() {
    case_begin "the RPM packages name their library, and keep an edited configuration"
    want "libesent1 provides no libesent.so.1" sh -c 'rpm -qp --provides packages/libesent1-*.rpm | grep -q "^libesent.so.1"'
    rpm -qp --configfiles packages/coldstream-*.rpm 2>/dev/null | sort >rpm-files
    want_same files rpm-files
    rpm -qp --requires packages/libesent-dev-*.rpm >needs 2>/dev/null
    want "libesent-dev does not depend on the library" grep -qx "libesent1 = ${version%-*}" needs
    case_end

    case_begin "they have the files of the Debian packages, but for Debian's own"
    for package in libesent1 libesent-dev coldstream; do
        (cd $package && find . ! -type d -printf '/%P\n') | grep -v -e '/changelog.Debian.gz$' -e '^/usr/share/lintian/' | sort >files
        rpm -qp --queryformat '[%{FILENAMES} %{FILEMODES:perms}\n]' packages/$package-[0-9]*.rpm | sed -n 's/ [^d][^ ]*$//p' | sort >rpm-files
        want_same files rpm-files
    done
    case_end
}

for program in cpack dpkg-shlibdeps rpmbuild lintian; do
    need_program $program "packages" || finish
done
if make_cases; then
    lintian_cases
    content_cases
    use_case
    rpm_cases
fi
finish

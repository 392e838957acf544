#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""include_layering.py ROOT - may every file include what it includes?

Reads every #include under core/, windows/ and linux/ and fails on one that the tables below do not allow; also on a
preprocessor test for a platform in core/, and on an *_internal.h that is used outside its folder. The tables are the
architecture: README.md explains them. `include_layering.py --self-test` proves that violations are found.
"""
import os
import re
import sys
import tempfile

# Folder of core/ -> the other folders of core/ that it may include as "folder/x.h".
MAY_INCLUDE = {
    "base": "",
    "os": "base",
    "format": "base",
    "log": "base os format",
    "storage": "base os format log",
    "btree": "base os format log storage",
    "isam": "base os format log storage btree",
    "recovery": "base os format log storage btree isam",
    "backup": "base os format log storage recovery",
    "jet": "base os format log storage btree isam recovery backup",
    "wire": "base",
    "config": "base os",
    # Instances and freezes for services: what they share on all platforms, and nothing of how they are asked.
    "host": "base os jet config wire",
    "tool": "base os format jet wire",
}

# Top folder of a platform -> folders of core/. Beyond that, its program may knock at the command line's front door.
PLATFORM_MAY_INCLUDE = {"windows": "base os jet wire config host", "linux": "base os jet config host"}
# The client of the service is the other half of tool/service.h, and has commands of its own.
PLATFORM_MAY_ALSO_INCLUDE = {
    "windows/tool": "tool/tool.h",
    "windows/client": "tool/service.h tool/service_wire.h",
    "linux/tool": "tool/tool.h",
    "linux/client": "tool/service.h tool/command.h tool/json_line.h",
}

# Headers in <>: what C11 itself has, for all of core/ (no <threads.h>: not on every platform) ...
STANDARD_HEADERS = """assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h locale.h math.h
    setjmp.h signal.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h stdnoreturn.h string.h
    tgmath.h time.h uchar.h wchar.h wctype.h"""
# ... and, for one folder, a library (core/dependencies.cmake), the instructions of a processor, or a header of ours as installed.
MAY_ALSO_INCLUDE = {
    "format": "immintrin.h",
    "jet": "esent.h",  # what is installed beside it, by the name that applications use
    "backup": "archive.h archive_entry.h jansson.h xxhash.h",
    "config": "libconfig.h",
    "tool": "jansson.h",
}
# Single headers of other folders, with the reason.
MAY_ALSO_INCLUDE_HEADERS = {
    # The source over a running instance asks the engine for its log and its databases; it reads no rows.
    "backup": "isam/engine.h isam/engine_database.h",
}
# Libraries of core/ that a platform's half has no business with.
NOT_FOR_PLATFORMS = "archive.h archive_entry.h jansson.h libconfig.h xxhash.h"
# Libraries that only some folders, or some files, of a platform speak to; "x/" is all of that library's headers.
PLATFORM_LIBRARIES = {
    "dbus/dbus.h": "linux/bus linux/service linux/writer linux/client linux/hook",
    "unicode/": "linux/os/os_collation.c linux/os/os_locale.c",
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
CONDITION = re.compile(r"^\s*#\s*(if|ifdef|ifndef|elif)\b")
PLATFORM_MACRO = re.compile(r"\b_?_?(WIN(32|64|NT)|MINGW\w*|CYGWIN|MSC_VER|linux|unix|gnu_linux|APPLE|FreeBSD|ANDROID)_?_?\b")


def core_include_fault(folder, kind, header):
    if kind == "<":
        allowed = STANDARD_HEADERS.split() + MAY_ALSO_INCLUDE.get(folder, "").split()
        return None if header in allowed else f"core/{folder} may not include <{header}>"
    target = header.split("/")[0] if "/" in header else None
    if target not in MAY_INCLUDE:
        return f'core/ includes its headers by folder, not as "{header}"'
    if header in MAY_ALSO_INCLUDE_HEADERS.get(folder, "").split():
        return None
    if target != folder and target not in MAY_INCLUDE[folder].split():
        return f'core/{folder} may not include "{header}"'
    if target != folder and header.endswith("_internal.h"):
        return f'"{header}" belongs to core/{target} alone'
    return None


def platform_include_fault(root, path, kind, header):
    top, folder = path.split("/")[0], os.path.dirname(path)
    if kind == "<":
        places = PLATFORM_LIBRARIES.get(header) or PLATFORM_LIBRARIES.get(header.split("/")[0] + "/")
        if header in NOT_FOR_PLATFORMS.split() or (places and not {folder, path} & set(places.split())):
            return f"{folder}/ may not include <{header}>"
        return None
    beside = os.path.normpath(os.path.join(folder, header))
    if os.path.exists(os.path.join(root, beside)):
        return None if beside.startswith(top + "/") else f'{top}/ includes core by folder, not as "{header}"'
    target = header.split("/")[0]
    if header in PLATFORM_MAY_ALSO_INCLUDE.get(folder, "").split():
        return None
    if target not in PLATFORM_MAY_INCLUDE[top].split():
        return f'{folder} may not include "{header}"'
    return f'"{header}" belongs to core/{target} alone' if header.endswith("_internal.h") else None


def line_fault(root, path, line):
    parts = path.split("/")
    include = INCLUDE.match(line)
    if parts[0] != "core":
        return platform_include_fault(root, path, *include.groups()) if include else None
    if parts[1] not in MAY_INCLUDE:
        return f"core/{parts[1]} is not in the table of {os.path.basename(__file__)}"
    if include:
        return core_include_fault(parts[1], *include.groups())
    if CONDITION.match(line) and PLATFORM_MACRO.search(line):
        return "core/ has no conditions on a platform"
    return None


def source_files(root):
    for top in ("core", "windows", "linux"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith((".c", ".h", ".inc")):
                    yield os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")


def check(root):
    """The faults, as lines, and how many files were read."""
    faults, files = [], 0
    for path in source_files(root):
        files += 1
        with open(os.path.join(root, path), encoding="utf-8") as source:
            for number, line in enumerate(source, 1):
                fault = line_fault(root, path, line)
                if fault:
                    faults.append(f"{path}:{number}: {fault}")
    return faults, files


ALLOWED = [
    ("core/log/x.c", '#include "format/page.h"'),
    ("core/log/x.c", '#include "log/log_internal.h"'),
    ("core/log/x.c", "#include <stdatomic.h>"),
    ("core/backup/x.c", "#include <archive.h>"),
    ("core/backup/x.c", '#include "isam/engine.h"'),
    ("core/base/x.h", "#if defined(__clang__)"),
    ("linux/os/x.c", "#include <sys/stat.h>"),
    ("linux/bus/x.h", "#include <dbus/dbus.h>"),
    ("core/config/config.c", "#include <libconfig.h>"),
    ("linux/os/os_collation.c", "#include <unicode/ucol.h>"),
    ("linux/os/x.c", '#include "planted.h"'),
    ("windows/tool/x.c", '#include "tool/tool.h"'),
    ("windows/tool/x.c", '#include "../os/planted.h"'),
]
FORBIDDEN = [
    ("core/format/x.c", '#include "os/os_file.h"'),
    ("core/storage/x.c", '#include "btree/cursor.h"'),
    ("core/backup/x.c", '#include "isam/catalog.h"'),
    ("core/jet/x.c", '#include "tool/tool.h"'),
    ("core/storage/x.c", '#include "log/log_internal.h"'),
    ("core/log/x.c", '#include "log.h"'),
    ("core/log/x.c", '#include "../log/log.h"'),
    ("core/storage/x.c", "#include <archive.h>"),
    ("core/base/x.c", "  #  include <windows.h>"),
    ("core/tool/x.c", "#include <unistd.h>"),
    ("core/os/x.h", "#ifdef _WIN32"),
    ("core/base/x.h", "#elif defined(__linux__)"),
    ("core/base/x.h", "#if defined(__MINGW32__)"),
    ("core/misc/x.c", "int x;"),
    ("linux/os/x.c", '#include "format/page.h"'),
    ("linux/os/x.c", '#include "tool/tool.h"'),
    ("linux/tool/x.c", '#include "tool/progress.h"'),
    ("linux/client/x.c", '#include "tool/progress.h"'),
    ("linux/os/x.c", '#include "../../windows/os/planted.h"'),
    ("windows/os/x.c", "#include <jansson.h>"),
    ("linux/os/x.c", "#include <dbus/dbus.h>"),
    ("linux/service/service.c", "#include <libconfig.h>"),
    ("linux/service/service.c", "#include <unicode/ucol.h>"),
]


def faults_of(path, line):
    with tempfile.TemporaryDirectory() as root:
        for planted in ("linux/os/planted.h", "windows/os/planted.h", path):
            os.makedirs(os.path.dirname(os.path.join(root, planted)), exist_ok=True)
            with open(os.path.join(root, planted), "w", encoding="utf-8") as file:
                file.write(line + "\n" if planted == path else "")
        return check(root)[0]


def self_test():
    wrong = [f"allowed, yet reported: {case}" for case in ALLOWED if faults_of(*case)]
    wrong += [f"forbidden, yet not reported: {case}" for case in FORBIDDEN if not faults_of(*case)]
    print("\n".join(wrong) or f"{len(ALLOWED)} allowed and {len(FORBIDDEN)} forbidden lines told apart")
    return 1 if wrong else 0


def main():
    if sys.argv[1] == "--self-test":
        return self_test()
    faults, files = check(sys.argv[1])
    print("\n".join(faults) or f"{files} files respect the layers")
    return 1 if faults or not files else 0


sys.exit(main())

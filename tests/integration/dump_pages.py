# SPDX-License-Identifier: MIT
"""dump_pages.py DATABASE STEP COMMAND... - `COMMAND dump DATABASE --page N --json` for both headers, page 1 and every STEP-th page.

What it shows must be what is in the file: the bytes to the byte; the page's numbers, read here by their offsets; as many
tags as the page says. Prints one line per failure and last how many pages and nodes were seen.
"""
import json
import struct
import subprocess
import sys


def dump(command, path, page):
    done = subprocess.run([*command, "dump", path, "--page", page, "--json"], stdin=subprocess.DEVNULL, capture_output=True)
    for line in done.stdout.decode().splitlines():
        record = json.loads(line)
        if record["type"] == "page":
            return done.returncode, record
    return done.returncode, None


def expected_numbers(page):
    """By the layout of page headers: the same offsets in small and large pages."""
    dbtime, previous, following, objid = struct.unpack_from("<QIII", page, 8)
    free, uncommitted, used_to, tags, flags = struct.unpack_from("<HHHHI", page, 28)
    return {
        "dbtime": f"{dbtime:#x}",
        "previous_page": previous,
        "next_page": following,
        "objid": objid,
        "free_bytes": free,
        "uncommitted_free_bytes": uncommitted,
        "free_offset": used_to,
        "tag_count": tags & 0x0FFF,
        "flags": flags,
    }


def main():
    path, step, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    data = open(path, "rb").read()
    page_size = struct.unpack_from("<I", data, 236)[0] or 4096
    pages = len(data) // page_size - 2
    seen = nodes = failures = 0
    for number in ["header", "shadow", 1, *range(step, pages + 1, step)]:
        index = {"header": 0, "shadow": 1}[number] if isinstance(number, str) else number + 1
        page = data[index * page_size : (index + 1) * page_size]
        status, record = dump(command, path, str(number))
        seen += 1
        wrong = []
        if status != 0 or record is None:
            wrong.append(f"exit status {status}, record {record is not None}")
        elif any(page):
            if bytes.fromhex(record["bytes"]) != page:
                wrong.append("the bytes are not those of the file")
            if isinstance(number, int):
                wrong += [
                    f"{key} is {record.get(key)!r}, not {value!r}"
                    for key, value in expected_numbers(page).items()
                    if record.get(key) != value
                ]
                tags = record["content"]["tags"]
                nodes += len(tags)
                if len(tags) != expected_numbers(page)["tag_count"]:
                    wrong.append(f"{len(tags)} tags are shown")
        elif record["verdict"] == "ok":
            wrong.append("a page of zeros is called ok")
        if wrong:
            failures += 1
            print(f"page {number}: {'; '.join(wrong)}")
    print(f"{seen} pages, {nodes} tags")
    return 1 if failures or nodes == 0 else 0


sys.exit(main())
